// @ts-check
// The few lines of the tar format that image archives need, so that bases can be made without tar.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/**
 * @typedef {object} TarEntry
 * @property {string} name Path without a leading slash; a directory's ends with one.
 * @property {string | Buffer} [body] Content; neither this nor `file` for a directory or a link.
 * @property {string} [file] File to take the content from, of any size.
 * @property {string} [link] Target of a symbolic link.
 * @property {number} [mode] Permission bits; default 755.
 */

const BLOCK = 512;

/**
 * @param {TarEntry} entry
 * @param {number} size
 */
function header(entry, size) {
  const block = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(entry.name) > 100) throw new Error(`Too long for a tar: ${entry.name}`);
  const type = entry.link === undefined ? (entry.name.endsWith('/') ? '5' : '0') : '2';
  /** @type {(value: number, at: number, length: number) => void} */
  const octal = (value, at, length) =>
    void block.write(value.toString(8).padStart(length - 1, '0'), at);
  block.write(entry.name, 0);
  octal(entry.mode ?? 0o755, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  // One moment for all files: the same base has the same digest on every machine.
  octal(1_700_000_000, 136, 12);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(entry.link ?? '', 157);
  block.write('ustar\u000000', 257);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}

/** @param {number} size */
const padding = (size) => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/**
 * Makes a tar in memory.
 *
 * @param {readonly TarEntry[]} entries with `body`, not `file`
 * @returns {Buffer}
 */
export function tar(entries) {
  const parts = entries.flatMap((entry) => {
    const body = Buffer.from(entry.body ?? '');
    return [header(entry, body.length), body, padding(body.length)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/**
 * Writes a tar whose files may be too large for memory.
 *
 * @param {string} path
 * @param {readonly TarEntry[]} entries
 * @returns {Promise<void>}
 */
export async function writeTar(path, entries) {
  const out = await open(path, 'w');
  try {
    for (const entry of entries) {
      if (entry.file === undefined) {
        const body = Buffer.from(entry.body ?? '');
        await out.writeFile(
          Buffer.concat([header(entry, body.length), body, padding(body.length)]),
        );
        continue;
      }
      const { size } = await stat(entry.file);
      await out.writeFile(header(entry, size));
      for await (const chunk of createReadStream(entry.file, { highWaterMark: 1 << 20 }))
        await out.writeFile(chunk);
      await out.writeFile(padding(size));
    }
    await out.writeFile(Buffer.alloc(2 * BLOCK));
  } finally {
    await out.close();
  }
}
