import type { Readable } from 'node:stream';

const BLOCK = 512;

/** What a header of an archive says; contents are passed over. Byte strings. */
export interface TarEntry {
  name: string;
  /** `0` a file, `2` a symbolic link, `5` a directory. */
  type: string;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  target: string;
}

function textAt(header: Buffer, at: number, width: number): string {
  return header.toString('latin1', at, at + width).replace(/\0.*$/s, '');
}

function octalAt(header: Buffer, at: number, width: number): number {
  return Number.parseInt(textAt(header, at, width), 8) || 0;
}

function entryOf(header: Buffer): TarEntry {
  const prefix = textAt(header, 345, 155);
  const name = textAt(header, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: header.toString('latin1', 156, 157),
    mode: octalAt(header, 100, 8) & 0o7777,
    uid: octalAt(header, 108, 8),
    gid: octalAt(header, 116, 8),
    size: octalAt(header, 124, 12),
    target: textAt(header, 157, 100),
  };
}

/**
 * The entries of an archive, until so many bytes of it were read; then the stream is closed. Extended
 * headers are passed over, so names over 255 bytes come cut.
 */
export async function* tarEntries(stream: Readable, most: number): AsyncGenerator<TarEntry> {
  let rest: Buffer = Buffer.alloc(0);
  let skip = 0;
  let seen = 0;
  try {
    for await (const chunk of stream) {
      seen += (chunk as Buffer).length;
      const bytes = Buffer.concat([rest, chunk as Buffer]);
      while (bytes.length - skip >= BLOCK) {
        const header = bytes.subarray(skip, skip + BLOCK);
        if (header[0] === 0) return;
        const entry = entryOf(header);
        if (entry.type !== 'x' && entry.type !== 'g') yield entry;
        skip += BLOCK + Math.ceil(entry.size / BLOCK) * BLOCK;
      }
      rest = skip >= bytes.length ? Buffer.alloc(0) : bytes.subarray(skip);
      skip = Math.max(0, skip - bytes.length);
      if (seen > most) return;
    }
  } finally {
    stream.destroy();
  }
}
