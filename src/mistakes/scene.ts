import { automaticValues } from '../dockerfile/automatic.ts';
import type { Dockerfile, Instruction, Stage } from '../dockerfile/model.ts';
import { lineage } from '../dockerfile/scope.ts';
import {
  platformOf,
  targetStage,
  usedStages,
  type StagePlatform,
  type Use,
} from '../dockerfile/stages.ts';
import { architectureWords } from '../model/architecture-words.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';

/** A program in the build context. */
export interface ContextProgram {
  /** Below the context, with `/`, as a byte string. */
  path: string;
  /** Docker's word: `arm64`. */
  architecture: string;
}

/** What of the build context matters here; .dockerignore is honoured by whoever lists it. */
export interface ContextFacts {
  programs: ContextProgram[];
  /** Why not all of the context was looked at; absent where it was. */
  incomplete?: string;
}

/** What the mistakes are looked for in. */
export interface MistakesInput {
  dockerfile: Dockerfile;
  /** The value of --target. */
  target?: string;
  /** The platforms that are to be built. */
  platforms: readonly Platform[];
  /** The engine's own platform, which is BUILDPLATFORM; absent where it is not known. */
  native?: Platform;
  /** The engine's version; absent where it is not known. */
  engineVersion?: string;
  /** Whether the legacy builder is asked for (DOCKER_BUILDKIT=0). */
  legacyBuilder?: boolean;
  context?: ContextFacts;
}

/** A stage that the target is made from. */
export interface SceneStage {
  stage: Stage;
  /** Those that it is built on, and itself. */
  lineage: Stage[];
  platform: StagePlatform;
  use: Use;
  isTarget: boolean;
}

/** The input, with what every mistake asks of it. */
export interface Scene extends MistakesInput {
  used: SceneStage[];
}

export function sceneOf(input: MistakesInput): Scene {
  const { dockerfile, target } = input;
  const uses = usedStages(dockerfile, target);
  const last = targetStage(dockerfile, target);
  const used = dockerfile.stages.flatMap((stage): SceneStage[] => {
    const use = uses.get(stage.index);
    if (use === undefined) return [];
    const platform = platformOf(stage, dockerfile);
    const isTarget = stage === last;
    return [{ stage, lineage: lineage(stage, dockerfile), platform, use, isTarget }];
  });
  return { ...input, used };
}

/** Whether a stage is built for every platform alike, and says nothing of an architecture itself. */
export function isForAll({ stage, use, platform }: SceneStage): boolean {
  if (use === 'chosen' || platform.kind !== 'target') return false;
  return architectureWords(`${stage.name ?? ''} ${stage.from.text}`).length === 0;
}

/** The platforms asked for that are not of an architecture, formatted. */
export function othersThan({ platforms }: Scene, architecture: string): string[] {
  return platforms.filter((one) => one.architecture !== architecture).map(formatPlatform);
}

/** The values that an automatic argument has to have, by platform; empty where they are not known. */
export function wantedValues({ platforms, native }: Scene, name: string): [string, string][] {
  if (!name.startsWith('BUILD')) {
    return platforms.map((one) => [formatPlatform(one), automaticValues(one)[name] ?? '']);
  }
  if (native === undefined) return [];
  return [[formatPlatform(native), automaticValues(native)[name.replace('BUILD', 'TARGET')] ?? '']];
}

/** All that an instruction says, heredocs included, without comments. */
export function wholeText({ lines }: Instruction): string {
  return lines.map(({ text }) => text).join('\n');
}

/** The line of an instruction in which something stands; its first one where none does. */
export function lineOf({ lines, line }: Instruction, what: string | RegExp): number {
  const has = (text: string) => (typeof what === 'string' ? text.includes(what) : what.test(text));
  return lines.find(({ text }) => has(text))?.number ?? line;
}
