import type { Refused, Walker } from '../model/path-walk.ts';
import { walkPath } from '../model/path-walk.ts';
import type { ImageConfig } from '../verify/image-facts.ts';
import { candidates } from '../verify/start-command.ts';

const shells = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh', 'mksh']);
/** Options whose value is a word of its own. */
const withValue = /^(?:[-+]\w*[oO]|--(?:rcfile|init-file))$/;

/** Tells whether a program is a shell, by its name. */
export function isShell(name: string): boolean {
  return shells.has(name.slice(name.lastIndexOf('/') + 1));
}

/** The script that a shell is given to read, and the script's own arguments. */
export interface ShellScript {
  path: string;
  own: string[];
}

/** The script among a shell's words; undefined where it reads a command (-c) or its input. */
export function scriptOfShell(words: readonly string[]): ShellScript | undefined {
  const rest = words.slice(1);
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    if (/^-\w*[cs]/.test(word) || word === '-') return undefined;
    if (word === '--') return scriptAt(rest, at + 1);
    if (withValue.test(word)) at++;
    else if (!/^[-+]/.test(word)) return scriptAt(rest, at);
  }
  return undefined;
}

function scriptAt(words: readonly string[], at: number): ShellScript | undefined {
  const path = words[at];
  return path === undefined || path === '' ? undefined : { path, own: words.slice(at + 1) };
}

/** What stands in the way of a script that a shell is to read: it need not be executable. */
export type ScriptLookup = { needs: string } | { path: string; refused: Refused };

/** Looks for a shell's script as the shell does; undefined where it can open it. */
export function lookUpScript(
  { path }: ShellScript,
  config: ImageConfig,
  walker: Walker,
): ScriptLookup | undefined {
  const here = path.startsWith('/') ? path : `${walker.cwd.replace(/\/+$/, '')}/${path}`;
  // Of a name by itself bash and busybox look into PATH after the working directory.
  const others = path.includes('/') ? [] : candidates(path, config);
  let first: ScriptLookup | undefined;
  for (const one of [here, ...others]) {
    const walk = walkPath(walker, one);
    if ('needs' in walk) return walk;
    if ('node' in walk && walk.node.kind !== 'directory') return undefined;
    const refused: Refused =
      'node' in walk ? { errno: 'EISDIR', reason: 'is-directory', at: one } : walk;
    first ??= { path: here, refused };
  }
  return first;
}
