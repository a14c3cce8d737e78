import { listed } from '../model/sentence.ts';
import { below, resolve, sourcePattern } from '../dockerfile/copy-path.ts';
import type { Instruction } from '../dockerfile/model.ts';
import { variablesIn } from '../dockerfile/expand.ts';
import { copiedBy } from '../dockerfile/words.ts';
import type { Spot } from './mistake.ts';
import { othersThan, type ContextProgram, type Scene } from './scene.ts';

/** Directories that tools fill for the machine they run on. */
const dependencies = /(?:^|\/)(node_modules|\.venv|venv|target|vendor|__pypackages__|\.tox)(?=\/)/;

/** The directory of dependencies that a path lies in, from the context on; undefined where in none. */
export function isDependency(path: string): string | undefined {
  const match = dependencies.exec(path);
  return match === null ? undefined : path.slice(0, match.index + match[0].length);
}

/** The programs that each COPY and ADD of a used stage takes, and that some platform cannot run. */
export function copiedPrograms(
  scene: Scene,
): { instruction: Instruction; programs: ContextProgram[] }[] {
  const foreign = (scene.context?.programs ?? []).filter(
    ({ architecture }) => othersThan(scene, architecture).length > 0,
  );
  // A stage of the build platform may well take programs that it runs itself.
  const stages = scene.used.filter(
    ({ platform, use }) => platform.kind === 'target' && use === 'always',
  );
  return stages
    .flatMap(({ stage }) => stage.instructions)
    .map((instruction) => ({
      instruction,
      programs: foreign.filter(({ path }) => takes(instruction, path)),
    }))
    .filter(({ programs }) => isOfOne(programs));
}

/** Programs of several architectures side by side are there to be chosen from. */
function isOfOne(programs: readonly ContextProgram[]): boolean {
  return new Set(programs.map(({ architecture }) => architecture)).size === 1;
}

function takes(instruction: Instruction, path: string): boolean {
  const copied = copiedBy(instruction);
  if (copied === undefined || copied.from !== undefined) return false;
  return copied.sources.some((source) => {
    if (variablesIn(source).length > 0 || /^\w+:\/\//.test(source)) return false;
    const from = resolve(source, '/') ?? '';
    if (!/[*?[]/.test(from)) return below(`/${path}`, from) !== undefined;
    const depth = from.split('/').length;
    return sourcePattern(from).test(`/${path}`.split('/').slice(0, depth).join('/'));
  });
}

/** At most five, one a line. */
function describePrograms(programs: readonly ContextProgram[]): string[] {
  const lines = programs.slice(0, 5).map(({ path, architecture }) => `${path}: ${architecture}`);
  return programs.length > 5 ? [...lines, `and ${programs.length - 5} more`] : lines;
}

/** What a COPY that takes programs for one architecture is told, for those of them that it is about. */
export function spotOfPrograms(
  scene: Scene,
  instruction: Instruction,
  programs: readonly ContextProgram[],
  words: { what: string; why: string; fix: string },
): Spot[] {
  const [first] = programs;
  if (first === undefined) return [];
  const { keyword, line, endLine } = instruction;
  const others = listed(othersThan(scene, first.architecture));
  return [
    {
      status: 'warn',
      line,
      endLine,
      message: `${keyword} takes ${words.what} for ${first.architecture}, also for ${others}.`,
      why: words.why,
      evidence: describePrograms(programs),
      fix: { text: words.fix, commands: [] },
    },
  ];
}
