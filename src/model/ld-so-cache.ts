import { bytesOfString } from './bytes.ts';

const MAGIC = 'glibc-ld.so.cache1.1';
const [HEADER, ENTRY] = [48, 24];
const MOST_ENTRIES = 100_000;

function textAt(file: string, at: number): string {
  const end = file.indexOf('\0', at);
  return file.slice(at, end === -1 ? file.length : end);
}

/** Byte order is the machine's that ldconfig ran on: the number of entries tells it. */
function orderOf(view: DataView): boolean | undefined {
  return [true, false].find((little) => {
    const count = view.getUint32(20, little);
    return count <= MOST_ENTRIES && HEADER + count * ENTRY <= view.byteLength;
  });
}

/**
 * Reads glibc's /etc/ld.so.cache, a byte string: the paths of each library's name, in their order.
 * Undefined where it is of another format. Source: sysdeps/generic/dl-cache.h of glibc.
 */
export function readLdSoCache(file: string): ReadonlyMap<string, string[]> | undefined {
  // ldconfig once wrote an older table before this one.
  const start = file.indexOf(MAGIC);
  if (start === -1 || file.length < start + HEADER) return undefined;
  const table = file.slice(start);
  const bytes = bytesOfString(table);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = orderOf(view);
  if (little === undefined) return undefined;
  const paths = new Map<string, string[]>();
  for (let index = 0; index < view.getUint32(20, little); index++) {
    const at = HEADER + index * ENTRY;
    const name = textAt(table, view.getUint32(at + 4, little));
    const path = textAt(table, view.getUint32(at + 8, little));
    paths.set(name, [...(paths.get(name) ?? []), path]);
  }
  return paths;
}
