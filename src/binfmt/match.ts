import { explainMismatch, headOf, type Rule } from '../model/binfmt-rule.ts';
import type { Trace } from '../model/exec-result.ts';
import { hasHead, headBytes, type FileNode } from '../model/file-view.ts';
import { errnoText, failureWords, takerWords, unknownWords } from './exec-words.ts';
import { fileWords } from './file-words.ts';
import { mismatchWords } from './mismatch-words.ts';
import { purposeOf } from './purpose.ts';
import { doubtfulNames, isOn, rulesOf, type Looked, type Table } from './table.ts';
import { lineOf, quoted } from './text.ts';
import { walkExec, walkTo, type KnownFiles } from './walk.ts';

/** What one rule makes of a file. */
export interface RuleAnswer {
  rule: string;
  /**
   * `takes`: it is the one; `would`: it would, were no other before it or were it switched on;
   * `passes`: it does not; `unknown`: that cannot be said.
   */
  answer: 'takes' | 'would' | 'passes' | 'unknown';
  /** Whether the kernel gets to ask it. */
  asked: boolean;
  /** Why, in words; safe to print. */
  reason: string;
}

/** One step of the chain, in words. */
export interface Step {
  /** The string by which it is executed, and where that leads. */
  name: string;
  path: string;
  words: string;
  taker: string;
}

/** What execve(2) of a file would do; plain JSON, byte strings as in facts. */
export interface MatchReport {
  path: string;
  argv: string[];
  /** What the file is. */
  words: string;
  rules: RuleAnswer[];
  steps: Step[];
  end: Trace['end'];
  /** How it ends, in words; safe to print. */
  outcome: string;
  /** What else is to be known; safe to print. */
  notes: string[];
}

/** What is to be executed, and who does it where. */
export interface MatchRequest {
  /** As it is typed, a byte string. */
  path: string;
  argv: readonly string[];
  /** Absolute, a byte string. */
  cwd: string;
  /** Looks at files of the machine that the file is on. */
  lookHere: (path: string) => Looked;
}

/** Where a file differs from a rule, or from all that the rule's file can be read as. */
function mismatchOf(
  readings: readonly Rule[],
  head: Uint8Array,
  name: string,
): ReturnType<typeof explainMismatch> {
  const all = readings.map((rule) => explainMismatch(rule, head, name));
  if (all.length === 1 || all.every((mismatch) => mismatch !== undefined)) return all[0];
  return 'unknown';
}

/** What every rule makes of the first file of a walk; `reached` is false where it cannot be opened. */
function answersOf(table: Table, name: string, node: FileNode, reached: boolean): RuleAnswer[] {
  const head = headOf(headBytes(node));
  let taker: string | undefined;
  let blocked = false;
  return table.entries.map(({ rule, problem, readings }): RuleAnswer => {
    const asked = reached && isOn(table) && rule.enabled && taker === undefined && !blocked;
    const mismatch = mismatchOf(readings ?? [rule], head, name);
    const basics = { rule: rule.name, asked };
    if (mismatch === 'unknown') {
      blocked ||= rule.enabled;
      const reason = problem ?? 'it is of a kind that newer kernels have';
      return { ...basics, answer: 'unknown', reason };
    }
    if (mismatch !== undefined) {
      const words = mismatchWords(readings?.[0] ?? rule, mismatch, head);
      return { ...basics, answer: 'passes', reason: words };
    }
    if (asked) {
      taker = rule.name;
      return { ...basics, answer: 'takes', reason: takesWords(rule) };
    }
    const reason = reached
      ? notAsked(rule, table, taker)
      : 'it would take it, could it be executed';
    return { ...basics, answer: 'would', reason };
  });
}

function takesWords(rule: Rule): string {
  if (rule.type === 'extension') return `its name ends in ${quoted(`.${rule.extension}`)}`;
  if (rule.type === 'opaque') return '';
  const last = rule.offset + rule.magic.length / 2 - 1;
  const bytes = last === rule.offset ? `byte ${last} is` : `bytes ${rule.offset} to ${last} are`;
  return `${bytes} as it wants (${purposeOf(rule).words})`;
}

