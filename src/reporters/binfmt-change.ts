import { listed } from '../model/sentence.ts';
import { escapeLine } from '../model/escape.ts';
import { signOf } from './finding-text.ts';
import type { TextOptions } from './text-options.ts';
import { wrap } from './wrap.ts';

/** A change that is planned, as far as people are told of it. */
export interface PlannedChange {
  /** In the imperative, safe to print. */
  purpose: string;
  /** `the engine at unix:///…`, `this machine`. */
  place: string;
  /** What a shell would do, in order; never broken, so that it can be pasted. */
  lines: string[];
  /** What happens before the writes; sentences. */
  preparations: string[];
  /** What has to be so afterwards. */
  expectations: string[];
  notes: string[];
}

/** A change that was tried. */
export interface TriedChange {
  result: 'applied' | 'rolled-back' | 'stuck';
  attempts: { line: string; errno: string }[];
  proofs: { what: string; ok: boolean; seen?: string; before?: true }[];
  reason?: string;
  undo: { line: string; errno: string }[];
  remains: string[];
}

/** What would be done, for people, before they are asked. */
export function renderPlan(change: PlannedChange, options: TextOptions): string {
  const { width, colour } = options;
  const lines = [
    colour('bold', wrap(0, '', change.purpose, width)),
    '',
    wrap(0, '', `On ${change.place}, as root:`, width),
    ...change.preparations.map((text) => `  # ${escapeLine(text)}`),
    ...change.lines.map((line) => `  ${colour('bold', escapeLine(line))}`),
  ];
  if (change.expectations.length > 0) {
    const list = listed(change.expectations);
    lines.push('', wrap(0, '', `Then it is checked that ${list}; if not, it is undone.`, width));
  }
  for (const note of change.notes) {
    lines.push(`${signOf('warn', options)} ${wrap(2, '  ', note, width)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** What came of it, for people. */
export function renderOutcome(change: TriedChange, options: TextOptions): string {
  const { width } = options;
  const row = (ok: boolean, text: string): string =>
    `${signOf(ok ? 'pass' : 'fail', options)} ${wrap(2, '  ', text, width)}`;
  const stillRunning = change.proofs.filter(({ ok, before }) => ok && before === true).length;
  const lines = [
    ...change.attempts
      .filter(({ errno }) => errno !== 'ok' && errno !== 'skipped')
      .map(({ line, errno }) => `${signOf('fail', options)} ${errno}: ${escapeLine(line)}`),
    ...change.proofs
      .filter(({ ok, before }) => !(ok && before === true))
      .map(({ what, ok, seen }) => {
        if (ok) return row(ok, seen === undefined ? what : `${what}: ${seen}`);
        return row(ok, `not so: ${what}${seen === undefined ? '' : ` (${seen})`}`);
      }),
    ...(stillRunning === 0
      ? []
      : [row(true, `what ran before still runs (${programsWords(stillRunning)})`)]),
    ...change.undo.map(({ line, errno }) =>
      errno === 'ok'
        ? `  undone by: ${escapeLine(line)}`
        : `${signOf('fail', options)} ${errno}: ${escapeLine(line)}`,
    ),
    ...change.remains.map((text) => row(false, text)),
    options.colour(change.result === 'applied' ? 'green' : 'red', closing(change, width)),
  ];
  return `${lines.join('\n')}\n`;
}

function programsWords(count: number): string {
  return count === 1 ? 'one kind of program' : `${count} kinds of programs`;
}

function closing({ result, reason = '', attempts }: TriedChange, width: number): string {
  if (result === 'applied') {
    const count = attempts.length === 1 ? 'one write' : `${attempts.length} writes`;
    return `Done: ${count}, checked.`;
  }
  const end =
    result === 'rolled-back'
      ? 'Everything is as it was before.'
      : 'Not everything is as it was before.';
  return wrap(0, '', `${reason} ${end}`, width);
}
