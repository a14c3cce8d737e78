import { base64OfBytes, bytesOfHex, stringOfBytes } from '../model/bytes.ts';
import type {
  BinfmtFacts,
  ElfLinks,
  FileFacts,
  Known,
  RuleFile,
  RunFacts,
} from '../model/facts.ts';
import { RecordReader, type ProbeStream } from './record-reader.ts';

export type { ProbeRecord, ProbeStream } from './record-reader.ts';

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

/** Splits the launcher's whole output into its records. */
export function decodeStream(output: Uint8Array): ProbeStream {
  const reader = new RecordReader();
  reader.push(output);
  return reader.end();
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
  const files: FileFacts[] = [];
  let last: FileFacts | undefined;
  for (const { tag, fields, rest } of stream.records) {
    if (tag === 'LINK' && last !== undefined) last.links = readLinks(rest);
    last = tag === 'FILE' ? fileFacts(fields, rest) : undefined;
    if (last !== undefined) files.push(last);
  }
  return files;
}

/** A LINK record's fields: a letter and a text each. */
export function readLinks(payload: Uint8Array): ElfLinks {
  const links: ElfLinks = { needed: [], requires: [], provides: [] };
  for (const field of stringOfBytes(payload).split('\0')) {
    const text = field.slice(1);
    if (field[0] === 'n') links.needed.push(text);
    if (field[0] === 'q') links.requires.push(text);
    if (field[0] === 'p') links.provides.push(text);
    if (field[0] === 's') links.soname = text;
    if (field[0] === 'r') links.rpath = text;
    if (field[0] === 'u') links.runpath = text;
    if (field[0] === 'a') links.loadAlignment = Number(text);
    if (field[0] === 'g') links.properties = base64OfHex(text);
    if (field[0] === 'm') links.armAttributes = base64OfHex(text);
    if (field[0] === 'i' && isLack(text)) links.incomplete = text;
  }
  return links;
}

function base64OfHex(text: string): string {
  return base64OfBytes(bytesOfHex(text) ?? new Uint8Array());
}

function isLack(text: string): text is NonNullable<ElfLinks['incomplete']> {
  return text === 'past-end' || text === 'too-large' || text === 'damaged';
}

/** The fields of a FILE record, or of one that holds these. */
export function fileFacts(fields: readonly string[], head: Uint8Array): FileFacts {
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
