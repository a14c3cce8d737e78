import { refusal } from './plan.ts';

const REGISTER = '/proc/sys/fs/binfmt_misc/register';
const START = "printf '";
const END = `' > ${REGISTER} || true`;

/**
 * A script that registers rules, oldest first; it mounts binfmt_misc where that is not done. Any
 * POSIX shell takes it: bytes that do not print are octal escapes of printf(1).
 */
export function bootScript(strings: readonly string[]): string {
  return `#!/bin/sh
# Written by xbuild (xbuild binfmt persist): rules that come back when WSL starts.
[ -e ${REGISTER} ] || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
${strings.map((text) => START + asFormat(text) + END).join('\n')}
`;
}

/** A byte string as the format of printf(1), to stand between single quotes. */
function asFormat(text: string): string {
  return text.replaceAll(/[^ -~]|[%\\']/g, (character) => {
    if (character === '%') return '%%';
    return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
}

/** The register strings of such a script, as printf(1) would write them. */
export function parseBootScript(script: string): string[] {
  return script
    .split('\n')
    .filter((line) => line.startsWith(START) && line.endsWith(END))
    .map((line) => line.slice(START.length, -END.length))
    .map((format) =>
      format.replaceAll(/%%|\\([0-7]{3})/g, (same, octal: string | undefined) =>
        octal === undefined ? same.slice(1) : String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    );
}

/** What wsl.conf runs when the distribution starts: `command` of section `[boot]`; empty for none. */
export function bootCommand(conf: string): string {
  const found = findCommand(conf.split('\n'));
  return found === undefined ? '' : found.command;
}

interface Found {
  /** Which line it is. */
  at: number;
  command: string;
}

function findCommand(lines: readonly string[]): Found | undefined {
  let section = '';
  for (const [at, line] of lines.entries()) {
    section =
      /^\s*\[(?<name>[^\]]*)\]/.exec(line)?.groups?.['name']?.trim().toLowerCase() ?? section;
    const command = /^\s*command\s*=(?<text>.*)$/i.exec(line)?.groups?.['text']?.trim();
    if (section === 'boot' && command !== undefined) return { at, command };
  }
  return undefined;
}

/** Adds a program to what wsl.conf runs at start; what it runs already stays. */
export function addBootCommand(conf: string, program: string): string {
  const lines = conf.split('\n');
  const found = findCommand(lines);
  if (found !== undefined) {
    if (found.command.includes(program)) return conf;
    if (/^["']|\\/.test(found.command)) {
      throw refusal(
        'the command in /etc/wsl.conf is quoted, and is left alone',
        `Add it yourself, in section [boot]: command = …; ${program}`,
        [lines[found.at] ?? ''],
      );
    }
    const joined = found.command === '' ? program : `${found.command}; ${program}`;
    return lines.with(found.at, `command = ${joined}`).join('\n');
  }
  const at = lines.findIndex((line) => /^\s*\[boot\]/i.test(line));
  if (at !== -1) return lines.toSpliced(at + 1, 0, `command = ${program}`).join('\n');
  const gap = conf === '' || conf.endsWith('\n') ? '' : '\n';
  return `${conf}${gap}[boot]\ncommand = ${program}\n`;
}

/** Takes a program out of what wsl.conf runs at start, and the section if nothing else is in it. */
export function removeBootCommand(conf: string, program: string): string {
  const lines = conf.split('\n');
  const found = findCommand(lines);
  if (found === undefined) return conf;
  const left = found.command
    .split(';')
    .map((word) => word.trim())
    .filter((word) => word !== program && word !== '');
  if (left.length > 0) return lines.with(found.at, `command = ${left.join('; ')}`).join('\n');
  return lines
    .toSpliced(found.at, 1)
    .join('\n')
    .replace(/(?:^|\n)\[boot\]\n*$/, (same) => (same.startsWith('\n') ? '\n' : ''));
}
