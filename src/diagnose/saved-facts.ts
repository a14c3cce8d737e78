import { readFile, writeFile } from 'node:fs/promises';
import { XbuildError } from '../model/errors.ts';
import type { DiagnosisFacts } from '../model/diagnosis.ts';
import { traceAll } from './trace-programs.ts';

/** Writes facts for somebody else to judge; they hold no secrets (see diagnosis.ts). */
export async function saveFacts(file: string, facts: DiagnosisFacts): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(facts, null, 1)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new XbuildError(
      'bad-argument',
      `the facts cannot be written to ${file}: ${(error as Error).message}`,
      'Name a file in a folder that you may write to.',
      { cause: error },
    );
  }
}

/** Reads facts that were saved, on any machine; the traces are made anew. Throws `bad-argument`. */
export async function loadFacts(file: string): Promise<DiagnosisFacts> {
  const facts = parse(
    await readFile(file, 'utf8').catch((error: unknown) => {
      throw notFacts(file, (error as Error).message, error);
    }),
    file,
  );
  try {
    return factsOf(facts);
  } catch (error) {
    throw notFacts(file, 'something in them is not as xbuild writes it', error);
  }
}

/** Facts that were read back, with their traces made anew. Throws where they are not facts. */
export function factsOf(facts: DiagnosisFacts): DiagnosisFacts {
  return { ...facts, traces: traceAll(facts).traces };
}

function parse(text: string, file: string): DiagnosisFacts {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notFacts(file, (error as Error).message, error);
  }
  const { schemaVersion, target, surface, files } = (value ?? {}) as Partial<DiagnosisFacts>;
  if (
    schemaVersion !== 1 ||
    target === undefined ||
    surface === undefined ||
    !Array.isArray(files)
  ) {
    throw notFacts(file, 'they are not what --save-facts writes', undefined);
  }
  return value as DiagnosisFacts;
}

function notFacts(file: string, why: string, cause: unknown): XbuildError {
  return new XbuildError(
    'bad-argument',
    `the facts in ${file} cannot be read: ${why}`,
    'Make them with: xbuild diagnose --save-facts FILE TARGET',
    { cause },
  );
}
