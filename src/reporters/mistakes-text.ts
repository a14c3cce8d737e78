import { escapeLine } from '../model/escape.ts';
import type { Finding } from '../model/finding.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import { renderFindings, signOf } from './finding-text.ts';
import type { TextOptions } from './text-options.ts';
import { wrap } from './wrap.ts';

/** What `xbuild check` says. */
export interface MistakesReport {
  /** The Dockerfile, as the user names it. */
  file: string;
  platforms: readonly Platform[];
  findings: readonly Finding[];
}

/** `Dockerfile:12: …` before each message. */
function withPlace(finding: Finding): Finding {
  const source = finding.location?.source;
  if (source === undefined) return finding;
  return { ...finding, message: `${source.file}:${source.line}: ${finding.message}` };
}

/** The mistakes for people, each with what mends it. */
export function renderMistakes(
  { file, platforms, findings }: MistakesReport,
  options: TextOptions,
): string {
  const names = platforms.map(formatPlatform).join(', ');
  if (findings.length === 0) {
    const text = `${escapeLine(file)}: no mistake found for ${names}.`;
    return `${signOf('pass', options)} ${wrap(2, '  ', text, options.width)}\n`;
  }
  return `${renderFindings(findings.map(withPlace), options).join('\n\n')}\n`;
}

/** The mistakes in one line each, for the report of a build; what is not known is left out. */
export function renderMistakesBriefly(
  findings: readonly Finding[],
  options: TextOptions,
): string[] {
  return findings
    .filter(({ status }) => status === 'fail' || status === 'warn')
    .map((finding) => {
      const { id, status, message } = withPlace(finding);
      return `${signOf(status, options)} ${wrap(2, '  ', `${message} [${id}]`, options.width)}`;
    });
}
