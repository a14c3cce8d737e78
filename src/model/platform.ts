import { architectures, findArchitecture } from './architecture.ts';
import { closest } from './closest.ts';
import { XbuildError } from './errors.ts';

/**
 * What an image is built for, in OCI's words. Values made by this file are normal: lower case, no
 * alias, `variant` only where it says something (`arm` always has one, amd64/v1 and arm64/v8 never).
 */
export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
}

const systems = (
  'linux windows darwin freebsd netbsd openbsd dragonfly solaris ' +
  'illumos aix android ios plan9 wasip1 wasi js zos'
).split(' ');
const systemAliases: ReadonlyMap<string, string> = new Map([
  ['macos', 'darwin'],
  ['osx', 'darwin'],
]);

/** Words for an architecture, with the variant they bring along. */
const aliases: ReadonlyMap<string, readonly [name: string, variant?: string]> = new Map<
  string,
  readonly [name: string, variant?: string]
>([
  ['x86_64', ['amd64']],
  ['x86-64', ['amd64']],
  ['x64', ['amd64']],
  ['x86', ['386']],
  ['i386', ['386']],
  ['i486', ['386']],
  ['i586', ['386']],
  ['i686', ['386']],
  ['aarch64', ['arm64']],
  ['arm64v8', ['arm64', 'v8']],
  ['armv8', ['arm64', 'v8']],
  ['armhf', ['arm', 'v7']],
  ['armv7', ['arm', 'v7']],
  ['armv7l', ['arm', 'v7']],
  ['armv7hl', ['arm', 'v7']],
  ['arm32v7', ['arm', 'v7']],
  // containerd's reading; Debian's armel is v5.
  ['armel', ['arm', 'v6']],
  ['armv6', ['arm', 'v6']],
  ['armv6l', ['arm', 'v6']],
  ['armv6hl', ['arm', 'v6']],
  ['arm32v6', ['arm', 'v6']],
  ['armv5', ['arm', 'v5']],
  ['armv5l', ['arm', 'v5']],
  ['armv5tel', ['arm', 'v5']],
  ['armv5tejl', ['arm', 'v5']],
  ['arm32v5', ['arm', 'v5']],
  ['armv8l', ['arm', 'v8']],
  ['ppc64el', ['ppc64le']],
  ['powerpc64le', ['ppc64le']],
  ['powerpc64', ['ppc64']],
  ['powerpc', ['ppc']],
  ['loongarch64', ['loong64']],
  ['mips64el', ['mips64le']],
  ['mipsel', ['mipsle']],
  ['aarch64_be', ['arm64be']],
  ['armeb', ['armbe']],
  ['parisc', ['hppa']],
  ['openrisc', ['or1k']],
]);

function architectureWords(): string[] {
  return [...architectures.map(({ name }) => name), 'wasm'];
}

/** The variant in its one spelling, undefined where it is the one that goes without saying. */
function normalVariant(architecture: string, variant: string): string | undefined {
  const word = variant
    .toLowerCase()
    .replace(/^v?(\d)/, 'v$1')
    .replace(/\.0$/, '');
  if (architecture === 'arm') return word === '' ? 'v7' : word;
  if (architecture === 'amd64' && word === 'v1') return undefined;
  if (architecture === 'arm64' && word === 'v8') return undefined;
  return word === '' ? undefined : word;
}

/**
 * The normal form of a platform that came as data (an index, an image's configuration). Never
 * fails: words that xbuild does not know stay as they are, in lower case.
 */
export function normalizePlatform(platform: Readonly<Platform>): Platform {
  const os = platform.os.toLowerCase();
  const word = platform.architecture.toLowerCase();
  const [architecture, implied] = aliases.get(word) ?? [word];
  const given =
    platform.variant === undefined || platform.variant === '' ? implied : platform.variant;
  const variant = normalVariant(architecture, given ?? '');
  const normal = { os: systemAliases.get(os) ?? os, architecture };
  return variant === undefined ? normal : { ...normal, variant };
}

