import { escapeLine } from '../model/escape.ts';
import { codeOf, type CiSystem, type Fold } from './system.ts';

export const order = 20;

/**
 * GitLab CI: sections of the log. Its markers hold the characters ESC and CR, which others' text
 * never has when it is printed. It has no annotations; it reads JUnit files.
 *
 * Source: docs.gitlab.com, "Custom collapsible sections".
 */
export const ci: CiSystem = {
  name: 'GitLab CI',
  isHere: (env) => env['GITLAB_CI'] === 'true',
  foldStart: (fold) =>
    `${marker('start', fold, '[collapsed=true]')}\u001B[0K${escapeLine(fold.title)}`,
  foldEnd: (fold) => `${marker('end', fold)}\u001B[0K`,
  disarm: (line) => line.replaceAll(/section_(?=start|end)/g, `section${codeOf('_')}`),
};

function marker(kind: 'start' | 'end', { id, now }: Fold, options = ''): string {
  return `\u001B[0Ksection_${kind}:${Math.floor(now)}:${id}${options}\r`;
}
