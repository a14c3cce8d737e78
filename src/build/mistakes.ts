import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Dockerfile } from '../dockerfile/model.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { usedStages } from '../dockerfile/stages.ts';
import { copiedBy } from '../dockerfile/words.ts';
import { findMistakes } from '../mistakes/find.ts';
import type { MistakesInput } from '../mistakes/scene.ts';
import type { Finding } from '../model/finding.ts';
import { readContext, type ContextLimits } from './read-context.ts';
import type { BuildRequest } from './request.ts';

/** What was looked at, and what was found. */
export interface Mistakes {
  dockerfile: Dockerfile;
  /** The value of --target. */
  target?: string;
  findings: Finding[];
}

/** What is known beside the request. */
export type Circumstances = Omit<MistakesInput, 'dockerfile' | 'target' | 'context'>;

/** The value of a flag that is handed on to docker; the last one counts. */
function passedValue({ passed }: BuildRequest, flag: string): string | undefined {
  return passed.findLast(({ name }) => name === flag)?.value;
}

/** The `K=V` of --build-arg; `K` alone takes the environment's value. */
function buildArguments(
  { passed }: BuildRequest,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const given = passed.filter(({ name }) => name === 'build-arg').map(({ value }) => value);
  return Object.fromEntries(
    given.flatMap((word): [string, string][] => {
      const at = word.indexOf('=');
      if (at >= 0) return [[word.slice(0, at), word.slice(at + 1)]];
      const value = env[word];
      return value === undefined ? [] : [[word, value]];
    }),
  );
}

/** What a build can be told about. Undefined where the Dockerfile comes from elsewhere. */
export function lookForMistakes(
  request: BuildRequest,
  path: string | undefined,
  {
    env,
    limits,
    ...circumstances
  }: Circumstances & {
    env: Readonly<Record<string, string | undefined>>;
    limits: ContextLimits;
  },
): Mistakes | undefined {
  const text = path === undefined ? undefined : readText(path);
  if (path === undefined || text === undefined) return undefined;
  const file = shortName(path);
  const dockerfile = parseDockerfile(text, { file, buildArguments: buildArguments(request, env) });
  const target = passedValue(request, 'target');
  const copies = takesFromContext(dockerfile, target);
  const input: MistakesInput = {
    ...circumstances,
    dockerfile,
    ...(target === undefined ? {} : { target }),
    ...(copies && { context: readContext(request.context, path, limits) }),
  };
  return {
    dockerfile,
    ...(target === undefined ? {} : { target }),
    findings: findMistakes(input),
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** From the current folder, where it is below that. */
function shortName(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || short === '' ? path : short;
}

function takesFromContext(dockerfile: Dockerfile, target: string | undefined): boolean {
  const uses = usedStages(dockerfile, target);
  return dockerfile.stages
    .filter(({ index }) => uses.has(index))
    .flatMap(({ instructions }) => instructions)
    .some((one) => {
      const copied = copiedBy(one);
      return copied !== undefined && copied.from === undefined;
    });
}
