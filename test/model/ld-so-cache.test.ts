import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLdSoCache } from '../../src/model/ld-so-cache.ts';
import { madeLdSoCache } from './made-ld-so-cache.ts';

const paths = { 'libc.so.6': '/lib/libc.so.6', 'libz.so.1': '/usr/lib/libz.so.1' };
const expected = new Map([
  ['libc.so.6', ['/lib/libc.so.6']],
  ['libz.so.1', ['/usr/lib/libz.so.1']],
]);

test.each([
  ['of a little-endian machine', {}],
  ['of a big-endian machine', { little: false }],
  ['after the table of an older format', { before: `ld.so-1.7.0\0${'\0'.repeat(36)}` }],
])('the cache %s', (_, options) => {
  expect(readLdSoCache(madeLdSoCache(paths, options))).toEqual(expected);
});

test('other text is no cache', () => {
  expect(readLdSoCache('ld.so-1.7.0')).toBeUndefined();
});

test('of a cache that is cut off or goes on in noise, only texts of it are read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(300), (noise, cut) => {
      const text = madeLdSoCache(paths).slice(0, cut) + Buffer.from(noise).toString('latin1');
      const read = [...(readLdSoCache(text) ?? [])].flat(2);
      expect(read.every((one) => text.includes(one))).toBe(true);
    }),
  );
});