/** Writes a platform as Docker does: `linux/arm/v7`, `linux/amd64`, `linux/amd64/v3`. */
export function formatPlatform(platform: Readonly<Platform>): string {
  const { os, architecture, variant } = normalizePlatform(platform);
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** Tells whether two platforms are the same one, however they are spelt. */
export function samePlatform(one: Readonly<Platform>, other: Readonly<Platform>): boolean {
  return formatPlatform(one) === formatPlatform(other);
}

/** A short word for file names and tags: `arm64`, `arm-v7`, `amd64-v3`, `windows-amd64`. */
export function platformSlug(platform: Readonly<Platform>): string {
  return formatPlatform(platform)
    .replace(/^linux\//, '')
    .replaceAll('/', '-');
}

/** Which of the probe's programs shows that a platform runs; undefined where the probe has none. */
export function programOf(platform: Readonly<Platform>): string | undefined {
  const { os, architecture, variant } = normalizePlatform(platform);
  if (os !== 'linux' || findArchitecture(architecture)?.buildable !== true) return undefined;
  if (architecture !== 'arm') return architecture;
  return variant === 'v5' || variant === 'v6' ? `arm-${variant}` : 'arm-v7';
}

function rejected(text: string, why: string, suggestion?: string): XbuildError {
  const hint =
    suggestion === undefined
      ? 'Write os/architecture[/variant], for example linux/amd64, linux/arm64 or linux/arm/v7.'
      : `Write ${suggestion} if that is what is meant.`;
  return new XbuildError('bad-platform', `Cannot read the platform "${text}": ${why}.`, hint);
}

function parseSystem(text: string, word: string): string {
  const os = systemAliases.get(word) ?? word;
  if (systems.includes(os)) return os;
  const near = closest(os, systems);
  const rest = text.trim().toLowerCase().split('/').slice(1);
  const suggestion = near === undefined ? undefined : [near, ...rest].join('/');
  throw rejected(text, `no operating system is called "${word}"`, suggestion);
}

function parseArchitecture(text: string, word: string, os: string): readonly [string, string?] {
  const alias = aliases.get(word);
  if (alias !== undefined) return alias;
  if (architectureWords().includes(word)) return [word];
  if (systems.includes(word) || systemAliases.has(word)) {
    throw rejected(text, 'it names no architecture', `${os}/arm64 or ${os}/amd64`);
  }
  const near = closest(word, [...architectureWords(), ...aliases.keys()]);
  const suggestion = near === undefined ? undefined : formatPlatform({ os, architecture: near });
  throw rejected(text, `no architecture is called "${word}"`, suggestion);
}

const ARM64_VARIANT = /^v(?:8|9)(?:\.[1-9])?$/;

function checkVariant(text: string, platform: Platform): void {
  const { architecture, variant } = platform;
  if (variant === undefined) return;
  if (architecture === 'arm64' && ARM64_VARIANT.test(variant)) return;
  const known = findArchitecture(architecture)?.variants?.map(({ name }) => name) ?? [];
  if (known.includes(variant)) return;
  const near = nearestNumber(variant, known) ?? closest(variant, known);
  const suggestion =
    near === undefined ? undefined : formatPlatform({ ...platform, variant: near });
  const which = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  const fallback = formatPlatform({ os: platform.os, architecture });
  throw rejected(
    text,
    `${architecture} has no variant "${variant}", ${which}`,
    suggestion ?? fallback,
  );
}

/** Variants are numbers: after v8 comes no v9, and v8 is nearer to it than v5. */
function nearestNumber(variant: string, known: readonly string[]): string | undefined {
  const wanted = numberOf(variant);
  if (Number.isNaN(wanted)) return undefined;
  const distance = (name: string) => Math.abs(numberOf(name) - wanted);
  return known.toSorted((one, other) => distance(one) - distance(other))[0];
}

function numberOf(variant: string): number {
  return Number(/^v?(\d+)$/.exec(variant)?.[1] ?? 'none');
}

/** A first word that is no system but an architecture: `arm/v7`, `arm64`. */
function withSystem(words: string[]): string[] {
  const first = words[0] ?? '';
  const isArchitecture = aliases.has(first) || architectureWords().includes(first);
  return words.length === 1 || isArchitecture ? ['linux', ...words] : words;
}

/**
 * Reads a platform as people write it: `linux/arm/v7`, `arm64`, `arm/v7`, `x86_64`, `armhf`.
 *
 * A bare architecture means Linux, on every machine; the variant that is not given is the usual
 * one. Throws XbuildError `bad-platform`. Source: containerd/platforms, without its look at the
 * local machine; and uname(2)'s words.
 */
export function parsePlatform(text: string): Platform {
  const several = text.trim().split(/[\s;]+/);
  if (several.length > 1)
    throw new XbuildError(
      'bad-platform',
      `Cannot read the platform "${text}": it is several words.`,
      several.includes('-')
        ? 'Give each "- " of a list a line of its own, all with the same indentation.'
        : `Put commas between platforms: ${several.join(',')}`,
    );
  const words = text.trim().toLowerCase().split('/');
  if (words.some((word) => word === '')) throw rejected(text, 'a part of it is empty');
  const [system = '', word = '', ...rest] = withSystem(words);
  if (rest.length > 1) throw rejected(text, 'it has more than three parts');
  const os = parseSystem(text, system);
  const [architecture, implied] = parseArchitecture(text, word, os);
  const platform = normalizePlatform({ os, architecture, variant: rest[0] ?? implied ?? '' });
  checkVariant(text, platform);
  const meant = implied === undefined ? undefined : normalVariant(architecture, implied);
  if (implied !== undefined && platform.variant !== meant) {
    throw rejected(
      text,
      `"${word}" already means ${formatPlatform({ os, architecture, variant: implied })}`,
    );
  }
  return platform;
}

/**
 * Reads lists as they come from the command line: each text may hold several platforms, separated
 * by commas. Order is kept; a platform that is named twice counts once.
 */
export function parsePlatformList(texts: readonly string[]): Platform[] {
  const byName = new Map<string, Platform>();
  for (const platform of texts.flatMap((text) => text.split(',')).map(parsePlatform)) {
    const name = formatPlatform(platform);
    if (!byName.has(name)) byName.set(name, platform);
  }
  return [...byName.values()];
}
