import { escapeLine, escapeText } from '../model/escape.ts';
import { codeOf, type CiSystem } from './system.ts';

export const order = 50;

const levels = { error: 'ERROR', warning: 'WARNING', notice: 'NORMAL' } as const;

/**
 * TeamCity: service messages, `##teamcity[name attribute='value']`.
 *
 * Source: jetbrains.com/help/teamcity, "Service messages".
 */
export const ci: CiSystem = {
  name: 'TeamCity',
  isHere: (env) => Boolean(env['TEAMCITY_VERSION']),
  foldStart: ({ title }) => `##teamcity[blockOpened name='${escapeValue(escapeLine(title))}']`,
  foldEnd: ({ title }) => `##teamcity[blockClosed name='${escapeValue(escapeLine(title))}']`,
  annotate: ({ level, title, text, file, line }) => {
    const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
    const shown = escapeValue(escapeText(`${place}${text} [${title}]`));
    return `##teamcity[message text='${shown}' status='${levels[level]}']`;
  },
  disarm: (line) => line.replaceAll(/##(?=teamcity\[)/gi, `#${codeOf('#')}`),
};

function escapeValue(text: string): string {
  return text
    .replaceAll(/[|'[\]]/g, '|$&')
    .replaceAll('\n', '|n')
    .replaceAll('\r', '|r')
    .replaceAll(
      /[^\0-\u007F]/g,
      (unit) => `|0x${unit.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`,
    );
}
