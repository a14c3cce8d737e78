import { escapeLine, escapeText } from '../model/escape.ts';
import { codeOf, type Annotation, type CiSystem } from './system.ts';

export const order = 10;

/**
 * GitHub Actions, and what imitates it: Forgejo, Gitea.
 *
 * The runner reads commands from both streams: `::name …::` where a line starts with it, leading
 * blanks left out, and the old `##[name]` anywhere in a line. A carriage return ends a line too.
 * Source: actions/runner, ActionCommand.cs, OutputManager.cs; docs.github.com, workflow commands.
 */
export const ci: CiSystem = {
  name: 'GitHub Actions',
  isHere: (env) => env['GITHUB_ACTIONS'] === 'true',
  foldStart: ({ title }) => `::group::${escapeData(escapeLine(title))}`,
  foldEnd: () => '::endgroup::',
  annotate: (annotation) =>
    `::${annotation.level} ${properties(annotation)}::${escapeData(escapeText(annotation.text))}`,
  disarm: (line) =>
    line
      .replaceAll('##[', `#${codeOf('#')}[`)
      // oxlint-disable-next-line no-control-regex -- colours may stand before it
      .replace(/^(?<lead>(?:\s|\u001B\[[\d;]*m)*)::/, `$<lead>${codeOf(':')}:`),
  summaryVariable: 'GITHUB_STEP_SUMMARY',
  outputs: { variable: 'GITHUB_OUTPUT', format: formatOutputs },
};

function properties({ title, file, line, endLine }: Annotation): string {
  const given = { file, line, endLine, title };
  return Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(escapeLine(String(value)))}`)
    .join(',');
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** One value may have several lines, and must not hold the delimiter, which nobody can guess. */
function formatOutputs(outputs: Readonly<Record<string, string>>, delimiter: string): string {
  return Object.entries(outputs)
    .map(([name, value]) => `${name}<<${delimiter}\n${escapeText(value)}\n${delimiter}\n`)
    .join('');
}
