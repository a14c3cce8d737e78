import { patternOf, variablesIn } from './expand.ts';
import type { Dockerfile, Stage } from './model.ts';

/** The stage that is built: the last one, or the one of --target; undefined where there is none. */
export function targetStage({ stages }: Dockerfile, target?: string): Stage | undefined {
  if (target === undefined || target === '') return stages.at(-1);
  return stages.find(({ name, index }) => name === target.toLowerCase() || `${index}` === target);
}

/** The stages that a reference (COPY --from, --mount from=) means: several, where it has a variable. */
export function stagesMeant({ stages }: Dockerfile, reference: string): number[] {
  const word = reference.replaceAll(/["']/g, '').toLowerCase();
  const named = stages.filter(({ name }) => name === word);
  if (named.length > 0) return named.map(({ index }) => index);
  if (/^\d+$/.test(word)) return stages[Number(word)] === undefined ? [] : [Number(word)];
  if (variablesIn(reference).length === 0) return [];
  const pattern = new RegExp(patternOf(reference).source, 'i');
  return stages.filter(({ name = '' }) => pattern.test(name)).map(({ index }) => index);
}

/** How a stage comes to be built: `always`, or `chosen` by a variable in a name. */
export type Use = 'always' | 'chosen';

/** The stages that the target is made from, itself included, by index. */
export function usedStages(dockerfile: Dockerfile, target?: string): ReadonlyMap<number, Use> {
  const uses = new Map<number, Use>();
  const visit = (index: number, use: Use): void => {
    const known = uses.get(index);
    const stage = dockerfile.stages[index];
    if (stage === undefined || known === 'always' || known === use) return;
    uses.set(index, use);
    for (const edge of edgesOf(stage, dockerfile)) {
      for (const next of edge) visit(next, edge.length > 1 || use === 'chosen' ? 'chosen' : use);
    }
  };
  const wanted = targetStage(dockerfile, target);
  if (wanted !== undefined) visit(wanted.index, 'always');
  return uses;
}

/** What a stage is made from: for each reference the stages that it may mean. */
function edgesOf(stage: Stage, dockerfile: Dockerfile): number[][] {
  const { base, index } = stage;
  const bases = base.kind === 'stage' ? [base.index] : base.kind === 'choice' ? base.indexes : [];
  const named = referencesOf(stage).map((name) => stagesMeant(dockerfile, name));
  return [bases, ...named].map((edge) => edge.filter((one) => one !== index));
}

/** The names in COPY --from and RUN --mount=from=, also after ONBUILD. */
export function referencesOf({ instructions }: Stage): string[] {
  return instructions.flatMap(({ keyword, flags, text }) => {
    const own = flags.flatMap(({ name, value }) => {
      if (name === 'from') return [value];
      const from = /(?:^|,)from=([^,]+)/.exec(name === 'mount' ? value : '')?.[1];
      return from === undefined ? [] : [from];
    });
    const onbuild = keyword === 'ONBUILD' ? /--from=(\S+)/.exec(text)?.[1] : undefined;
    return onbuild === undefined ? own : [...own, onbuild];
  });
}

/** For which platform a stage is built. `fixed`: one that is written out. */
export type StagePlatform =
  | { kind: 'target' }
  | { kind: 'build' }
  | { kind: 'fixed'; platform: string }
  | { kind: 'unknown' };

/**
 * The platform of a stage: that of its --platform, and without it the target's. A stage built on
 * another stage has that stage's platform, whatever its own --platform says.
 */
export function platformOf(
  stage: Stage,
  dockerfile: Dockerfile,
  known = new Map<Stage, StagePlatform>(),
): StagePlatform {
  const platform = known.get(stage) ?? findPlatform(stage, dockerfile, known);
  known.set(stage, platform);
  return platform;
}

function findPlatform(
  stage: Stage,
  dockerfile: Dockerfile,
  known: Map<Stage, StagePlatform>,
): StagePlatform {
  const { base, platform } = stage;
  const indexes = base.kind === 'stage' ? [base.index] : base.kind === 'choice' ? base.indexes : [];
  const bases = indexes.flatMap((index) => dockerfile.stages[index] ?? []);
  if (bases.length > 0) {
    const [first = { kind: 'unknown' as const }, ...rest] = bases.map((one) =>
      platformOf(one, dockerfile, known),
    );
    return rest.every(({ kind }) => kind === first.kind) ? first : { kind: 'unknown' };
  }
  return platform === undefined ? { kind: 'target' } : readPlatform(platform, dockerfile);
}

function readPlatform(word: string, dockerfile: Dockerfile, depth = 0): StagePlatform {
  const names = variablesIn(word);
  const [name] = names;
  if (name === undefined) return { kind: 'fixed', platform: word };
  const value = dockerfile.globalValues[name];
  if (value !== undefined && depth < 8) {
    const text = word.replaceAll(
      new RegExp(`\\$(?:${name}\\b|\\{${name}(?:[^{}]*)\\})`, 'g'),
      () => value,
    );
    return readPlatform(text, dockerfile, depth + 1);
  }
  if (names.every((one) => one.startsWith('TARGET'))) return { kind: 'target' };
  if (names.every((one) => one.startsWith('BUILD'))) return { kind: 'build' };
  return { kind: 'unknown' };
}
