import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  base64OfBytes,
  bytesOfBase64,
  bytesOfHex,
  bytesOfString,
  hexOfBytes,
  stringOfBytes,
} from '../../src/model/bytes.ts';

it('bytes survive every spelling', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 10_000, size: 'max' }), (bytes) => {
      expect(bytesOfString(stringOfBytes(bytes))).toEqual(bytes);
      expect(bytesOfHex(hexOfBytes(bytes))).toEqual(bytes);
      expect(bytesOfBase64(base64OfBytes(bytes))).toEqual(bytes);
    }),
    { numRuns: 20 },
  );
});

it.each([
  ['00ff', [0, 255]],
  ['', []],
  ['0', undefined],
  ['0g', undefined],
])('the hex digits %j are %j', (text, bytes) => {
  const read = bytesOfHex(text);
  expect(read && Array.from(read)).toEqual(bytes);
});
