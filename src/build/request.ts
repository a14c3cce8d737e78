import { XbuildError } from '../model/errors.ts';
import { isOn, lastValue, parseArguments, valuesOf } from '../model/flags.ts';
import type { Flag, GivenFlag, ParsedArguments } from '../model/flags.ts';
import { parsePlatformList, type Platform } from '../model/platform.ts';
import {
  endpointFlags,
  endpointOf,
  configFlags,
  outputFlags,
  reportFlag,
} from '../io/shared-flags.ts';
import type { EndpointFlags } from '../io/endpoint.ts';
import type { Allowance } from '../model/allowance.ts';
import type { Smoke } from '../model/smoke.ts';
import { dockerFlags } from './docker-flags.ts';
import { refuseNoNames, wantedBuilder } from './request-names.ts';
import { wantedNodes, type NodeRequest } from './node-request.ts';

export type ProgressKind = 'auto' | 'tty' | 'plain' | 'quiet' | 'rawjson' | 'none';

/** What the build command was asked for. */
export interface BuildRequest {
  /** Empty: build for the engine's own platform. */
  platforms: Platform[];
  tags: string[];
  /** The build context: a folder, a URL, or `-`. */
  context: string;
  file?: string;
  /** `store`: into the engine's image store; `push`: to the registry; `other`: what --output says. */
  output: 'store' | 'push' | 'other' | 'none';
  outputs: string[];
  progress: ProgressKind;
  quiet: boolean;
  json: boolean;
  /** The values of --report. */
  reports: string[];
  builder?: string;
  /** The engines to build on; none: the one that the command itself talks to. */
  nodes: NodeRequest[];
  iidfile?: string;
  metadataFile?: string;
  /** --call and --check look at the Dockerfile and build nothing. */
  buildsNothing: boolean;
  preflight: boolean;
  /** Whether a failed preflight keeps the build from being tried. */
  preflightStops: boolean;
  verify: boolean;
  /** Commands that must run in each image; only a configuration has them. */
  smokes: readonly Smoke[];
  /** Faults of an image that may pass; only a configuration has them. */
  allow: readonly Allowance[];
  attestations: 'as-asked' | 'off';
  /** Everything that docker build takes as it was given, without what xbuild itself decides. */
  passed: GivenFlag[];
  /** --host and --context. */
  endpoint: EndpointFlags;
  /** The words of the command line, for what is handed on whole. */
  argv: readonly string[];
}

/** The flags that are xbuild's own. */
export const ownBuildFlags: readonly Flag[] = [
  {
    name: 'preflight',
    kind: 'bool',
    help: 'check the engine first (on; =false skips it)',
  },
  { name: 'no-preflight', kind: 'bool' },
  {
    name: 'preflight-policy',
    kind: 'value',
    value: 'WORD',
    values: ['fail', 'warn'],
    help: 'where a check fails: fail (nothing is built) or warn',
  },
  {
    name: 'verify',
    kind: 'bool',
    help: 'prove that each image runs (on; =false skips it)',
  },
  { name: 'no-verify', kind: 'bool' },
  {
    name: 'node',
    kind: 'value',
    value: 'NAME',
    values: 'contexts',
    help: 'one of several engines: a context or ssh://…',
  },
  { name: 'node-platforms', kind: 'value', value: 'NAME=LIST' },
  ...configFlags,
  reportFlag,
  ...endpointFlags,
  ...outputFlags,
];

export const buildFlags: readonly Flag[] = [...dockerFlags, ...ownBuildFlags];

// What xbuild sets itself for each solve, so it is not handed on as it was given.
const decided: ReadonlySet<string> = new Set(
  'platform tag push load output progress quiet builder iidfile metadata-file debug'
    .split(' ')
    .concat(ownBuildFlags.map((flag) => flag.name)),
);

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the command line of a build.
 *
 * Throws `bad-flag`, `bad-platform` or `bad-argument`; what docker itself refuses (two contexts, -q
 * with --progress) is refused here in the same cases, before anything runs.
 */
