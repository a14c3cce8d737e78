import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listFiles } from '../../src/inventory/list-files.ts';
import { scanLayer } from '../../src/inventory/scan-layer.ts';
import { inPieces, makeTar } from './made-tar.ts';

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A Zstandard frame of blocks that are not packed, or (`repeat`) one byte many times. RFC 8878, 3.1. */
function zstdFrame(bytes: Buffer, repeat?: { byte: number; blocks: number }): Buffer {
  // No content size, no checksum, a window of 1 MB.
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50])];
  const block = (type: number, size: number, last: boolean, content: Buffer) => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((size << 3) | (type << 1) | (last ? 1 : 0), 0, 3);
    parts.push(header, content);
  };
  for (let at = 0; at < bytes.length; at += 100_000) {
    const content = bytes.subarray(at, at + 100_000);
    block(0, content.length, false, content);
  }
  for (let count = 0; count < (repeat?.blocks ?? 0); count++) {
    block(1, 128 * 1024, false, Buffer.from([repeat?.byte ?? 0]));
  }
  block(0, 0, true, Buffer.alloc(0));
  return Buffer.concat(parts);
}

const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
const tar = makeTar([
  { name: 'bin/app', body: '#!/bin/sh\n' },
  { name: 'data', mode: 0o644, body: 'x'.repeat(300_000) },
]);
const half = tar.length >> 1;

async function* broken() {
  yield gzipSync(tar).subarray(0, 100);
  throw new Error('the network is gone');
}

const limit = { free: 1 << 20, ratio: 10, most: 1 << 24 };

describe('layers, however they are packed', () => {
  it.each<[string, Buffer]>([
    ['not at all', tar],
    ['gzip', gzipSync(tar)],
    [
      'gzip in two members',
      Buffer.concat([gzipSync(tar.subarray(0, half)), gzipSync(tar.subarray(half))]),
    ],
    ['zstd', zstdFrame(tar)],
    [
      'zstd in two frames',
      Buffer.concat([zstdFrame(tar.subarray(0, half)), zstdFrame(tar.subarray(half))]),
    ],
    ['zstd with frames to be skipped', Buffer.concat([skippable, zstdFrame(tar), skippable])],
  ])('%s', async (_packing, bytes) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 70_000 }), async (pieces) => {
        const scan = await scanLayer(inPieces(bytes, pieces < 100 ? 100 + pieces : pieces));
        expect(scan).toMatchObject({
          digest: sha256(bytes),
          size: bytes.length,
          diffId: sha256(tar),
        });
        expect(scan.fault).toBeUndefined();
        expect(listFiles(scan.root).counts).toMatchObject({ files: 2, scripts: 1 });
      }),
      { numRuns: 10 },
    );
  });

  it('one byte at a time', async () => {
    const small = makeTar([{ name: 'a' }]);
    for (const bytes of [small, gzipSync(small), zstdFrame(small)]) {
      expect(await scanLayer(inPieces(bytes, 1))).toMatchObject({ diffId: sha256(small) });
    }
  });

  it.each<[string, Buffer, string, RegExp]>([
    ['cut gzip', gzipSync(tar).subarray(0, 200), 'truncated', /gzip stream ends early/],
    ['cut zstd', zstdFrame(tar).subarray(0, 200), 'truncated', /ends/],
    [
      'gzip with other bytes in it',
      Buffer.from(gzipSync(tar)).fill(0x55, 100, 160),
      'packing',
      /gzip/,
    ],
    [
      'zstd with other bytes in it',
      Buffer.concat([zstdFrame(tar), Buffer.from('no frame')]),
      'packing',
      /zstd/,
    ],
    [
      'a zstd window of 2 GB',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 1, 0, 0]),
      'packing',
      /zstd/,
    ],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'packing', /bzip2/],
    ['xz', Buffer.from('\u00fd7zXZ\0', 'latin1'), 'packing', /xz/],
    ['a text', Buffer.from('<html>'.repeat(200)), 'damaged', /checksum/],
  ])(
    '%s: what is wrong is said, and the digest is that of all bytes',
    async (_what, bytes, reason, message) => {
      const scan = await scanLayer(inPieces(bytes, 64));
      expect(scan).toMatchObject({ digest: sha256(bytes), size: bytes.length, fault: { reason } });
      expect(scan.fault?.message).toMatch(message);
      expect(scan.diffId).toBeUndefined();
    },
  );

  it('an error of the stream itself comes through', async () => {
    await expect(scanLayer(broken())).rejects.toThrow('the network is gone');
  });
});

describe('bombs', () => {
  const zeros = Buffer.alloc(30 << 20);
  const header = makeTar([{ name: 'zeros', mode: 0o644, size: 30 << 20 }], true);
  const honest = Buffer.concat([header, zeros, Buffer.alloc(1024)]);
  it.each<[string, Buffer]>([
    ['gzip', gzipSync(honest)],
    ['gzip behind the end of its tar', gzipSync(Buffer.concat([makeTar([{ name: 'a' }]), zeros]))],
    ['zstd', zstdFrame(header, { byte: 0, blocks: 240 })],
  ])('%s: is read as far as the limit goes', async (_packing, bytes) => {
    const scan = await scanLayer(inPieces(bytes), { limit });
    expect(scan).toMatchObject({ digest: sha256(bytes), fault: { reason: 'too-large' } });
  });

  it('a large layer that is packed as others are is none', async () => {
    const scan = await scanLayer(inPieces(honest, 1 << 16), { limit: { ...limit, most: 1 << 26 } });
    expect(scan.fault).toBeUndefined();
  });
});
