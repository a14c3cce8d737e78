import type { Flag } from '../model/flags.ts';
import { commands } from './index.ts';
import type { Command } from './command.ts';

/** A usual terminal; a wider one gets no longer lines, for they are hard to read. */
const WIDEST = 80;
const INTRODUCTION =
  'xbuild builds Docker images for several CPU architectures, proves that each one runs, and says why one does not.';

/** Help for xbuild as a whole; it fits a screen. `next` stands in place of the examples. */
export function generalHelp(width = WIDEST, next?: string): string {
  const lead = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const list = commands.map(({ name, summary }) => hang(`  ${name.padEnd(lead)}`, summary, width));
  const examples = `Examples:
  xbuild --platform linux/amd64,linux/arm64 -t app .

`;
  return `${hang('', INTRODUCTION, width)}

Usage: xbuild [COMMAND] [FLAGS] …

Commands:
${list.join('\n')}

${next === undefined ? examples : ''}${hang('Exit: ', '0 well, 1 build, 2 request, 3 platform, 4 image, 5 engine, 130 Ctrl-C', width)}
${hang('More: ', 'xbuild COMMAND --help; man xbuild has every flag and exit status', width)}
${next === undefined ? '' : `${hang('Next: ', next, width)}\n`}`;
}

/** Help for one command: usage, examples, and the flags that xbuild itself acts on. */
export function commandHelp(command: Command, width = WIDEST): string {
  const described = command.flags.filter((flag) => flag.help !== undefined);
  const shown = described.filter(({ name }) => !brief.has(name));
  const rest = described.filter(({ name }) => brief.has(name)).map(briefName);
  const others = command.flags.some((flag) => flag.help === undefined)
    ? ' Every other flag of docker build and docker buildx build is taken as it is.'
    : '';
  const also =
    rest.length === 0 ? '' : `\n${hang('Also: ', `${rest.join(', ')}.${others}`, width)}\n`;
  return `${hang('', `xbuild ${command.name}: ${command.summary}.`, width)}

${usageLines(command, width)}
${command.details === undefined ? '' : `\n${command.details}\n`}
Examples:
${command.examples.map((example) => `  ${example}`).join('\n')}
${shown.length === 0 ? '' : `\nFlags:\n${flagLines(shown, width).join('\n')}\n`}${also}`;
}

/** Each flag with its text beside it; in a narrow terminal below it. */
function flagLines(flags: readonly Flag[], width: number): string[] {
  const names = flags.map(flagName);
  const lead = Math.max(...names.map((name) => name.length)) + 4;
  return flags.map(({ help = '' }, index) => {
    const name = `  ${names[index] ?? ''}`;
    return width - lead < 30
      ? `${name}\n${hang(' '.repeat(8), help, width)}`
      : hang(name.padEnd(lead), help, width);
  });
}

/** Flags that most commands share, or that are docker's own: here by name, in the manual page in full. */
const brief = new Set(
  'report host context json help output progress quiet builder build-arg target load preflight-policy node no-config'.split(
    ' ',
  ),
);

function briefName({ name, short, value }: Flag): string {
  const lead = short === undefined ? '' : `-${short}/`;
  return `${lead}--${name}${value === undefined ? '' : ` ${value}`}`;
}

/** A usage of several lines has its own breaks. */
function usageLines({ name, usage }: Command, width: number): string {
  const lead = `xbuild ${name} ${usage}`;
  return usage.includes('\n') ? `Usage: ${lead}` : hang('Usage: ', lead, width);
}

/** A text beside its lead, broken where it would not fit; further lines stand below the text. */
function hang(lead: string, text: string, columns: number): string {
  const lines = [lead];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    const longer = line.trim() === '' || line === lead ? line + word : `${line} ${word}`;
    if (longer.length <= columns) lines[lines.length - 1] = longer;
    else lines.push(' '.repeat(lead.length) + word);
  }
  return lines.join('\n');
}

function flagName(flag: Flag): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  return `${short}--${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}`;
}
