import { bytesOfHex, hexOfBytes, stringOfBytes } from '../../src/model/bytes.ts';

const BASE = 0x400000;

/**
 * Machine code for x86-64: writes the memory from argv[0] up to the first environment string (all
 * arguments, each ended by a NUL byte) to descriptor 1, and exits with `status`.
 */
function printArguments(status: number): number[] {
  const instructions = [
    '48 8b 0c 24', // mov rcx, [rsp]
    '48 8b 74 24 08', // mov rsi, [rsp + 8]
    '48 8b 54 cc 10', // mov rdx, [rsp + rcx * 8 + 16]
    '48 29 f2', // sub rdx, rsi
    'bf 01 00 00 00', // mov edi, 1
    'b8 01 00 00 00', // mov eax, 1 (write)
    '0f 05', // syscall
    `bf ${hexOfBytes(Uint8Array.of(status))} 00 00 00`, // mov edi, status
    'b8 3c 00 00 00', // mov eax, 60 (exit)
    '0f 05', // syscall
  ];
  return Array.from(bytesOfHex(instructions.join('').replaceAll(' ', '')) ?? []);
}

export interface TinyElf {
  /** The exit status by which it is known. */
  status: number;
  /** PT_INTERP, with the NUL byte that should end it. */
  interpreter?: string;
  /** ET_DYN, loaded anywhere. */
  dynamic?: boolean;
  machine?: number;
  type?: number;
  headerSize?: number;
  headerCount?: number;
}

function writeHeader(
  view: DataView,
  at: number,
  words: readonly (readonly [number, number])[],
): void {
  let offset = at;
  for (const [size, value] of words) {
    if (size === 2) view.setUint16(offset, value, true);
    else if (size === 4) view.setUint32(offset, value, true);
    else view.setBigUint64(offset, BigInt(value), true);
    offset += size;
  }
}

/** A static program of a few hundred bytes, base64. */
export function tinyElf(elf: TinyElf): string {
  const interpreter = elf.interpreter ?? '';
  const count = interpreter === '' ? 1 : 2;
  const text = 64 + 56 * count;
  const code = printArguments(elf.status);
  const size = text + code.length + interpreter.length;
  const bytes = new Uint8Array(size);
  const base = elf.dynamic === true ? 0 : BASE;
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  writeHeader(view, 16, [
    [2, elf.type ?? (elf.dynamic === true ? 3 : 2)],
    [2, elf.machine ?? 62],
    [4, 1],
    [8, base + text],
    [8, 64],
    [8, 0],
    [4, 0],
    [2, 64],
    [2, elf.headerSize ?? 56],
    [2, elf.headerCount ?? count],
  ]);
  writeHeader(view, 64, [
    [4, 1],
    [4, 5],
    [8, 0],
    [8, base],
    [8, base],
    [8, size],
    [8, size],
    [8, 4096],
  ]);
  if (interpreter !== '') {
    const at = text + code.length;
    writeHeader(view, 120, [
      [4, 3],
      [4, 4],
      [8, at],
      [8, at],
      [8, at],
      [8, interpreter.length],
      [8, interpreter.length],
      [8, 1],
    ]);
    for (let index = 0; index < interpreter.length; index++)
      bytes[at + index] = interpreter.charCodeAt(index);
  }
  bytes.set(code, text);
  return btoa(stringOfBytes(bytes));
}