export function parseBuildRequest(argv: readonly string[], env: Environment): BuildRequest {
  const parsed = parseArguments(argv, buildFlags);
  const outputs = valuesOf(parsed, 'output');
  const quiet = isOn(parsed, 'quiet');
  const tags = valuesOf(parsed, 'tag');
  refuseNoNames(tags);
  const output = outputKind(parsed, outputs);
  if (output === 'push' && tags.length === 0) throw pushWithoutName();
  const platforms = wantedPlatforms(parsed, env);
  const builder = wantedBuilder(lastValue(parsed, 'builder'), env);
  const attest = ['attest', 'provenance', 'sbom'].some((name) => valuesOf(parsed, name).length > 0);
  return {
    platforms,
    tags,
    context: onlyContext(parsed.positionals),
    ...optional('file', lastValue(parsed, 'file')),
    output,
    outputs,
    progress: progressKind(lastValue(parsed, 'progress'), quiet, env),
    quiet,
    json: isOn(parsed, 'json'),
    reports: valuesOf(parsed, 'report'),
    ...optional('builder', builder),
    nodes: wantedNodes(
      { nodes: valuesOf(parsed, 'node'), platforms: valuesOf(parsed, 'node-platforms') },
      { platforms, builder },
    ),
    ...optional('iidfile', lastValue(parsed, 'iidfile')),
    ...optional('metadataFile', lastValue(parsed, 'metadata-file')),
    buildsNothing:
      isOn(parsed, 'check') || !['build', ''].includes(lastValue(parsed, 'call') ?? 'build'),
    preflight: isOn(parsed, 'preflight', true) && !isOn(parsed, 'no-preflight'),
    preflightStops: preflightStops(lastValue(parsed, 'preflight-policy') ?? 'fail'),
    verify: isOn(parsed, 'verify', true) && !isOn(parsed, 'no-verify'),
    smokes: [],
    allow: [],
    attestations:
      attest || env['BUILDX_NO_DEFAULT_ATTESTATIONS'] !== undefined ? 'as-asked' : 'off',
    passed: parsed.flags.filter((flag) => !decided.has(flag.name)),
    endpoint: endpointOf(parsed),
    argv,
  };
}

function preflightStops(policy: string): boolean {
  if (policy === 'fail' || policy === 'warn') return policy === 'fail';
  throw new XbuildError(
    'bad-flag',
    `--preflight-policy is fail or warn: received "${policy}"`,
    'Write --preflight-policy warn to build in spite of what preflight finds.',
  );
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}

function wantedPlatforms(parsed: ParsedArguments, env: Environment): Platform[] {
  const given = valuesOf(parsed, 'platform');
  const fallback = env['DOCKER_DEFAULT_PLATFORM'] ? [env['DOCKER_DEFAULT_PLATFORM']] : [];
  const words = (given.length > 0 ? given : fallback).flatMap((list) => list.split(','));
  // buildx's word for the platform of this machine: the engine's own one, which is the default.
  const named = words.filter((word) => word.trim() !== 'local');
  if (named.length < words.length && named.length > 0) {
    throw new XbuildError(
      'bad-platform',
      '"local" cannot be joined with other platforms: it is whatever platform the engine has',
      'Write the platform out, for example linux/amd64.',
    );
  }
  return parsePlatformList(named);
}

function onlyContext(positionals: readonly string[]): string {
  if (positionals.length === 1 && positionals[0] !== '') return positionals[0] ?? '';
  const received =
    positionals.length === 0
      ? 'none was given'
      : `received ${positionals.length}: ${positionals.join(' ')}`;
  throw new XbuildError(
    'bad-argument',
    `a build needs exactly one context (a folder, a URL, or - for standard input); ${received}`,
    positionals.length === 0
      ? 'Write the folder at the end; for the current folder: xbuild .'
      : 'Put flags and their values together, and quote values that hold blanks.',
  );
}

function outputKind(parsed: ParsedArguments, outputs: readonly string[]): BuildRequest['output'] {
  const push = isOn(parsed, 'push');
  if (push && isOn(parsed, 'load')) {
    throw new XbuildError(
      'bad-flag',
      '--push and --load cannot be used together',
      'Keep one of the two: --push sends the image to the registry, --load keeps it in the engine.',
    );
  }
  if (push) return 'push';
  if (isOn(parsed, 'load') || outputs.length === 0) return 'store';
  const kinds = outputs.map((spec) => /(?:^|,)type=([^,]*)/.exec(spec)?.[1] ?? 'local');
  if (kinds.every((kind) => kind === 'registry')) return 'push';
  return kinds.every((kind) => kind === 'cacheonly') ? 'none' : 'other';
}

function pushWithoutName(): XbuildError {
  return new XbuildError(
    'bad-flag',
    '--push needs a name to push to, and no --tag was given',
    'Add one: -t registry.example/app:1',
  );
}

const progressKinds: readonly string[] = ['auto', 'tty', 'plain', 'quiet', 'rawjson', 'none'];

function progressKind(given: string | undefined, quiet: boolean, env: Environment): ProgressKind {
  const word = given ?? 'auto';
  if (!progressKinds.includes(word)) {
    throw new XbuildError(
      'bad-flag',
      `--progress has no kind "${word}"`,
      `Write one of ${progressKinds.join(', ')}.`,
    );
  }
  if (quiet && !['auto', 'quiet'].includes(word)) {
    throw new XbuildError(
      'bad-flag',
      `-q and --progress=${word} cannot be used together`,
      'Keep one of the two.',
    );
  }
  if (quiet) return 'quiet';
  const preset = env['BUILDKIT_PROGRESS'] ?? '';
  return (word === 'auto' && progressKinds.includes(preset) ? preset : word) as ProgressKind;
}
