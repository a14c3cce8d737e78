import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import type { StepName } from '../progress/event.ts';

/** A RUN instruction that failed, as its Dockerfile has it. */
export interface FailedInstruction {
  /** From 1. */
  line: number;
  /** What BuildKit executes, where the Dockerfile says it: shell form with its SHELL. */
  argv?: string[];
  /** What the stage that it stands in is built from; absent where a variable says it. */
  base?: string;
  /** The Dockerfile up to the instruction: its last stage is what the step started from. */
  before: string;
}

/**
 * Finds the RUN instruction that failed, by the line that BuildKit says, else by its words.
 *
 * Undefined where neither leads to a single one, and for a frontend of its own (`# syntax=`).
 */
export function findInstruction(
  dockerfile: string,
  step: Pick<StepName, 'instruction'>,
  location?: string,
): FailedInstruction | undefined {
  const parsed = DockerfileParser.parse(dockerfile);
  const frontend = parsed.getDirectives().find((directive) => directive.getName() === 'syntax');
  if (frontend !== undefined && !/^docker\/dockerfile(?::|$)/.test(frontend.getValue())) {
    return undefined;
  }
  const instructions = parsed.getInstructions();
  const alike = instructions.filter(
    (one) => one.getKeyword() === 'RUN' && bare(textOf(one)) === bare(step.instruction),
  );
  const line = Number(/:(?<line>\d+)$/.exec(location ?? '')?.groups?.['line']);
  const found =
    alike.find((one) => startOf(one) === line) ?? (alike.length === 1 ? alike[0] : undefined);
  return found === undefined ? undefined : describe(found, instructions, dockerfile);
}

function startOf(instruction: Instruction): number {
  return instruction.getRange().start.line + 1;
}

/** An instruction on one line: comments and ends of lines inside it are gone. */
function textOf(instruction: Instruction): string {
  return joined(instruction.getTextContent());
}

function joined(text: string): string {
  return text.replaceAll(/[\\`][ \t]*\r?\n(?:[ \t]*(?:#.*)?\r?\n)*/g, '');
}

/** BuildKit joins lines and words in its own way. */
function bare(text: string): string {
  return text.replaceAll(/\s+/g, '').toLowerCase();
}

function describe(
  instruction: Instruction,
  instructions: readonly Instruction[],
  dockerfile: string,
): FailedInstruction {
  const { line } = instruction.getRange().start;
  const earlier = instructions.slice(0, instructions.indexOf(instruction));
  const argv = argvOf(instruction, earlier);
  const base = baseOf(earlier);
  return {
    line: line + 1,
    ...(argv === undefined ? {} : { argv }),
    ...(base === undefined ? {} : { base }),
    before: dockerfile.split('\n').slice(0, line).join('\n'),
  };
}

function argvOf(instruction: Instruction, earlier: readonly Instruction[]): string[] | undefined {
  const words = joined(instruction.getRawArgumentsContent() ?? '').trim();
  // A here-document's script is a file that is not there any more.
  if (words === '' || words.startsWith('<<')) return undefined;
  return wordsOf(words) ?? [...shellOf(earlier), words];
}

function wordsOf(json: string): string[] | undefined {
  if (!json.startsWith('[')) return undefined;
  try {
    const words: unknown = JSON.parse(json);
    const isWords = Array.isArray(words) && words.every((word) => typeof word === 'string');
    return isWords ? words : undefined;
  } catch {
    return undefined;
  }
}

/** The stages that a stage is made from, itself first: where each begins and ends. */
function stagesBehind(earlier: readonly Instruction[]): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const instruction of earlier) {
    if (instruction.getKeyword() === 'FROM') stages.push([instruction]);
    else stages.at(-1)?.push(instruction);
  }
  const chain: Instruction[][] = [];
  let at = stages.length - 1;
  while (at >= 0) {
    const stage = stages[at] ?? [];
    chain.push(stage);
    const image = imageOf(stage)?.toLowerCase();
    at = stages.slice(0, at).findLastIndex((other) => nameOf(other) === image);
  }
  return chain;
}

function fromWords(stage: readonly Instruction[]): string[] {
  const text = stage[0]?.getRawArgumentsContent() ?? '';
  return joined(text)
    .split(/\s+/)
    .filter((word) => word !== '' && !word.startsWith('--'));
}

function imageOf(stage: readonly Instruction[]): string | undefined {
  return fromWords(stage)[0];
}

function nameOf(stage: readonly Instruction[]): string | undefined {
  const [, as, name] = fromWords(stage);
  return as?.toLowerCase() === 'as' ? name?.toLowerCase() : undefined;
}

function shellOf(earlier: readonly Instruction[]): string[] {
  for (const stage of stagesBehind(earlier)) {
    const shell = stage.findLast((one) => one.getKeyword() === 'SHELL');
    const words = wordsOf(joined(shell?.getRawArgumentsContent() ?? '').trim());
    if (words !== undefined) return words;
  }
  return ['/bin/sh', '-c'];
}

function baseOf(earlier: readonly Instruction[]): string | undefined {
  const image = imageOf(stagesBehind(earlier).at(-1) ?? []);
  return image === undefined || image.includes('$') ? undefined : image;
}
