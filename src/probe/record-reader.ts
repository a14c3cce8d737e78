import { stringOfBytes } from '../model/bytes.ts';

/** One record of the launcher's output: native/launcher.c tells the format. */
export interface ProbeRecord {
  tag: string;
  /** The payload's leading fields, byte strings. */
  fields: string[];
  /** What follows the fields. */
  rest: Uint8Array;
}

/** The launcher's output in records. */
export interface ProbeStream {
  records: ProbeRecord[];
  /** Why the output is not all there; absent where it ended as it should. */
  problem?: string;
}

/** How many NUL-terminated fields a record begins with; a FILE may have fewer. */
const fieldCounts: Readonly<Record<string, number>> = {
  XBP1: 0,
  KERN: 5,
  BDIR: 2,
  BFIL: 2,
  BEND: 1,
  FILE: 9,
  LINK: 0,
  SCAN: 10,
  DENY: 2,
  'SUM ': 7,
  'RUN ': 4,
  EMUL: 10,
  VERS: 4,
  WRIT: 3,
  PROV: 2,
  REVT: 3,
  MOUN: 3,
  OOPS: 1,
  'END ': 0,
};

/** Takes records out of the stream, so that they are not kept; true where it took one. */
export type TakeRecord = (record: ProbeRecord) => boolean;

/** No record is larger (RECORD_MAX of native/record.h). */
const LARGEST_RECORD = 98_304;

/**
 * Splits the launcher's output into its records, piece by piece. Never throws: output may be cut
 * off anywhere, and anything may have been written before it; unknown records are passed over.
 */
export class RecordReader {
  /** More was written than is kept. */
  cut = false;
  readonly #records: ProbeRecord[] = [];
  readonly #take: TakeRecord;
  #room: number;
  #last: string | undefined;
  #done = false;
  /** It is not the launcher's, or not all of it: nothing more is read. */
  #lost = false;
  #rest = new Uint8Array();

  /** `limit`: how many bytes of records are kept that `take` does not take. */
  constructor(take: TakeRecord = () => false, limit = Infinity) {
    this.#take = take;
    this.#room = limit;
  }

  push(piece: Uint8Array): void {
    const bytes = this.#rest.length > 0 ? joined(this.#rest, piece) : piece;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (!this.#done && !this.#lost && at + 8 <= bytes.length) {
      const tag = stringOfBytes(bytes.subarray(at, at + 4));
      const length = view.getUint32(at + 4);
      this.#lost = length > LARGEST_RECORD || (this.#last === undefined && tag !== 'XBP1');
      if (this.#lost || at + 8 + length > bytes.length) break;
      this.#add(tag, bytes.subarray(at + 8, at + 8 + length));
      at += 8 + length;
    }
    // A copy: the piece may be a part of something large.
    this.#rest = bytes.slice(at, this.#done || this.#lost ? at : undefined);
  }

  #add(tag: string, payload: Uint8Array): void {
    this.#last = tag;
    this.#done = tag === 'END ';
    const count = fieldCounts[tag];
    if (count === undefined) return;
    const record = decodeRecord(tag, payload, count);
    if (this.#take(record)) return;
    this.#room -= 8 + payload.length;
    if (this.#room < 0) this.cut = true;
    // Of its own: what remains of a payload would keep the whole piece.
    else this.#records.push({ ...record, rest: record.rest.slice() });
  }

  /** What was read; to be asked once there is no more. */
  end(): ProbeStream {
    const records = this.#records;
    if (this.#last === undefined) return { records, problem: 'the probe wrote nothing' };
    const refused = records.find(({ tag }) => tag === 'OOPS')?.fields[0];
    if (this.#done && !this.cut) return { records };
    return {
      records,
      problem:
        refused === undefined
          ? `the probe's output ends after record ${this.#last.trim()}`
          : `the probe does not know the command "${refused}"`,
    };
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

function decodeRecord(tag: string, payload: Uint8Array, count: number): ProbeRecord {
  const fields: string[] = [];
  let at = 0;
  while (fields.length < count) {
    const end = payload.indexOf(0, at);
    if (end === -1) break;
    fields.push(stringOfBytes(payload.subarray(at, end)));
    at = end + 1;
  }
  return { tag, fields, rest: payload.subarray(at) };
}
