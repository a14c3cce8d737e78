import { LayerFault } from './layer-fault.ts';

/**
 * The records of an extended header, `LENGTH KEY=VALUE\n` each; values are byte strings, for names
 * need not be UTF-8. A later record of a key counts; `GNU.sparse.offset` and `.numbytes`, which
 * repeat, are joined with commas. Throws LayerFault. Source: POSIX.1-2017 pax, "pax Header".
 */
export function parsePax(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const digits = blank < 0 || blank - at > 10 ? '' : bytes.toString('latin1', at, blank);
    const end = at + (/^[0-9]+$/.test(digits) ? Number(digits) : 0);
    if (end <= blank || end > bytes.length || bytes[end - 1] !== 0x0a) {
      // Some writers fill the rest with NULs.
      if (bytes[at] === 0) break;
      throw new LayerFault('damaged', 'a record of an extended header does not end');
    }
    const equals = bytes.indexOf(0x3d, blank);
    if (equals < 0 || equals >= end) throw new LayerFault('damaged', 'a record without a value');
    put(
      records,
      bytes.toString('latin1', blank + 1, equals),
      bytes.toString('latin1', equals + 1, end - 1),
    );
    at = end;
  }
  return records;
}

const repeated = new Set(['GNU.sparse.offset', 'GNU.sparse.numbytes']);

function put(records: Map<string, string>, key: string, value: string): void {
  const before = repeated.has(key) ? records.get(key) : undefined;
  records.set(key, before === undefined ? value : `${before},${value}`);
}

/** A decimal number of a record; undefined where it is not there. Throws LayerFault. */
export function paxNumber(records: ReadonlyMap<string, string>, key: string): number | undefined {
  const text = records.get(key);
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new LayerFault('damaged', `${key} of an extended header is no number`);
}
