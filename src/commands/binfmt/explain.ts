import { explainRegisterString } from '../../binfmt/register-fields.ts';
import { outputFlags } from '../../io/shared-flags.ts';
import { parseArguments } from '../../model/flags.ts';
import { XbuildError } from '../../model/errors.ts';
import { explainDocument } from '../../reporters/binfmt-json.ts';
import { renderRegister } from '../../reporters/binfmt-explain.ts';
import { print, type ReadingContext, type ReadingSubcommand } from './subcommand.ts';

/** More than the kernel ever takes, to be able to say that it is too long. */
const MOST_INPUT = 1 << 20;

async function readStdin(stdin: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stdin) {
    const bytes = Buffer.from(part as Uint8Array);
    parts.push(bytes);
    size += bytes.length;
    if (size > MOST_INPUT) break;
  }
  return Buffer.concat(parts);
}

async function run(argv: readonly string[], context: ReadingContext): Promise<number> {
  const parsed = parseArguments(argv, outputFlags);
  const [text, ...others] = parsed.positionals;
  if (text === undefined || others.length > 0) throw notOne(parsed.positionals);
  const bytes = text === '-' ? await readStdin(context.stdin) : new TextEncoder().encode(text);
  const report = explainRegisterString(bytes);
  print(
    context,
    parsed,
    () => explainDocument(report),
    (options) => renderRegister(report, options),
  );
  return report.refusal === undefined ? 0 : 1;
}

function notOne(words: readonly string[]): XbuildError {
  return new XbuildError(
    'bad-argument',
    `binfmt explain needs one register string; received ${words.length === 0 ? 'none' : words.length}`,
    `Quote it, since the shell takes backslashes and blanks: xbuild binfmt explain ':name:M::MZ::/usr/bin/wine:'`,
  );
}

export const explainSubcommand: ReadingSubcommand = {
  name: 'explain',
  usage: 'explain [flags] STRING',
  summary: 'a register string taken apart (-: from stdin)',
  flags: outputFlags,
  run,
};
