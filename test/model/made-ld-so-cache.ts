/** An /etc/ld.so.cache as ldconfig writes it, a byte string. */
export function madeLdSoCache(
  paths: Readonly<Record<string, string>>,
  { little = true, before = '' } = {},
): string {
  const entries = Object.entries(paths);
  const table = 48 + entries.length * 24;
  const strings = entries.map(([name, path]) => `${name}\0${path}\0`).join('');
  const bytes = Buffer.alloc(table);
  bytes.write('glibc-ld.so.cache1.1', 0, 'latin1');
  const u32 = (at: number, value: number) =>
    little ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  u32(20, entries.length);
  u32(24, strings.length);
  let at = table;
  for (const [index, [name, path]] of entries.entries()) {
    u32(48 + index * 24 + 4, at);
    u32(48 + index * 24 + 8, at + name.length + 1);
    at += name.length + path.length + 2;
  }
  return `${before}${bytes.toString('latin1')}${strings}`;
}
