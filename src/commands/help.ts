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
  xbuild --platform linux/amd64,linux/arm64 -t app .
  xbuild preflight --platform linux/arm64
  xbuild verify app

Exit status: 0 all well · 1 a build failed · 2 wrong request · 3 a platform
cannot be built here · 4 an image is not what it says · 5 no engine ·
130 interrupted

More about a command: xbuild COMMAND --help
`;
}

/** Help for one command: usage, examples, and the flags that xbuild itself acts on. */
export function commandHelp(command: Command): string {
  const shown = command.flags.filter((flag) => flag.help !== undefined);
  const names = shown.map(flagName);
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const flags = shown.map((flag, index) =>
    hang(`  ${(names[index] ?? '').padEnd(width)}`, flag.help ?? ''),
  );
  const others = command.flags.some((flag) => flag.help === undefined)
    ? '\nEvery other flag of docker build and docker buildx build is taken as it is.\n'
    : '';
  return `${hang('', `xbuild ${command.name}: ${command.summary}.`)}

${usageLines(command)}
${command.details === undefined ? '' : `\n${command.details}\n`}
Examples:
${command.examples.map((example) => `  ${example}`).join('\n')}

Flags:
${flags.join('\n')}
${others}`;
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
