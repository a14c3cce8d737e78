/** One file of a made-up archive. Names are byte strings, and may be whatever a test wants. */
export interface Made {
  name: string;
  type?: string;
  mode?: number;
  uid?: number;
  gid?: number;
  link?: string;
  body?: Uint8Array | string;
  /** The size that the header says, where it is not the body's. */
  size?: number;
  /** An extended header before it. */
  pax?: Record<string, string>;
  /** GNU's long name before it. */
  longName?: string;
  longLink?: string;
  /** Changes the finished header, before its checksum is made. */
  edit?: (header: Buffer) => void;
  /** Written as it is, in the place of all of this. */
  raw?: Uint8Array;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** Gives a header its checksum. */
export function sealed(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function header(made: Made, size: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, width: number) =>
    block.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
  block.write(made.name, 0, 100, 'latin1');
  octal(made.mode ?? 0o755, 100, 8);
  octal(made.uid ?? 0, 108, 8);
  octal(made.gid ?? 0, 116, 8);
  octal(made.size ?? size, 124, 12);
  octal(0, 136, 12);
  block.write(made.type ?? '0', 156, 'latin1');
  block.write(made.link ?? '', 157, 100, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  made.edit?.(block);
  return sealed(block);
}

/** The text of an extended header. */
export function paxText(records: Record<string, string>): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = rest.length + 1;
    while (String(length).length + rest.length !== length) length++;
    return `${length}${rest}`;
  });
  return Buffer.from(lines.join(''), 'latin1');
}

function longText(value: string): Buffer {
  return Buffer.from(`${value}\0`, 'latin1');
}

function extension(type: string, body: Buffer): Buffer {
  return bytesOf({ name: 'x', type, body });
}

function bytesOf(made: Made): Buffer {
  if (made.raw !== undefined) return Buffer.from(made.raw);
  const { pax, longName, longLink } = made;
  const body = Buffer.from((made.body ?? '') as Uint8Array);
  return Buffer.concat([
    ...(pax === undefined ? [] : [extension('x', paxText(pax))]),
    ...(longName === undefined ? [] : [extension('L', longText(longName))]),
    ...(longLink === undefined ? [] : [extension('K', longText(longLink))]),
    header(made, body.length),
    padded(body),
  ]);
}

/** An archive, without the two empty blocks at its end where `isOpen`. */
export function makeTar(files: readonly Made[], isOpen = false): Buffer {
  return Buffer.concat([...files.map(bytesOf), Buffer.alloc(isOpen ? 0 : 1024)]);
}

/** A stream of some bytes, in pieces of so many. */
export async function* inPieces(bytes: Buffer, size = 1000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The first bytes of an ELF file: amd64, 64-bit, of a type, without any headers. */
export function elfHead(type = 2, length = 64): Buffer {
  const head = Buffer.alloc(length);
  head.write('\u007fELF\u0002\u0001\u0001', 'latin1');
  head.writeUInt16LE(type, 16);
  head.writeUInt16LE(62, 18);
  return head;
}
