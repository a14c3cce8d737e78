import { listed } from '../model/sentence.ts';
import { findRule, headOf, type Rule } from '../model/binfmt-rule.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import { loaderlessArchitecture } from '../model/elf-alone.ts';
import type { Trace } from '../model/exec-result.ts';
import type { RunFacts } from '../model/facts.ts';
import { hasHead, headBytes } from '../model/file-view.ts';
import { walkPath } from '../model/path-walk.ts';
import { emulatorText, outcomeText } from '../checks/words.ts';
import { errnoText, failureWords, unknownWords } from './exec-words.ts';
import { purposeOf } from './purpose.ts';
import { sampleOf, type Sample } from './sample.ts';
import { doubtfulNames, isOn, rulesOf, type RuleEntry, type Table } from './table.ts';
import { lineOf, quoted } from './text.ts';
import { viewOf, walkExec, type KnownFiles } from './walk.ts';

/**
 * Whether a rule does its work.
 *
 * `works`: a file of its kind starts; `host-only`: so it does, but not inside containers;
 * `broken`: it does not start; `shadowed`: another rule takes such files first; `off`: the rule, or
 * all of binfmt_misc, is switched off; `unknown`: what is needed to say it could not be read.
 */
export type HealthState = 'works' | 'host-only' | 'broken' | 'shadowed' | 'off' | 'unknown';

export interface Health {
  state: HealthState;
  /** Why, in words; safe to print. Absent where there is nothing to say. */
  reason?: string;
  /** How it is known: `ran` is a program that ran, `files` a walk over the files. */
  known: 'ran' | 'files';
}

function fromFiles(state: HealthState, reason?: string): Health {
  return reason === undefined ? { state, known: 'files' } : { state, reason, known: 'files' };
}

/** What comes of a container that has nothing of this machine's files. */
function inContainers(rule: Rule, trace: Trace): string | undefined {
  if (purposeOf(rule).architectures.length === 0) return undefined;
  const interpreter = lineOf(rule.interpreter);
  if (!rule.flags.includes('F')) {
    return `it works on this machine but not inside containers: without flag F ${interpreter} is looked for among their own files`;
  }
  const { end } = trace;
  if (end.ok !== true || end.loader === undefined) return undefined;
  return `it works on this machine but not inside containers: ${interpreter} is dynamically linked, and its loader ${lineOf(end.loader)} is looked for among their own files`;
}

/** What a walk over a file of a rule's kind says of the rule. */
export function judgeTrace(rule: Rule, trace: Trace, native: readonly string[]): Health {
  const { hops, end } = trace;
  const first = hops[0]?.taken;
  if (first?.by === 'rule' && first.rule !== rule.name) {
    return fromFiles('shadowed', `rule ${lineOf(first.rule)} comes first and takes such files`);
  }
  if (end.ok === false) {
    const elsewhere =
      end.reason === 'missing' && !rule.flags.includes('F')
        ? '; a container that has it in its image can use the rule'
        : '';
    const why = `${failureWords(trace, end, native)}: ${errnoText(end.errno)}`;
    return fromFiles('broken', `${why}${elsewhere}`);
  }
  if (end.ok === 'unknown') return fromFiles('unknown', unknownWords(trace));
  const limit = inContainers(rule, trace);
  return limit === undefined ? fromFiles('works') : fromFiles('host-only', limit);
}

/** The runs of the probe's programs that a rule took. */
function runsOf(rule: Rule, table: Table): RunFacts[] {
  if (table.runs.length === 0) return [];
  const rules = rulesOf(table);
  return table.runs.filter(({ head, program }) => {
    const taker = findRule(rules, headOf(bytesOfBase64(head)), program);
    return typeof taker === 'object' && taker.name === rule.name;
  });
}

/** What the kernel did beats what the files say. */
function judgeRuns(runs: readonly RunFacts[]): Health | undefined {
  const good = runs.filter(({ outcome }) => outcome === 'ran');
  const bad = runs.find(({ outcome }) => outcome !== 'ran');
  if (bad !== undefined) {
    const reason = `in a container, a program for ${bad.program} ${lineOf(outcomeText(bad))}`;
    return { state: 'broken', reason, known: 'ran' };
  }
  if (good.length === 0) return undefined;
  const emulators = [...new Set(good.flatMap((run) => emulatorText(run) ?? []))];
  const programs = listed(good.map(({ program }) => program));
  const by = emulators.length === 0 ? '' : `, executed by ${listed(emulators.map(lineOf))}`;
  return { state: 'works', reason: `in a container, ${programs} ran${by}`, known: 'ran' };
}

function switchedOff({ rule }: RuleEntry, table: Table): string | undefined {
  if (!isOn(table)) return 'binfmt_misc as a whole is switched off';
  return rule.enabled ? undefined : 'the rule is switched off (disabled)';
}

/**
 * Says whether a rule does its work: by the probe's runs where it took one, else by walking
 * execve(2) of a made-up file of its kind over the machine's files. `known` is shared by all rules.
 */
export async function judgeRule(
  entry: RuleEntry,
  table: Table,
  known: KnownFiles,
): Promise<Health> {
  const { rule, problem } = entry;
  const off = switchedOff(entry, table);
  if (off !== undefined) return fromFiles('off', off);
  if (problem !== undefined) return fromFiles('unknown', problem);
  const sample = sampleOf(rule);
  if (sample === undefined) return fromFiles('unknown', 'it is of a kind that newer kernels have');
  if (!rule.interpreter.startsWith('/')) return fromFiles('unknown', relativeWords(rule));
  const ran = judgeRuns(runsOf(rule, table));
  if (ran !== undefined) return ran;
  const view = sampleView(known, sample);
  if (startsAtOnce(rule, sample, table, view)) return fromFiles('works');
  const { trace } = await walkExec({
    path: sample.path,
    argv: [sample.path],
    rules: rulesOf(table),
    doubtful: doubtfulNames(table),
    enabled: true,
    native: table.native,
    credentials: table.credentials,
    known: view,
    files: table.files,
  });
  return judgeTrace(rule, trace, table.native);
}

/**
 * Whether all is as it mostly is: the rule takes its sample, fixes a native program without a loader,
 * and no rule takes that. The walk would say the same, and takes a millisecond for each rule.
 */
function startsAtOnce(
  rule: Rule,
  { path, node }: Sample,
  table: Table,
  known: KnownFiles,
): boolean {
  const { files, credentials, native } = table;
  if (!rule.flags.includes('F') || !('look' in files)) return false;
  const rules = rulesOf(table);
  if (findRule(rules, headBytes(node), path) !== rule) return false;
  const walker = { view: viewOf(known, files), root: '/', cwd: '/', credentials };
  const found = walkPath(walker, rule.interpreter);
  if (!('node' in found) || !hasHead(found.node)) return false;
  const head = headBytes(found.node);
  const architecture = loaderlessArchitecture(head);
  if (architecture === undefined || !native.includes(architecture)) return false;
  return findRule(rules, headOf(head), rule.interpreter) === undefined;
}

function relativeWords({ interpreter }: Rule): string {
  return `its interpreter ${quoted(interpreter)} is looked for from the working directory of whoever runs a program`;
}

/** The shared files, with the made-up one in their midst. */
function sampleView(known: KnownFiles, sample: Sample): KnownFiles {
  known.set('/', known.get('/') ?? { kind: 'directory', mode: 0o755, uid: 0, gid: 0 });
  known.set(sample.path, sample.node);
  return known;
}
