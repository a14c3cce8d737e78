import { listed } from '../model/sentence.ts';
import { shown } from '../model/bytes-text.ts';
import { architectures } from '../model/architecture.ts';
import type { Rule } from '../model/binfmt-rule.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import type { Hop } from '../model/exec-trace.ts';
import { ofFailures } from './entry.ts';
import type { Failure } from './failures.ts';
import { headAt, imageArchitecture, type Scene } from './scene.ts';
import { baseName } from './words.ts';

/** A program of another architecture that no rule takes. */
export interface Foreign {
  failure: Failure;
  hop: Hop;
  /** Its architecture, in Docker's words. */
  architecture: string;
  head: Uint8Array;
}

/** Reads a failure as a foreign program that nothing takes; undefined where it is none. */
export function foreignOf(scene: Scene, failure: Failure): Foreign | undefined {
  const { last: hop, reason } = failure;
  if (reason !== 'foreign-architecture' || hop?.architecture === undefined) return undefined;
  if (takenByRule(failure.hops)) return undefined;
  return { failure, hop, architecture: hop.architecture, head: headAt(scene, hop.path) };
}

/** Whether a rule took a file on the way. */
export function takenByRule(hops: readonly Hop[]): boolean {
  return hops.some(({ taken }) => taken.by === 'rule');
}

/**
 * The failures where a rule is all that is missing: the program is for the architecture that its
 * image is for.
 */
export function ofForeign(
  scene: Scene,
  tell: (foreign: Foreign) => ReturnType<Parameters<typeof ofFailures>[1]>,
): CauseMatch | undefined {
  return ofFailures(scene, (failure) => {
    const foreign = foreignOf(scene, failure);
    if (foreign === undefined || foreign.architecture === 'x32') return undefined;
    const own = imageArchitecture(scene);
    return own === undefined || own === foreign.architecture ? tell(foreign) : undefined;
  });
}

/** The interpreter that a rule names, and what the kernel saw of it. */
export interface Interpreted {
  rule: string;
  flags: string;
  /** A byte string. */
  interpreter: string;
  /** What the rule took. */
  program: Hop;
  /** The interpreter as the kernel looked at it; absent where it could not be opened. */
  hop?: Hop;
}

/** The first rule of a walk, and its interpreter. */
export function interpretedOf(hops: readonly Hop[]): Interpreted | undefined {
  const at = hops.findIndex(({ taken }) => taken.by === 'rule');
  const program = hops[at];
  if (program?.taken.by !== 'rule') return undefined;
  const { rule, flags, interpreter } = program.taken;
  const hop = hops[at + 1];
  return { rule, flags, interpreter, program, ...(hop === undefined ? {} : { hop }) };
}

/** Whose programs an emulator runs, by its file's name: names lie, so this proves nothing alone. */
export function emulatorFor(interpreter: string): string | undefined {
  const name = baseName(interpreter);
  const word =
    /^qemu-(?<word>[a-z0-9_]+)/.exec(name)?.groups?.['word'] ??
    /^(?<word>[a-z0-9_]+)-binfmt-P$/.exec(name)?.groups?.['word'];
  return architectures.find(({ qemu }) => qemu !== undefined && qemu === word)?.name;
}

/** `rules there: qemu-arm and qemu-s390x`. */
export function rulesLine({ rules, binfmt }: Scene): string {
  if (binfmt === undefined) return 'the rules of the kernel could not be read';
  const names = rules.map(({ name }) => shown(name));
  return `rules there: ${names.length === 0 ? 'none' : listed(names)}`;
}

/** What a rule says, on one line. */
export function ruleLine({ name, enabled, interpreter, flags }: Rule): string {
  const state = enabled ? 'enabled' : 'disabled';
  const letters = flags === '' ? 'no flags' : `flags ${flags}`;
  return `rule ${shown(name)}: ${state}, interpreter ${shown(interpreter)}, ${letters}`;
}

/** `this kernel itself runs amd64 and 386`. */
export function nativeLine({ facts }: Scene): string {
  return facts.native.length === 0
    ? 'what the kernel runs itself is not known'
    : `this kernel itself runs ${listed(facts.native)}`;
}
