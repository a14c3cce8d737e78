import { statSync } from 'node:fs';

/** The names that are looked for in the current folder, in this order. */
const names = ['xbuild.yaml', 'xbuild.yml'] as const;

/** The configuration of the current folder; undefined where there is none. */
export function findConfig(): string | undefined {
  return names.find((name) => statSync(name, { throwIfNoEntry: false })?.isFile());
}