function notAsked(rule: Rule, table: Table, taker: string | undefined): string {
  if (!isOn(table)) return 'binfmt_misc as a whole is switched off; it would take it';
  if (!rule.enabled) return 'it is switched off (disabled); it would take it';
  return taker === undefined
    ? 'it would take it, if the rule before it does not'
    : `${lineOf(taker)} comes first; it would take it`;
}

function stepsOf({ hops }: Trace, known: KnownFiles): Step[] {
  return hops.map((hop) => {
    const node = known.get(hop.path);
    const words = typeof node === 'object' ? fileWords(node) : lineOf(hop.words);
    return { name: hop.name, path: hop.path, words, taker: takerWords(hop) };
  });
}

function outcomeOf(trace: Trace, native: readonly string[]): string {
  const { end } = trace;
  if (end.ok === true) return `${lineOf(end.program)} runs`;
  if (end.ok === 'unknown') return `what happens is not known: ${unknownWords(trace)}`;
  return `it fails with ${errnoText(end.errno)}: ${failureWords(trace, end, native)}`;
}

function scriptNotes({ hops, end }: Trace): string[] {
  const scripts = hops.slice(1).filter(({ taken }) => taken.by === 'script');
  if (end.ok !== true) return [];
  return scripts.map(
    ({ name }) =>
      `${lineOf(name)} is a script that ${lineOf(end.program)} reads: what it starts in its turn is its own affair`,
  );
}

function flagNotes({ hops, end }: Trace): string[] {
  return hops.flatMap(({ taken }, at) => {
    if (taken.by !== 'rule') return [];
    const rule = `rule ${lineOf(taken.rule)}`;
    const kept =
      taken.flags.includes('P') && at === 0
        ? [`flag P of ${rule}: argv[0] as the caller gave it is kept, after the path`]
        : [];
    const held =
      taken.opened === 'held'
        ? [
            `flag F of ${rule}: the kernel holds its interpreter open since the rule was made; this is told by the file that has its name now`,
          ]
        : [
            `${rule} has no flag F: in a container or chroot ${lineOf(taken.interpreter)} is looked for among the files there`,
          ];
    const fd =
      end.ok === true && taken.flags.includes('O')
        ? [
            `flag ${taken.flags.includes('C') ? 'C' : 'O'} of ${rule}: the interpreter gets ${lineOf(end.execfd?.path ?? '')} open as AT_EXECFD`,
          ]
        : [];
    return [...kept, ...fd, ...held];
  });
}

function endNotes({ end }: Trace): string[] {
  if (end.ok !== true) return [];
  const ids = end.secure
    ? [`it runs with the rights of user ${end.euid}, group ${end.egid} (set-uid or set-gid)`]
    : [];
  const { guestLoader } = end;
  const loader =
    guestLoader?.state === 'absent'
      ? [
          `the program names the loader ${lineOf(guestLoader.path)}, which is not there: the interpreter will not find it and fail (unless it is told another root, as by QEMU_LD_PREFIX)`,
        ]
      : [];
  return [...ids, ...loader];
}

/**
 * Says what execve(2) of a file would do, by a table's rules: which rule takes it and why the others
 * do not, every interpreter on the way, and the argv at the end. Nothing is executed.
 */
export async function matchFile(request: MatchRequest, table: Table): Promise<MatchReport> {
  const { path, cwd, lookHere } = request;
  const argv = [...request.argv];
  const known: KnownFiles = new Map();
  const who = { cwd, credentials: table.credentials, known };
  // The file is on this machine, its interpreters may be on another one.
  const found = await walkTo({ ...who, files: { look: lookHere } }, path);
  const { trace } = await walkExec({
    ...who,
    path,
    argv,
    rules: rulesOf(table),
    doubtful: doubtfulNames(table),
    enabled: isOn(table),
    native: table.native,
    files: table.files,
  });
  const node = 'node' in found ? found.node : undefined;
  const { end } = trace;
  // The kernel opens the file before it asks any rule.
  const reached = end.ok !== false || end.opening !== 'program';
  return {
    path,
    argv,
    words: node === undefined ? '' : fileWords(node),
    rules: node === undefined || !hasHead(node) ? [] : answersOf(table, path, node, reached),
    steps: stepsOf(trace, known),
    end,
    outcome: outcomeOf(trace, table.native),
    notes: [...flagNotes(trace), ...scriptNotes(trace), ...endNotes(trace)],
  };
}
