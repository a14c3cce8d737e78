import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { architectures } from '../../src/model/architecture.ts';
import { XbuildError } from '../../src/model/errors.ts';
import {
  formatPlatform,
  normalizePlatform,
  parsePlatform,
  parsePlatformList,
  platformSlug,
  programOf,
  samePlatform,
} from '../../src/model/platform.ts';

describe('a platform is read as people write it', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['amd64', 'linux/amd64'],
    ['x86_64', 'linux/amd64'],
    ['x86-64', 'linux/amd64'],
    ['linux/x86_64/v2', 'linux/amd64/v2'],
    ['i386', 'linux/386'],
    ['i686', 'linux/386'],
    ['linux/arm64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm64/v8.0', 'linux/arm64'],
    ['linux/arm64/v8.2', 'linux/arm64/v8.2'],
    ['linux/arm64/v9', 'linux/arm64/v9'],
    ['aarch64', 'linux/arm64'],
    ['arm64v8', 'linux/arm64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/7', 'linux/arm/v7'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['arm/v5', 'linux/arm/v5'],
    ['armhf', 'linux/arm/v7'],
    ['armel', 'linux/arm/v6'],
    ['armv7l', 'linux/arm/v7'],
    ['armv6l', 'linux/arm/v6'],
    ['armv5tel', 'linux/arm/v5'],
    ['linux/armhf/v7', 'linux/arm/v7'],
    ['ppc64el', 'linux/ppc64le'],
    ['s390x', 'linux/s390x'],
    ['riscv64', 'linux/riscv64'],
    ['loongarch64', 'linux/loong64'],
    ['mips64el', 'linux/mips64le'],
    [' Linux/ARM64 ', 'linux/arm64'],
    ['windows/amd64', 'windows/amd64'],
    ['macos/arm64', 'darwin/arm64'],
  ])('%s is %s', (text, canonical) => {
    expect(formatPlatform(parsePlatform(text))).toBe(canonical);
  });

  it('leaves out the variant that goes without saying', () => {
    expect(parsePlatform('linux/arm64/v8')).toEqual({ os: 'linux', architecture: 'arm64' });
    expect(parsePlatform('arm')).toEqual({ os: 'linux', architecture: 'arm', variant: 'v7' });
  });
});

describe('a platform that cannot be read says why, and what is meant', () => {
  it.each([
    ['linux/amr64', 'no architecture is called "amr64"', 'Write linux/arm64 if'],
    ['arm46', 'no architecture is called "arm46"', 'Write linux/arm64 if'],
    ['linux/x86_46', 'no architecture is called "x86_46"', 'Write linux/amd64 if'],
    ['linxu/arm64', 'no operating system is called "linxu"', 'Write linux/arm64 if'],
    ['linux', 'it names no architecture', 'Write linux/arm64'],
    ['', 'a part of it is empty', 'Write os/architecture[/variant]'],
    ['linux/', 'a part of it is empty', 'Write os/architecture[/variant]'],
    ['linux/arm/v7/x', 'it has more than three parts', 'Write os/architecture[/variant]'],
    ['linux/arm/v9', 'arm has no variant "v9", it has v5, v6, v7, v8', 'Write linux/arm/v'],
    ['linux/amd64/v5', 'amd64 has no variant "v5", it has v1, v2, v3, v4', 'Write linux/amd64'],
    ['linux/riscv64/v1', 'riscv64 has no variant "v1", it has none', 'Write linux/riscv64 if'],
    ['linux/armhf/v6', '"armhf" already means linux/arm/v7', 'Write os/architecture'],
    ['local', 'no architecture is called "local"', 'Write os/architecture'],
    ['__proto__', 'no architecture is called "__proto__"', 'Write os/architecture'],
    ['constructor/arm64', 'no operating system is called "constructor"', 'Write os/architecture'],
  ])('%j: %s', (text, why, hint) => {
    const error = attempt(() => parsePlatform(text));
    expect(error).toBeInstanceOf(XbuildError);
    expect(error).toMatchObject({
      code: 'bad-platform',
      exitStatus: 2,
      message: `Cannot read the platform "${text}": ${why}.`,
      hint: expect.stringContaining(hint),
    });
  });

  it('or is read after all: no text makes it fail in another way', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const error = attempt(() => parsePlatform(text));
        expect(error === undefined || error instanceof XbuildError).toBe(true);
      }),
    );
  });
});

function attempt(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

const platforms = fc.oneof(
  fc
    .constantFrom(...architectures)
    .chain(({ name, variants }) =>
      fc
        .constantFrom(undefined, ...(variants ?? []).map((variant) => variant.name))
        .map((variant) =>
          normalizePlatform({ os: 'linux', architecture: name, variant: variant ?? '' }),
        ),
    ),
  fc.constantFrom(
    { os: 'windows', architecture: 'amd64' },
    { os: 'darwin', architecture: 'arm64' },
  ),
);

describe('format and parse', () => {
  it('give back the same platform', () => {
    fc.assert(
      fc.property(platforms, (platform) => {
        expect(parsePlatform(formatPlatform(platform))).toEqual(platform);
      }),
    );
  });

  it('tell equal platforms of different spelling', () => {
    expect(
      samePlatform({ os: 'linux', architecture: 'aarch64', variant: 'v8' }, parsePlatform('arm64')),
    ).toBe(true);
    expect(samePlatform(parsePlatform('arm/v6'), parsePlatform('arm/v7'))).toBe(false);
  });

  it('take what an index says of an attestation as it is', () => {
    expect(formatPlatform({ os: 'unknown', architecture: 'unknown' })).toBe('unknown/unknown');
  });
});

describe('lists', () => {
  it.each([
    [['linux/amd64,linux/arm64'], ['linux/amd64', 'linux/arm64']],
    [
      ['arm64', 'amd64'],
      ['linux/arm64', 'linux/amd64'],
    ],
    [
      ['arm64, linux/arm64/v8', 'aarch64,arm/v7'],
      ['linux/arm64', 'linux/arm/v7'],
    ],
    [[], []],
  ])('%j are %j', (texts, canonical) => {
    expect(parsePlatformList(texts).map(formatPlatform)).toEqual(canonical);
  });

  it('with an empty place are refused', () => {
    expect(() => parsePlatformList(['amd64,'])).toThrow('a part of it is empty');
  });
});

it.each([
  ['linux/amd64/v3', 'amd64-v3', 'amd64'],
  ['linux/386', '386', '386'],
  ['linux/arm64', 'arm64', 'arm64'],
  ['linux/arm64/v9', 'arm64-v9', 'arm64'],
  ['linux/arm/v5', 'arm-v5', 'arm-v5'],
  ['linux/arm/v6', 'arm-v6', 'arm-v6'],
  ['linux/arm', 'arm-v7', 'arm-v7'],
  ['linux/loong64', 'loong64', 'loong64'],
  ['linux/mips64', 'mips64', undefined],
  ['windows/amd64', 'windows-amd64', undefined],
])('%s has the slug %s and the program %s', (text, slug, program) => {
  const platform = parsePlatform(text);
  expect(platformSlug(platform)).toBe(slug);
  expect(programOf(platform)).toBe(program);
});
