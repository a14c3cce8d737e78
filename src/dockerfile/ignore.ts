/** What a .dockerignore leaves out. */
export interface Ignore {
  /** Whether a path below the context is left out; `/` between its parts. */
  leavesOut(this: void, path: string): boolean;
  /** Whether what is below a directory that is left out is left out as well: no line begins with `!`. */
  whole: boolean;
}

/**
 * Reads a .dockerignore: the last line that fits a path, or a directory that it is in, decides.
 *
 * Source: github.com/moby/patternmatcher, MatchesOrParentMatches; ignorefile.ReadAll.
 */
export function parseIgnore(text: string): Ignore {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => readRule(line.trim()));
  return {
    whole: rules.every(({ keeps }) => !keeps),
    leavesOut: (path) => rules.findLast(({ pattern }) => pattern.test(path))?.keeps === false,
  };
}

function readRule(line: string): { pattern: RegExp; keeps: boolean }[] {
  const keeps = line.startsWith('!');
  const parts = (keeps ? line.slice(1).trim() : line).split('/');
  const path = parts.filter((part) => part !== '' && part !== '.').join('/');
  if (path === '') return [];
  try {
    return [{ pattern: new RegExp(`^${sourceOf(path)}(?:/.*)?$`, 's'), keeps }];
  } catch {
    return [];
  }
}

/** `**` is any number of directories, `*` and `?` stay within one; a backslash keeps a sign. */
function sourceOf(path: string): string {
  return path.replaceAll(
    /\*\*\/?|\*|\?|\[[^\]]*\]|\\?[^]/g,
    (sign) =>
      signs.get(sign) ?? (/^\[[^]+\]$/.test(sign) ? sign : quote(sign.replace(/^\\(?=.)/, ''))),
  );
}

const signs = new Map([
  ['**/', '(?:.*/)?'],
  ['**', '.*'],
  ['*', '[^/]*'],
  ['?', '[^/]'],
]);

function quote(sign: string): string {
  return sign.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
