import type { Surface } from '../model/diagnosis.ts';

/** How many lines of a failure are shown, and how many of them from where the trouble began. */
const most = 10;
const atFirst = 5;

const trouble = /\b(?:error|err!|fatal|panic|traceback|cannot|could not|failed)\b/i;

/**
 * The lines to show of a failure that nothing explains: what the failing program said, from where the
 * trouble began and to its end, and not what docker said about it.
 */
export function lastWords({ lines }: Pick<Surface, 'lines'>): string[] {
  const said = ownWords(lines.map(({ text }) => text)).filter((text) => text.trim() !== '');
  if (said.length <= most) return said;
  const near = said.slice(-40);
  const begin = near.findIndex((text) => trouble.test(text));
  if (begin === -1 || begin >= near.length - most) return said.slice(-most);
  const first = near.slice(begin, begin + atFirst);
  return [...first, '…', ...near.slice(atFirst - most + 1)];
}

/** What the step that failed printed: as BuildKit quotes it, as our own logs have it, or all of it. */
function ownWords(lines: readonly string[]): readonly string[] {
  const quoted = quotedStep(lines);
  if (quoted !== undefined) return quoted;
  const failed = lines.findLastIndex((text) => /^=> .* FAILED/.test(text));
  if (failed !== -1) {
    const begun = lines.slice(0, failed).findLastIndex((text) => text.startsWith('=> '));
    const own = lines.slice(begun + 1, failed);
    return own.length === 0 ? lines.slice(failed, failed + 1) : own;
  }
  const own = lines.filter((text) => !aboutStep.test(text));
  return own.length === 0 ? lines : own;
}

const aboutStep =
  /^(?:ERROR: )?(?:failed to (?:build|solve): .*|process ".*" did not complete successfully: .*|executor failed running .*)$/s;

/** BuildKit ends with the failed step's last lines between two rules, each after its seconds. */
function quotedStep(lines: readonly string[]): string[] | undefined {
  const at = lines.findLastIndex(
    (text, index) => /^ ?> .*:$/.test(text) && /^-{6}$/.test(lines[index - 1] ?? ''),
  );
  if (at === -1) return undefined;
  const end = lines.findIndex((text, index) => index > at && /^-{6}$/.test(text));
  const inside = lines.slice(at + 1, end === -1 ? undefined : end);
  return inside.length === 0 ? undefined : inside.map((text) => text.replace(/^\d+\.\d+ /, ''));
}
