import { escapeLine, escapeText } from '../model/escape.ts';
import type { Finding } from '../model/finding.ts';
import type { TextOptions } from './text-options.ts';

const styles = { pass: 'green', warn: 'yellow', fail: 'red', unknown: 'yellow' } as const;

/** One finding for people: what is so, the evidence, why it matters, and the commands that mend it. */
export function renderFinding(finding: Finding, { colour }: Pick<TextOptions, 'colour'>): string[] {
  const platform = finding.platform === undefined ? '' : `${finding.platform}: `;
  const head = `${finding.status}: ${platform}${escapeLine(finding.message)}`;
  const fix = finding.fix;
  return [
    colour(styles[finding.status], head),
    ...(finding.evidence ?? []).map((line) => `  ${escapeLine(line)}`),
    ...(finding.why === undefined ? [] : [`  ${escapeText(finding.why)}`]),
    ...(fix === undefined ? [] : [`  ${colour('bold', 'fix:')} ${escapeText(fix.text)}`]),
    ...(fix?.commands ?? []).map((command) => `    ${escapeLine(command)}`),
  ];
}
