import { linesOfLog } from './log-lines.ts';
import { client } from './signatures/client.ts';
import { execution } from './signatures/execution.ts';
import { lookup } from './signatures/lookup.ts';
import { emulation } from './signatures/emulation.ts';
import { libraries } from './signatures/libraries.ts';
import { scripts } from './signatures/scripts.ts';
import { shells } from './signatures/shells.ts';
import { rights } from './signatures/rights.ts';
import { images } from './signatures/images.ts';
import { errnos, says, type Signature } from './signatures/row.ts';
import type { Sign } from './signatures/sign.ts';

export type { Sign, SignKind } from './signatures/sign.ts';

/**
 * What the tools print, most telling first: the first row that fits a line counts. Sources: the
 * programs' own sources (runc, crun, buildah, tini, busybox, dash, bash, qemu, glibc, musl), and
 * recorded failures.
 */
export const signatures: readonly Signature[] = [
  ...client,
  ...execution,
  ...lookup,
  ...emulation,
  ...libraries,
  ...scripts,
  ...shells,
  ...rights,
  ...images,
];

const MOST_SIGNS = 200;

/**
 * The lines of a log that say why something did not run. Each line that repeats another (BuildKit
 * prints an error three times) counts once.
 */
export function signsOfLog(log: string): Sign[] {
  const found = new Map<string, Sign>();
  for (const line of linesOfLog(log)) {
    const sign = signOfLine(line);
    if (sign === undefined) continue;
    const { line: _line, ...what } = sign;
    const key = JSON.stringify(what);
    if (!found.has(key)) found.set(key, sign);
    if (found.size >= MOST_SIGNS) break;
  }
  return [...found.values()];
}

const anyErrno = new RegExp(says, 'i');
/** Those that fit no line without an errno in words: it is not one of several choices there. */
const withErrno = new Set(
  signatures.filter(({ pattern }) => /\(\?<says>[^)]*\)(?!\||\)\?)/.test(pattern.source)),
);

function signOfLine(line: string): Sign | undefined {
  const namesErrno = anyErrno.test(line);
  for (const signature of signatures) {
    if (!namesErrno && withErrno.has(signature)) continue;
    const { kind, pattern, errno } = signature;
    const match = pattern.exec(line);
    if (match !== null) return { kind, line, ...fieldsOf(match.groups ?? {}, errno) };
  }
  return undefined;
}

function fieldsOf(
  groups: Readonly<Record<string, string | undefined>>,
  errno?: string,
): Partial<Sign> {
  const { path: named, says: words, signal, actual, host, asked } = groups;
  const said = words === undefined ? errno : errnos.get(words.toLowerCase());
  const word = groups['word'] ?? undefined;
  const why = groups['why'];
  const fields: Record<string, string | undefined> = {
    path: named,
    errno: said,
    actual,
    host,
    asked,
  };
  fields['word'] = why === undefined ? word : `${word ?? ''}: ${why}`;
  const kept = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  );
  return { ...kept, ...(signal === undefined ? {} : { signal: Number(signal) }) };
}
