import { expandWord, patternOf, variablesIn } from './expand.ts';
import { readInstructions } from './lines.ts';
import type { Base, Declaration, Dockerfile, Instruction, Stage } from './model.ts';
import { declarationsOf } from './words.ts';

/** What is known beside the text. */
export interface ParseOptions {
  /** How the user names the file; default `Dockerfile`. */
  file?: string;
  /** What --build-arg gives. */
  buildArguments?: Readonly<Record<string, string>>;
}

/**
 * Reads a Dockerfile. Never throws: what is not understood is left out, since BuildKit says what is
 * wrong with it better.
 */
export function parseDockerfile(text: string, options: ParseOptions = {}): Dockerfile {
  const { instructions, directives } = readInstructions(text);
  const syntax = directives.get('syntax');
  const first = instructions.findIndex(({ keyword }) => keyword === 'FROM');
  const head = first < 0 ? instructions : instructions.slice(0, first);
  const globals = head.filter(({ keyword }) => keyword === 'ARG').flatMap(declarationsOf);
  const buildArguments = options.buildArguments ?? {};
  const dockerfile: Dockerfile = {
    file: options.file ?? 'Dockerfile',
    buildArguments,
    ...(syntax === undefined || syntax === '' ? {} : { syntax }),
    globals,
    globalValues: valuesOf(globals, buildArguments),
    stages: [],
  };
  for (const instruction of first < 0 ? [] : instructions.slice(first)) {
    if (instruction.keyword === 'FROM') dockerfile.stages.push(stageOf(instruction, dockerfile));
    else dockerfile.stages.at(-1)?.instructions.push(instruction);
  }
  return dockerfile;
}

function stageOf(from: Instruction, dockerfile: Dockerfile): Stage {
  const [image = '', as = '', name] = from.text.split(/\s+/);
  const platform = from.flags.find((flag) => flag.name === 'platform')?.value;
  return {
    index: dockerfile.stages.length,
    ...(name !== undefined && /^as$/i.test(as) && { name: name.toLowerCase() }),
    from,
    base: baseOf(image.replaceAll(/["']/g, ''), dockerfile),
    ...(platform === undefined ? {} : { platform: platform.replaceAll(/["']/g, '') }),
    instructions: [],
  };
}

/**
 * What FROM lines see of the ARGs above them. What is not declared there, or has no default, is not
 * in it; BuildKit may set it. A default hides what BuildKit would set.
 */
function valuesOf(
  globals: readonly Declaration[],
  buildArguments: Readonly<Record<string, string>>,
): Record<string, string> {
  const values = new Map<string, string>();
  for (const { name, value } of globals) {
    const result = buildArguments[name] ?? expandWord(value ?? '$', (other) => values.get(other));
    if (result === undefined) values.delete(name);
    else if (value !== undefined || name in buildArguments) values.set(name, result);
  }
  return Object.fromEntries(values);
}

function baseOf(image: string, dockerfile: Dockerfile): Base {
  const { stages } = dockerfile;
  const text = expandWord(image, (name) => dockerfile.globalValues[name]);
  if (text === undefined) {
    const fits = variablesIn(image).length > 0 ? stagesNamed(image, stages) : [];
    return fits.length > 0 ? { kind: 'choice', indexes: fits } : { kind: 'unknown', text: image };
  }
  const stage = stages.findLast(({ name }) => name === text.toLowerCase());
  if (stage !== undefined) return { kind: 'stage', index: stage.index };
  if (text === '') return { kind: 'unknown', text: image };
  return text === 'scratch' ? { kind: 'scratch' } : { kind: 'image', name: text };
}

/** The stages whose name a word with variables can become. A variable alone fits an image as well. */
function stagesNamed(word: string, stages: readonly Stage[]): number[] {
  const pattern = new RegExp(patternOf(word).source, 'i');
  return stages.filter(({ name = '' }) => pattern.test(name)).map(({ index }) => index);
}
