import { base64OfBytes, stringOfBytes } from '../model/bytes.ts';
import type { BinfmtFacts, FileFacts, Known, RuleFile, RunFacts } from '../model/facts.ts';

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

/** What the kernel says of itself. */
export interface KernelAnswer {
  release: string;
  version: string;
  machine: string;
  pageSize: number;
  /** Whether /proc/filesystems lists binfmt_misc. */
  binfmtListed: boolean;
}

/** What came of one run of any program. */
export interface RunAnswer {
  /** The program's path, a byte string, as it was found. */
  path: string;
  outcome: 'errno' | 'signal' | 'exit' | 'timeout';
  /** execve(2)'s errno, by name. */
  errno?: string;
  signal?: number;
  exitStatus?: number;
  /** What it wrote on standard output and standard error, a byte string of at most 1 KB. */
  output: string;
  emulator?: NonNullable<RunFacts['emulator']>;
}

/** How many NUL-terminated fields a record begins with; a FILE may have fewer. */
const fieldCounts: Readonly<Record<string, number>> = {
  XBP1: 0,
  KERN: 5,
  BDIR: 2,
  BFIL: 2,
  BEND: 1,
  FILE: 9,
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

/**
 * Splits the launcher's output into its records. Never throws: output may be cut off anywhere, and
 * anything may have been written before it; unknown records are passed over.
 */
export function decodeStream(output: Uint8Array): ProbeStream {
  const records: ProbeRecord[] = [];
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  for (let at = 0; at + 8 <= output.length;) {
    const tag = stringOfBytes(output.subarray(at, at + 4));
    if (at === 0 && tag !== 'XBP1') break;
    const end = at + 8 + view.getUint32(at + 4);
    if (end > output.length) break;
    const count = fieldCounts[tag];
    if (count !== undefined) records.push(decodeRecord(tag, output.subarray(at + 8, end), count));
    if (tag === 'END ') return { records };
    at = end;
  }
  if (records.length === 0) return { records, problem: 'the probe wrote nothing' };
  const refused = records.find(({ tag }) => tag === 'OOPS')?.fields[0];
  const last = records.at(-1)?.tag.trim();
  return {
    records,
    problem:
      refused === undefined
        ? `the probe's output ends after record ${last}`
        : `the probe does not know the command "${refused}"`,
  };
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

function missing(fact: string, { problem }: ProbeStream): { unknown: string } {
  return { unknown: `${fact}: ${problem ?? 'the probe was not asked'}` };
}

/** The answer to `kernel`. */
export function readKernelAnswer(stream: ProbeStream): Known<KernelAnswer> {
  const record = stream.records.find(({ tag }) => tag === 'KERN');
  if (record === undefined) return missing("the kernel's names", stream);
  const [release = '', version = '', machine = '', pageSize = '', listed = ''] = record.fields;
  return {
    release,
    version,
    machine,
    pageSize: Number(pageSize),
    binfmtListed: listed === 'listed',
  };
}

/** linux/magic.h. */
const mounts: Readonly<Record<number, BinfmtFacts['mount']>> = {
  0x42494e4d: 'binfmt_misc',
  0x0187: 'autofs',
};

/** The answer to `binfmt`; whether the kernel knows binfmt_misc is the answer to `kernel`. */
export function readBinfmtAnswer(stream: ProbeStream): Known<Omit<BinfmtFacts, 'knownToKernel'>> {
  const directory = stream.records.find(({ tag }) => tag === 'BDIR');
  const end = stream.records.find(({ tag }) => tag === 'BEND');
  if (directory === undefined) return missing('the rules of binfmt_misc', stream);
  const [errno = '', magic = ''] = directory.fields;
  if (errno !== 'ok')
    return { unknown: `the rules of binfmt_misc: opening their folder: ${errno}` };
  if (end === undefined) return missing('the rules of binfmt_misc', stream);
  if (end.fields[0] !== 'ok')
    return { unknown: `the rules of binfmt_misc: reading their folder: ${end.fields[0]}` };
  const files = stream.records
    .filter(({ tag }) => tag === 'BFIL')
    .map(({ fields, rest }): RuleFile => ({ name: fields[0] ?? '', text: stringOfBytes(rest) }));
  const status = files.find(({ name }) => name === 'status')?.text.trim();
  return {
    mount: mounts[Number(magic)] ?? 'nothing',
    status: status === 'enabled' || status === 'disabled' ? status : null,
    rules: files.filter(({ name }) => name !== 'status'),
  };
}

/** The answers to `look`, in the order in which the files were come by. */
export function readFileAnswers(stream: ProbeStream): FileFacts[] {
  return stream.records
    .filter(({ tag }) => tag === 'FILE')
    .map(({ fields, rest }) => fileFacts(fields, rest));
}

function fileFacts(fields: readonly string[], head: Uint8Array): FileFacts {
  const [path = '', errno = '', kind, mode, uid, gid, size, target, interpreter] = fields;
  if (errno !== 'ok') return { path, errno };
  return {
    path,
    errno,
    ...(kind === 'file' || kind === 'directory' || kind === 'symlink' || kind === 'other'
      ? { kind }
      : {}),
    mode: Number(mode),
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    ...(target ? { target } : {}),
    ...(interpreter ? { interpreter } : {}),
    ...(head.length > 0 ? { head: base64OfBytes(head) } : {}),
  };
}

/** The answers to the runs, by the order of the commands; undefined where an answer is missing. */
export function readRunAnswers(stream: ProbeStream): (RunAnswer | undefined)[] {
  const answers: (RunAnswer | undefined)[] = [];
  for (const { tag, fields, rest } of stream.records) {
    if (tag !== 'RUN ') continue;
    const [ordinal, path = '', outcome = '', value = ''] = fields;
    answers[Number(ordinal)] = { path, output: stringOfBytes(rest), ...outcomeOf(outcome, value) };
  }
  for (const { tag, fields, rest } of stream.records) {
    const answer = answers[Number(fields[0])];
    if (answer === undefined) continue;
    if (tag === 'EMUL') {
      const file = fileFacts(fields.slice(1), rest);
      answer.emulator = { ...answer.emulator, path: file.path, file };
    } else if (
      tag === 'VERS' &&
      answer.emulator !== undefined &&
      fields[2] === 'exit' &&
      fields[3] === '0'
    ) {
      const [version] = stringOfBytes(rest).split('\n');
      if (version) answer.emulator.version = version;
    }
  }
  return Array.from(answers);
}

/** What came of writes to the rule table. */
export interface WriteAnswer {
  /** One a write, in order: `ok`, `skipped`, or the errno's name. */
  writes: string[];
  /** Programs that had to run and did not, with the errno's name or `died`. */
  broken: { program: string; errno: string }[];
  /** Which writes were taken back for it, and with what success. */
  reverted: { write: number; errno: string }[];
  /** Why the answer is not all there; absent where it is. */
  problem?: string;
}

/** The answers to `write`, `prove` and `revert`. */
export function readWriteAnswer(stream: ProbeStream): WriteAnswer {
  const answer: WriteAnswer = {
    writes: [],
    broken: [],
    reverted: [],
    ...(stream.problem === undefined ? {} : { problem: stream.problem }),
  };
  for (const { tag, fields } of stream.records) {
    const [first = '', second = '', third = ''] = fields;
    if (tag === 'WRIT') answer.writes[Number(first)] = third;
    if (tag === 'PROV' && second !== 'ok') answer.broken.push({ program: first, errno: second });
    if (tag === 'REVT') answer.reverted.push({ write: Number(first), errno: third });
  }
  return answer;
}

/** The answer to `mount`: an errno's name, or what was done. */
export function readMountAnswer(
  stream: ProbeStream,
): Known<{ errno: string; how: 'mounted' | 'was mounted' }> {
  const record = stream.records.find(({ tag }) => tag === 'MOUN');
  if (record === undefined) return missing('mounting binfmt_misc', stream);
  const [, errno = '', how] = record.fields;
  return { errno, how: how === 'mounted' ? how : 'was mounted' };
}

function outcomeOf(
  outcome: string,
  value: string,
): Pick<RunAnswer, 'outcome' | 'errno' | 'signal' | 'exitStatus'> {
  if (outcome === 'errno') return { outcome, errno: value };
  if (outcome === 'signal') return { outcome, signal: Number(value) };
  if (outcome === 'timeout') return { outcome };
  return { outcome: 'exit', exitStatus: Number(value) };
}

/**
 * What a run of one of the probe's own programs proves.
 *
 * `head`: the program's first 256 bytes. Once its record is there its machine code was executed,
 * whatever came afterwards.
 */
export function judgeGuest(program: string, head: Uint8Array, answer: RunAnswer): RunFacts {
  const { path: _path, output, emulator, ...rest } = answer;
  const basics = { program, head: base64OfBytes(head), ...(emulator ? { emulator } : {}) };
  const [title, machine = '', , level = '', end] = output.split('\n');
  if (title === `xbuild-guest ${program}` && end === 'end') {
    return { ...basics, outcome: 'ran', machine, ...(level ? { level: Number(level) } : {}) };
  }
  return { ...basics, ...rest, ...(output ? { output } : {}) };
}
