import { escapeLine, escapeText } from '../model/escape.ts';
import { codeOf, type Annotation, type CiSystem } from './system.ts';

export const order = 30;

/**
 * Azure Pipelines: `##vso[area.action …]` and `##[name]`, wherever they stand in a line.
 *
 * Source: learn.microsoft.com, "Logging commands".
 */
export const ci: CiSystem = {
  name: 'Azure Pipelines',
  isHere: (env) => /^true$/i.test(env['TF_BUILD'] ?? ''),
  foldStart: ({ title }) => `##[group]${escapeLine(title)}`,
  foldEnd: () => '##[endgroup]',
  annotate: ({ text, ...rest }) =>
    `##vso[task.logissue ${properties(rest)}]${escapeData(escapeText(text))}`,
  disarm: (line) => line.replaceAll(/##(?=vso\[|\[)/gi, `#${codeOf('#')}`),
};

function properties({ level, title, file, line }: Omit<Annotation, 'text'>): string {
  const given = {
    type: level === 'notice' ? 'warning' : level,
    sourcepath: file,
    linenumber: line,
    code: title,
  };
  return Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(escapeLine(String(value)))};`)
    .join('');
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(';', '%3B').replaceAll(']', '%5D');
}
