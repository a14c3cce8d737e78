import type { Rule } from '../model/binfmt-rule.ts';
import type { RunFacts } from '../model/facts.ts';

/** What a rule says, on one line of evidence. */
export function ruleLine(rule: Rule): string {
  const state = rule.enabled ? 'enabled' : 'disabled';
  const flags = rule.flags === '' ? 'no flags' : `flags ${rule.flags}`;
  return `rule ${rule.name}: ${state}, interpreter ${rule.interpreter}, ${flags}`;
}

const errnoWords: Readonly<Record<string, string>> = {
  ENOEXEC: 'exec format error: no rule took it, and the kernel cannot run it itself',
  ENOENT: 'no such file or directory: its interpreter, or what that one loads, is not there',
  EACCES: 'permission denied: the interpreter is not executable',
  ELOOP: 'too many levels of interpreters: an interpreter needs an interpreter itself',
  EPERM: 'operation not permitted',
  ETXTBSY: 'the interpreter is open for writing',
};

const signalNames: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  31: 'SIGSYS',
};

/** `ENOEXEC (exec format error: …)`. */
export function errnoText(errno: string): string {
  const words = errnoWords[errno];
  return words === undefined ? errno : `${errno} (${words})`;
}

/** What came of a program of the probe, as the end of a sentence: `ended in ENOEXEC (…)`. */
export function outcomeText(run: RunFacts): string {
  switch (run.outcome) {
    case 'ran':
      return run.emulator === undefined ? 'ran natively' : `ran, executed by ${emulatorText(run)}`;
    case 'errno':
      return `ended in ${errnoText(run.errno ?? 'an error without a name')}`;
    case 'signal':
      return `was killed by ${signalNames[run.signal ?? 0] ?? `signal ${run.signal ?? '?'}`}`;
    case 'exit':
      return `left with status ${run.exitStatus ?? '?'} before its own code ran`;
    default:
      return 'did not end in time';
  }
}

/** What really executes a program: its version line, else its path. */
export function emulatorText(run: RunFacts): string | undefined {
  const { emulator } = run;
  if (emulator === undefined) return undefined;
  const version = emulator.version?.split('\n')[0]?.trim() ?? '';
  return version === '' ? emulator.path : version;
}
