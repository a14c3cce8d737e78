import { resolve } from './copy-path.ts';
import { expandWord, type Lookup } from './expand.ts';
import type { Dockerfile, Instruction, Stage } from './model.ts';
import { globalValue } from './parse.ts';
import { declarationsOf } from './words.ts';

/** What is in force before one instruction of a stage. */
export interface Scope {
  lookup: Lookup;
  /** Undefined where it is the base image's, or cannot be told. */
  workdir: string | undefined;
}

/** An instruction, and the stage that it stands in. */
export interface Place {
  instruction: Instruction;
  stage: Stage;
}

/** The instructions of a stage, after those of the stages that it is built on. */
export function placesOf(stage: Stage, dockerfile: Dockerfile): Place[] {
  return lineage(stage, dockerfile).flatMap((home) =>
    home.instructions.map((instruction) => ({ instruction, stage: home })),
  );
}

/** A stage, after those that it is built on. */
export function lineage(stage: Stage, dockerfile: Dockerfile): Stage[] {
  const { base } = stage;
  const below = base.kind === 'stage' ? dockerfile.stages[base.index] : undefined;
  return below === undefined ? [stage] : [...lineage(below, dockerfile), stage];
}

/** Values by name; here those of the automatic arguments. */
export type Values = Readonly<Record<string, string>>;

/**
 * The values that are known before `until`: ENV and ARG with their defaults, ARGs from above the
 * first FROM, --build-arg, and of the automatic arguments those given.
 */
export function scopeBefore(
  { instruction: until, stage }: Place,
  dockerfile: Dockerfile,
  automatic: Values = {},
): Scope {
  const stages = lineage(stage, dockerfile);
  const values = new Map<string, string>();
  const lookup: Lookup = (name) => values.get(name);
  let workdir = stages[0]?.base.kind === 'scratch' ? '/' : undefined;
  for (const instruction of stages.flatMap(({ instructions }) => instructions)) {
    if (instruction === until) break;
    if (instruction.keyword === 'WORKDIR') {
      const path = expandWord(instruction.text.replaceAll(/^["']|["']$/g, ''), lookup);
      workdir = path === undefined ? undefined : resolve(path, workdir);
    }
    for (const [name, value] of valuesOf(instruction, lookup, dockerfile, automatic)) {
      if (value === undefined) values.delete(name);
      else values.set(name, value);
    }
  }
  return { lookup, workdir };
}

function valuesOf(
  instruction: Instruction,
  lookup: Lookup,
  dockerfile: Dockerfile,
  automatic: Values,
): (readonly [name: string, value: string | undefined])[] {
  const { keyword } = instruction;
  if (keyword !== 'ARG' && keyword !== 'ENV') return [];
  return declarationsOf(instruction).map(({ name, value }) => {
    const given = keyword === 'ARG' ? dockerfile.buildArguments[name] : undefined;
    const set =
      value === undefined
        ? (globalValue(dockerfile, name) ?? automatic[name])
        : expandWord(value, lookup);
    return [name, given ?? set] as const;
  });
}
