import type { EffectiveImage, EffectiveSetting } from '../model/effective.ts';
import type { ParsedArguments } from '../model/flags.ts';
import { withoutSecrets } from '../model/secrets.ts';
import type { ConfiguredBuild } from './effective.ts';
import { environmentOf } from './overlay.ts';

/** The file's keys, by the flag that stands for them. */
const keyOf: Readonly<Record<string, string>> = {
  file: 'dockerfile',
  target: 'target',
  'build-arg': 'args',
  label: 'labels',
  annotation: 'annotations',
  tag: 'tags',
  platform: 'platforms',
  builder: 'builder',
  node: 'nodes',
  'node-platforms': 'nodes',
  output: 'output',
  push: 'output',
  load: 'output',
  'cache-from': 'cacheFrom',
  'cache-to': 'cacheTo',
  pull: 'pull',
  'no-cache': 'noCache',
  preflight: 'preflight',
  'preflight-policy': 'preflight',
  'no-preflight': 'preflight',
  verify: 'verify',
  'no-verify': 'verify',
};

const defaults: readonly (readonly [key: string, value: string])[] = [
  ['context', '.'],
  ['dockerfile', 'Dockerfile'],
  ['platforms', "the engine's own"],
  ['output', 'store'],
  ['preflight', 'fail'],
  ['verify', 'on'],
];

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of one build and where each came from, in the order of the file's keys. */
export function describeBuild(
  build: ConfiguredBuild,
  parsed: ParsedArguments,
  env: Environment,
): EffectiveImage {
  const context = parsed.positionals[0];
  const settings = [
    ...fromFile(build, context !== undefined && build.argv.at(-1) === context),
    ...(build.argv.at(-1) === context && context !== undefined
      ? [{ key: 'context', value: context, source: 'command line' }]
      : []),
    ...fromVerification(build),
    ...fromFlags(parsed),
    ...fromEnvironment(parsed, env),
  ];
  const missing = defaults
    .filter(([key]) => !settings.some((one) => one.key === key))
    .map(([key, value]) => ({ key, value, source: 'default' }));
  const all = [...settings, ...missing].map((one) => withInstead(one, build));
  return {
    ...(build.name === undefined ? {} : { name: build.name }),
    settings: all.toSorted((a, b) => rank(a) - rank(b)),
    command: ['xbuild', 'build', ...build.argv.map(withoutSecrets)],
  };
}

const order = [
  'context',
  ...Object.values(keyOf),
  'verify.allow',
  'verify.require',
  'verify.smoke',
];

function rank({ key }: EffectiveSetting): number {
  const at = order.indexOf(key);
  return at < 0 ? order.length : at;
}

function fromFile(build: ConfiguredBuild, otherContext: boolean): EffectiveSetting[] {
  return build.given
    .filter((one) => one.replacedBy === undefined && !(one.key === 'context' && otherContext))
    .filter((one) => one.key !== 'context' || build.settings.context !== undefined)
    .map(({ key, words, place }) => ({ key, value: valueOfWords(words), source: place }));
}

/** What only a file can ask of the verification. */
function fromVerification({ settings, config, name }: ConfiguredBuild): EffectiveSetting[] {
  const { verify } = settings;
  if (verify === undefined || verify === false) return [];
  const isOwn = name !== undefined && config.settings.images?.[name]?.verify !== undefined;
  const values = {
    allow: verify.allow?.map(({ path, reason }) => `${path}: ${reason}`),
    require: verify.require,
    smoke: verify.smoke?.map(({ run }) => (typeof run === 'string' ? run : run.join(' '))),
  };
  return Object.entries(values).flatMap(([key, list]) => {
    const path = [...(isOwn ? ['images', name] : []), 'verify', key];
    const { line, column } = config.positionOf(path);
    const source = `${config.file}:${line}:${column}`;
    return (list ?? []).map((value) => ({
      key: `verify.${key}`,
      value: withoutSecrets(value),
      source,
    }));
  });
}

function fromFlags({ flags }: ParsedArguments): EffectiveSetting[] {
  return flags
    .filter(({ name }) => !['config', 'no-config', 'json', 'help'].includes(name))
    .map(({ name, value }) => ({
      key: keyOf[name] ?? `--${name}`,
      value: valueOf(name, value),
      source: `--${name}`,
    }));
}

function fromEnvironment(parsed: ParsedArguments, env: Environment): EffectiveSetting[] {
  return Object.entries(environmentOf).flatMap(([flag, variable]) => {
    const value = env[variable];
    if (!value || parsed.flags.some(({ name }) => name === flag)) return [];
    return [{ key: keyOf[flag] ?? flag, value, source: variable }];
  });
}

function withInstead(setting: EffectiveSetting, build: ConfiguredBuild): EffectiveSetting {
  const other = build.given.find(
    (one) => one.key === setting.key && one.replacedBy === setting.source,
  );
  return other === undefined ? setting : { ...setting, instead: other.place };
}

/** What a flag comes to, in the words of the file. */
function valueOf(name: string, value: string): string {
  return meanings[`${name}=${value}`] ?? withoutSecrets(value);
}

/** `--push`, `--verify=false`, `--tag a`, or a context. */
function valueOfWords([first = '', second]: readonly string[]): string {
  const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(first) ?? [];
  return name === undefined ? first : valueOf(name, second ?? value ?? 'true');
}

const meanings: Readonly<Record<string, string>> = {
  'push=true': 'push',
  'load=true': 'store',
  'output=type=cacheonly': 'none',
  'preflight=true': 'fail',
  'preflight=false': 'off',
  'no-preflight=true': 'off',
  'verify=true': 'on',
  'verify=false': 'off',
  'no-verify=true': 'off',
};
