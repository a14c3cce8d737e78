/** A file, or without bytes a directory. */
export interface TarEntry {
  path: string;
  mode: number;
  bytes?: Uint8Array;
}

/** A POSIX ustar archive: owner root, no dates, so that equal content gives equal bytes. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, mode, bytes }) => {
    const header = Buffer.alloc(512);
    const octal = (value: number, at: number, width: number) =>
      header.write(value.toString(8).padStart(width, '0'), at, 'latin1');
    header.write(path, 0, 100, 'latin1');
    octal(mode, 100, 7);
    octal(0, 108, 7);
    octal(0, 116, 7);
    octal(bytes?.length ?? 0, 124, 11);
    octal(0, 136, 11);
    header.write(bytes === undefined ? '5' : '0', 156, 'latin1');
    header.write('ustar\u000000', 257, 'latin1');
    // The checksum is the sum of the header's bytes with the checksum's own as spaces.
    header.fill(' ', 148, 156);
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      148,
      6,
    );
    header.write('\0 ', 154, 'latin1');
    const content = bytes ?? new Uint8Array();
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
