import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import type { Hop } from '../model/exec-trace.ts';
import { replaceFix } from '../model/rule-fixes.ts';
import { engineToFix } from './engine-fix.ts';
import { ofFailures, subjectOf } from './entry.ts';
import { type Interpreted, interpretedOf, ruleLine } from './foreign.ts';
import type { Failure } from './failures.ts';
import type { Scene } from './scene.ts';
import { withArticle } from './words.ts';

export const missing = 'exec /app: no such file or directory';

export const formatError = 'exec /app: exec format error';

export const loop = 'exec /app: too many levels of symbolic links';

/** The fix that puts another interpreter behind a rule. */
export function replace(scene: Scene, { rule, program }: Interpreted) {
  const found = scene.rules.filter(({ name }) => name === rule);
  return replaceFix(
    engineToFix(scene),
    found,
    program.architecture === undefined ? [] : [program.architecture],
  );
}

/** What a rule took, for the beginning of a sentence. */
export function taken(failure: Failure, { rule, program }: Interpreted): string {
  const what =
    program.architecture === undefined
      ? program.words
      : `${withArticle(program.architecture)} program`;
  return `${subjectOf(failure)} (${what}) is taken by rule ${shown(rule)}`;
}

/** Whether the machine itself runs what a hop is. */
export function isNative({ facts }: Scene, hop: Hop | undefined): boolean {
  return hop?.architecture !== undefined && facts.native.includes(hop.architecture);
}

/** The failures of the interpreter of a rule that takes what is not the machine's own. */
export function ofInterpreter(
  scene: Scene,
  tell: (
    failure: Failure,
    interpreted: Interpreted,
  ) => ReturnType<Parameters<typeof ofFailures>[1]>,
): CauseMatch | undefined {
  return ofFailures(scene, (failure) => {
    const interpreted = interpretedOf(failure.hops);
    if (interpreted === undefined || isNative(scene, interpreted.program)) return undefined;
    return tell(failure, interpreted);
  });
}

/** What the rules of a name say, for evidence. */
export function lines({ rules }: Scene, name: string): string[] {
  return rules.filter((rule) => rule.name === name).map(ruleLine);
}

export const repair = 'Replace the rule by one with flag F and a static emulator for this machine.';

export const packaged =
  'Let xbuild binfmt add, a package (qemu-user-static, qemu-user-binfmt of Debian 13) or tonistiigi/binfmt write the rules; xbuild preflight looks at each of them.';
