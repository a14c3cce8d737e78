import { resolve } from './copy-path.ts';
import { expandWord, type Lookup } from './expand.ts';
import type { Dockerfile, Instruction, Stage } from './model.ts';
import { declarationsOf } from './words.ts';

/** What is in force before one instruction of a stage. */
export interface Scope {
  lookup: Lookup;
  /** Undefined where it is the base image's, or cannot be told. */
  workdir: string | undefined;
}

/** An instruction, the stage that it stands in, and what is in force before it. */
export interface Place {
  instruction: Instruction;
  stage: Stage;
  scope: Scope;
}

/** Values by name; here those of the automatic arguments. */
export type Values = Readonly<Record<string, string>>;

/** A stage, after those that it is built on. */
export function lineage(stage: Stage, dockerfile: Dockerfile): Stage[] {
  const stages = [stage];
  for (let { base } = stage; base.kind === 'stage'; base = stages[0]?.base ?? base) {
    const below = dockerfile.stages[base.index];
    if (below === undefined) break;
    stages.unshift(below);
  }
  return stages;
}

/**
 * The instructions of a stage, after those of the stages that it is built on.
 *
 * Known are the values of ENV, of ARG with a default, of ARGs above the first FROM, of --build-arg,
 * and of the automatic arguments those given.
 */
export function placesOf(stage: Stage, dockerfile: Dockerfile, automatic: Values = {}): Place[] {
  const stages = lineage(stage, dockerfile);
  let values: ReadonlyMap<string, string> = new Map();
  let workdir = stages[0]?.base.kind === 'scratch' ? '/' : undefined;
  return stages.flatMap((home) =>
    home.instructions.map((instruction) => {
      const known = values;
      const lookup: Lookup = (name) => known.get(name);
      const place = { instruction, stage: home, scope: { lookup, workdir } };
      if (instruction.keyword === 'WORKDIR') {
        const path = expandWord(instruction.text.replaceAll(/^["']|["']$/g, ''), lookup);
        workdir = path === undefined ? undefined : resolve(path, workdir);
      }
      const changes = valuesOf(instruction, lookup, dockerfile, automatic);
      if (changes.length > 0) values = changed(values, changes);
      return place;
    }),
  );
}

function changed(
  before: ReadonlyMap<string, string>,
  changes: readonly (readonly [name: string, value: string | undefined])[],
): ReadonlyMap<string, string> {
  const after = new Map(before);
  for (const [name, value] of changes) {
    if (value === undefined) after.delete(name);
    else after.set(name, value);
  }
  return after;
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
        ? (dockerfile.globalValues[name] ?? automatic[name])
        : expandWord(value, lookup);
    return [name, given ?? set] as const;
  });
}
