import type { Flag } from '../model/flags.ts';
import { commands } from './index.ts';
import type { Command } from './command.ts';

/** Help for xbuild as a whole; it fits a screen. */
export function generalHelp(): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const list = commands.map(({ name, summary }) => hang(`  ${name.padEnd(width)}`, summary));
  return `xbuild builds Docker images for several CPU architectures, proves that each one
runs, and says why one does not.

Usage: xbuild [COMMAND] [FLAGS] …

Commands:
${list.join('\n')}

Examples:
  xbuild preflight --platform linux/arm64
  xbuild --platform linux/amd64,linux/arm64 -t app .

Exit: 0 well, 1 build, 2 request, 3 platform, 4 image, 5 engine, 130 Ctrl-C
More: xbuild COMMAND --help; man xbuild has every flag and exit status
`;
}

/** Help for one command: usage, examples, and the flags that xbuild itself acts on. */
export function commandHelp(command: Command): string {
  const described = command.flags.filter((flag) => flag.help !== undefined);
  const shown = described.filter(({ name }) => !brief.has(name));
  const rest = described.filter(({ name }) => brief.has(name)).map(briefName);
  const also = rest.length === 0 ? '' : `\n${hang('Also: ', `${rest.join(', ')}.`)}\n`;
  const names = shown.map(flagName);
  const width = Math.max(0, ...names.map((name) => name.length)) + 2;
  const flags = shown.map((flag, index) =>
    hang(`  ${(names[index] ?? '').padEnd(width)}`, flag.help ?? ''),
  );
  const others = command.flags.some((flag) => flag.help === undefined)
    ? 'Every other flag of docker build and docker buildx build is taken as it is.\n'
    : '';
  return `${hang('', `xbuild ${command.name}: ${command.summary}.`)}

${usageLines(command)}
${command.details === undefined ? '' : `\n${command.details}\n`}
Examples:
${command.examples.map((example) => `  ${example}`).join('\n')}
${flags.length === 0 ? '' : `\nFlags:\n${flags.join('\n')}\n`}${also}${others}`;
}

/** Flags that most commands share, or that are docker's own: here by name, in the manual page in full. */
const brief = new Set(
  'report host context json help output progress quiet builder build-arg target load'.split(' '),
);

function briefName({ name, short, value }: Flag): string {
  const lead = short === undefined ? '' : `-${short}/`;
  return `${lead}--${name}${value === undefined ? '' : ` ${value}`}`;
}

/** A usage of several lines has its own breaks. */
function usageLines({ name, usage }: Command): string {
  const lead = `xbuild ${name} ${usage}`;
  return usage.includes('\n') ? `Usage: ${lead}` : hang('Usage: ', lead);
}

const columns = 80;

/** A text beside its lead, broken where it would not fit; further lines stand below the text. */
function hang(lead: string, text: string): string {
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
