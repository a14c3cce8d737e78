import { escapeLine } from '../model/escape.ts';
import { codeOf, type CiSystem } from './system.ts';

export const order = 40;

/** The first sign of a line that begins a group; colours may stand before it. */
// oxlint-disable-next-line no-control-regex -- ESC begins a colour
const group = /^(?:\s|\u001B\[[\d;]*m)*(?<sign>[-~+^])(?=\k<sign>{2}(?:\s|$))/;

/**
 * Buildkite: a line that starts with `---`, `~~~` or `+++` and a blank begins a group, which ends
 * where the next one begins; `^^^ +++` opens the last one.
 *
 * Source: buildkite.com/docs, "Managing log output".
 */
export const ci: CiSystem = {
  name: 'Buildkite',
  isHere: (env) => env['BUILDKITE'] === 'true',
  foldStart: ({ title }) => `--- ${escapeLine(title)}`,
  afterFolds: '+++ xbuild',
  disarm: (line) => line.replace(group, (lead) => lead.slice(0, -1) + codeOf(lead.slice(-1))),
};
