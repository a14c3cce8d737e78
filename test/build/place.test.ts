import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placePlatforms, type Ability, type Candidate } from '../../src/build/place.ts';

/** `N` native, `E` emulated, `U` unknown, `-` cannot; one letter a platform. */
const kinds = { N: 'native', E: 'emulated', U: 'unknown', '-': 'none' } as const;
type Letter = keyof typeof kinds;

const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/s390x'];

function node(
  name: string,
  letters: string,
  more: Pick<Candidate, 'takes'> & { cpus?: number } = {},
): Candidate {
  const abilities = letters.split('').map((letter, index): [string, Ability] => {
    const support = kinds[letter as Letter];
    const refusal = support === 'none' ? { refusal: `${name} has no rule.` } : {};
    return [platforms[index] ?? '', { support, ...refusal }];
  });
  return { name, cpus: 1, abilities: new Map(abilities), ...more };
}

/** `a: linux/amd64 linux/arm64 | b: …`, and what is left over. */
function placed(...nodes: Candidate[]): string {
  const wanted = [...(nodes[0]?.abilities.keys() ?? [])];
  const { placed: shares, unplaced } = placePlatforms(wanted, nodes);
  const rest = unplaced.length === 0 ? [] : [{ node: '?', platforms: unplaced.map(nameOf) }];
  return [...shares, ...rest]
    .map((share) => `${share.node}: ${share.platforms.join(' ').replaceAll('linux/', '')}`)
    .join(' | ');
}

const nameOf = ({ platform }: { platform: string }) => platform;

describe('placePlatforms()', () => {
  test.each([
    [
      'native before emulated',
      [node('a', 'NEEE'), node('b', 'ENNE')],
      'a: amd64 s390x | b: arm64 arm/v7',
    ],
    ['emulated before unknown', [node('a', 'NU'), node('b', 'NE')], 'a: amd64 | b: arm64'],
    ['unknown where nothing else is', [node('a', 'N-'), node('b', '-U')], 'a: amd64 | b: arm64'],
    [
      'equal nodes share',
      [node('a', 'NNNN'), node('b', 'NNNN')],
      'a: amd64 arm/v7 | b: arm64 s390x',
    ],
    [
      'the larger machine does more',
      [node('a', 'EEEE', { cpus: 3 }), node('b', 'EEEE')],
      'a: amd64 arm64 arm/v7 | b: s390x',
    ],
    [
      'the one with no choice chooses first',
      [node('a', 'EE-E'), node('b', 'EEE-')],
      'a: amd64 s390x | b: arm64 arm/v7',
    ],
    [
      'what a node is meant for goes to it, though it emulates',
      [node('a', 'NN'), node('b', 'EE', { takes: ['linux/arm64'] })],
      'a: amd64 | b: arm64',
    ],
    [
      'and nothing else does',
      [node('a', '-N', { takes: ['linux/arm64'] }), node('b', 'NN', { takes: ['linux/arm64'] })],
      'a: arm64 | ?: amd64',
    ],
    [
      'others do for it where it cannot',
      [node('a', 'NE'), node('b', 'N-', { takes: ['linux/arm64'] })],
      'a: amd64 arm64',
    ],
    ['no node can', [node('a', 'N-'), node('b', 'N-')], 'a: amd64 | ?: arm64'],
    ['there is no node', [], ''],
  ] as const)('%s', (_what, nodes, expected) => {
    expect(placed(...nodes)).toBe(expected);
  });

  test('each node says why it does not', () => {
    const nodes = [node('a', '-'), node('b', 'N', { takes: ['linux/s390x'] })];
    expect(placePlatforms(['linux/amd64'], nodes).unplaced).toEqual([
      {
        platform: 'linux/amd64',
        reasons: [
          { node: 'a', reason: 'a has no rule.' },
          { node: 'b', reason: 'It is to build linux/s390x only.' },
        ],
      },
    ]);
  });

  const letters = fc
    .array(fc.constantFrom<Letter>('N', 'E', 'U', '-'), { minLength: 4, maxLength: 4 })
    .map((some) => some.join(''));
  const someNodes = fc
    .array(
      fc.record({
        letters,
        cpus: fc.integer({ min: 0, max: 8 }),
        takes: fc.option(fc.subarray(platforms), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((some) =>
      some.map(({ letters: own, cpus, takes }, index) =>
        node(`n${index}`, own, { cpus, ...(takes === undefined ? {} : { takes }) }),
      ),
    );

  test('every platform is placed once, on a node that takes and can build it, or refused by all', () => {
    fc.assert(
      fc.property(someNodes, (nodes) => {
        const { placed: shares, unplaced } = placePlatforms(platforms, nodes);
        const all = [...shares.flatMap((share) => share.platforms), ...unplaced.map(nameOf)];
        expect(all.toSorted()).toEqual(platforms.toSorted());
        for (const share of shares) {
          const one = nodes.find(({ name }) => name === share.node);
          for (const platform of share.platforms) {
            expect(one?.takes?.includes(platform) ?? true).toBe(true);
            expect(one?.abilities.get(platform)).not.toHaveProperty('refusal');
          }
        }
        for (const { reasons } of unplaced) {
          expect(reasons.map((reason) => reason.node)).toEqual(nodes.map(({ name }) => name));
        }
      }),
    );
  });

  test('nothing is emulated that a free node runs natively', () => {
    fc.assert(
      fc.property(someNodes, (nodes) => {
        const free = nodes.filter(({ takes }) => takes === undefined);
        for (const share of placePlatforms(platforms, free).placed) {
          const own = free.find(({ name }) => name === share.node);
          for (const platform of share.platforms) {
            const isNative = (one?: Candidate) =>
              one?.abilities.get(platform)?.support === 'native';
            expect(isNative(own)).toBe(free.some(isNative));
          }
        }
      }),
    );
  });

  test('equal nodes have equal shares, but for one platform', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.constantFrom('NNNN', 'EEEE'), (count, own) => {
        const nodes = Array.from({ length: count }, (_, index) => node(`n${index}`, own));
        const sizes = placePlatforms(platforms, nodes).placed.map(
          (share) => share.platforms.length,
        );
        const most = Math.max(...sizes);
        expect(Math.min(...sizes, ...(count > sizes.length ? [0] : []))).toBeGreaterThanOrEqual(
          most - 1,
        );
      }),
    );
  });
});
