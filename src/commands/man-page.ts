import type { Flag } from '../model/flags.ts';
import { changingSubcommands } from './binfmt/changing-subcommands.ts';
import { readingSubcommands } from './binfmt/reading-subcommands.ts';
import type { Command } from './command.ts';
import { commands } from './index.ts';

type Described = Pick<Command, 'name' | 'usage' | 'summary' | 'flags' | 'examples'>;

const statuses: readonly (readonly [status: string, meaning: string])[] = [
  ['0', 'All is well; diagnose has an answer.'],
  ['1', 'A platform was not built, or the work could not be finished.'],
  ['2', 'The request or the configuration is wrong.'],
  ['3', 'Preflight: a platform cannot be built here.'],
  ['4', 'An image is not what it says it is, or does not run.'],
  ['5', 'The engine cannot be reached.'],
  ['130', 'Interrupted.'],
];

/** The manual page xbuild(1), in the man macros; `version` stands in its foot. Source: man(7). */
export async function renderManPage(version: string): Promise<string> {
  const all = await Promise.all(commands.map(async ({ load }) => load()));
  const rules = [...readingSubcommands, ...changingSubcommands].map((one) => ({
    ...one,
    name: `binfmt ${one.name}`,
    usage: one.usage.slice(one.name.length + 1),
    examples: one.examples ?? [],
  }));
  const described: Described[] = all.flatMap((one) =>
    one.name === 'binfmt' ? [one, ...rules] : [one],
  );
  return [
    `.TH XBUILD 1 "" "xbuild ${version}" "User Commands"`,
    '.SH NAME',
    'xbuild \\- build Docker images for several architectures, prove that each one runs, and learn why one does not',
    '.SH SYNOPSIS',
    '.B xbuild',
    '.RI [ COMMAND ]\n.RI [ FLAGS ]\n\\&.\\|.\\|.',
    '.SH DESCRIPTION',
    roff(
      'xbuild looks at what the kernel of a Docker engine can run, builds an image for every platform that is asked for, and runs each one. Where something does not run it names the cause, the evidence and the fix. Without COMMAND it builds.',
    ),
    '.SH COMMANDS',
    ...described.flatMap(command),
    '.SH EXIT STATUS',
    ...statuses.flatMap(([status, meaning]) => ['.TP', status, roff(meaning)]),
    '.SH FILES',
    '.TP',
    'xbuild.yaml',
    'The configuration, in the current folder. See xbuild config.',
    '.SH SEE ALSO',
    '.BR docker (1),\n.BR docker-buildx-build (1),\n.BR binfmt.d (5)',
    '',
  ].join('\n');
}

function command({ name, usage, summary, flags, examples }: Described): string[] {
  return [
    `.SS "xbuild ${name}"`,
    `.B xbuild ${roff(name)}`,
    ...usage.split('\n').flatMap((line, at) => [...(at > 0 ? ['.br'] : []), roff(line.trim())]),
    '.PP',
    roff(sentence(summary)),
    ...flags.filter(({ help }) => help !== undefined).flatMap(describeFlag),
    ...(examples.length === 0 ? [] : ['.PP', 'Examples:', '.PP', '.EX']),
    ...examples.map(roff),
    ...(examples.length === 0 ? [] : ['.EE']),
  ];
}

function describeFlag({ name, short, value, help = '' }: Flag): string[] {
  const letter = short === undefined ? '' : `\\fB\\-${short}\\fR, `;
  const word = value === undefined ? '' : ` \\fI${roff(value)}\\fR`;
  return ['.TP', `${letter}\\fB\\-\\-${roff(name)}\\fR${word}`, roff(sentence(help))];
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
}

/** Text that groff prints as it stands. Source: groff_char(7). */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('’', '\\(cq')
    .replaceAll('…', '\\&.\\|.\\|.')
    .replaceAll('·', '\\(pc')
    .replace(/^\./, '\\&.');
}
