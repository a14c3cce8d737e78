import { bytesOfBase64, bytesOfString, hexOfBytes } from '../model/bytes.ts';
import { matchRule, parseRuleFile, type Rule } from '../model/binfmt-rule.ts';
import type { BinfmtFacts, FileFacts, RunFacts } from '../model/facts.ts';
import { PROBE_FOLDER, type ProbeCommand } from './command.ts';
import { readFileAnswers } from './decode.ts';
import { probeFailure, refusalOf } from './refusal.ts';
import { runProbe, type Session } from './run-probe.ts';

const INTERPRETER_TARGET = `${PROBE_FOLDER}/interpreter`;

/**
 * The interpreters that are worth a look: of rules for programs that did not run, and of rules that
 * take the engine's native programs.
 */
export function doubtfulInterpreters(
  binfmt: BinfmtFacts,
  runs: readonly RunFacts[],
  launcher: Uint8Array,
): string[] {
  const heads = runs
    .filter(({ outcome }) => outcome !== 'ran')
    .map(({ head }) => bytesOfBase64(head));
  const rules = binfmt.rules.flatMap((file): Rule[] => {
    const reading = parseRuleFile(file);
    return 'rule' in reading ? [reading.rule] : 'ambiguous' in reading ? reading.ambiguous : [];
  });
  const doubtful = rules.filter(
    (rule) =>
      heads.some((head) => matchRule(rule, head, '') === true || isMeantFor(rule, head)) ||
      matchRule(rule, launcher.subarray(0, 256), '') === true,
  );
  return Array.from(new Set(doubtful.map(({ interpreter }) => interpreter)));
}

/** Tells whether a rule names the e_machine of an ELF head, though something else in it differs. */
function isMeantFor(rule: Rule, head: Uint8Array): boolean {
  if (rule.type !== 'magic' || rule.offset !== 0) return false;
  const machine = hexOfBytes(head.subarray(18, 20));
  return rule.magic.slice(36, 40) === machine;
}

/**
 * Looks at files of the engine's machine, each mounted into one container of the probe. Paths and
 * results are byte strings; a path that cannot be said to an engine (not absolute, or not UTF-8) has
 * no result. Throws `probe-failed` where the engine does not let it.
 */
export async function readInterpreters(
  session: Session,
  paths: readonly string[],
): Promise<FileFacts[]> {
  const known = new Map<string, FileFacts>();
  // What is not absolute, or not UTF-8, cannot be said to an engine.
  let sources = new Map(
    paths.flatMap((path) => {
      const source = textOf(path);
      return source?.startsWith('/') ? [[path, source] as const] : [];
    }),
  );
  while (sources.size > 0) {
    try {
      for (const facts of await lookAtOnce(session, sources)) known.set(facts.path, facts);
      break;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw probeFailure('show the interpreters of its rules', error);
      const { message = '' } = refusalOf(error) ?? {};
      const refused = Array.from(sources).filter(([, source]) => message.includes(source));
      // Where the engine does not say which one it means, each is asked for alone.
      if (refused.length === 0 && sources.size > 1) {
        const alone = await Promise.all(
          Array.from(sources.keys(), (path) => readInterpreters(session, [path])),
        );
        for (const facts of alone.flat()) known.set(facts.path, facts);
        break;
      }
      const [[path] = ['']] = refused.toSorted(([, a], [, b]) => b.length - a.length);
      const gone = path === '' ? (paths[0] ?? '') : path;
      known.set(gone, { path: gone, errno });
      sources = new Map(Array.from(sources).filter(([other]) => other !== gone));
    }
  }
  return paths.flatMap((path) => known.get(path) ?? []);
}

async function lookAtOnce(
  session: Session,
  sources: ReadonlyMap<string, string>,
): Promise<FileFacts[]> {
  const targets = Array.from(sources, ([path, source], index) => ({
    path,
    source,
    target: `${INTERPRETER_TARGET}/${index}`,
  }));
  const looks = targets.map(({ target }): ProbeCommand => ({ do: 'look', path: target }));
  const files = readFileAnswers(await runProbe(session, looks, targets));
  return targets.flatMap(({ path, target }) => {
    const facts = files.find((file) => file.path === target);
    return facts === undefined ? [] : [{ ...facts, path }];
  });
}

/** What an engine's complaint about the source of a mount means, by errno. */
function errnoOf(error: unknown): string | undefined {
  const { message = '' } = refusalOf(error) ?? {};
  if (/does not exist|no such file or directory/.test(message)) return 'ENOENT';
  if (/not a directory/.test(message)) return 'ENOTDIR';
  if (/too many levels of symbolic links/.test(message)) return 'ELOOP';
  if (/permission denied/.test(message)) return 'EACCES';
  if (/file name too long/.test(message)) return 'ENAMETOOLONG';
  return undefined;
}

/** The text of a byte string, or undefined where it is not UTF-8. */
function textOf(path: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOfString(path));
  } catch {
    return undefined;
  }
}
