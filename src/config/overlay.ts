import type { ParsedArguments } from '../model/flags.ts';
import type { ConfiguredWords } from './to-words.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Environment variables that beat a file, by the flag that they stand for. */
export const environmentOf: Readonly<Record<string, string>> = {
  platform: 'DOCKER_DEFAULT_PLATFORM',
  builder: 'BUILDX_BUILDER',
};

/** Flags that answer the same question. */
const sameQuestion: Readonly<Record<string, readonly string[]>> = {
  output: ['output', 'push', 'load'],
  preflight: ['preflight', 'no-preflight', 'preflight-policy'],
  'preflight-policy': ['preflight', 'no-preflight', 'preflight-policy'],
  verify: ['verify', 'no-verify'],
  // Each of them says which engine builds.
  node: ['node', 'builder', 'host', 'context'],
  builder: ['builder', 'node'],
};

/** What replaces a setting of a file: `--platform`, `DOCKER_DEFAULT_PLATFORM`; undefined for nothing. */
export function replacedBy(
  { flag, name }: ConfiguredWords,
  given: ParsedArguments,
  env: Environment,
): string | undefined {
  if (flag === undefined) return undefined;
  const names = sameQuestion[flag] ?? [flag];
  const beats = given.flags.find(
    (one) =>
      names.includes(one.name) && (name === undefined || one.value.replace(/=.*$/s, '') === name),
  );
  if (beats !== undefined) return `--${beats.name}`;
  const variable = environmentOf[flag === 'node' ? 'builder' : flag];
  return variable !== undefined && env[variable] ? variable : undefined;
}
