import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBuildRequest } from '../src/build/request.ts';
import { changingSubcommands } from '../src/commands/binfmt/changing-subcommands.ts';
import { chosenSubcommand } from '../src/commands/binfmt/choose-subcommand.ts';
import { readingSubcommands } from '../src/commands/binfmt/reading-subcommands.ts';
import { commands, findCommand } from '../src/commands/index.ts';
import { commandWords } from '../src/diagnose/shell-words.ts';
import { parseAllowance } from '../src/faults/allow.ts';
import { parseArguments, valuesOf } from '../src/model/flags.ts';
import { parsePlatformList } from '../src/model/platform.ts';
import { parseReportTargets } from '../src/model/report-target.ts';
import { parseVerifyTarget } from '../src/model/verify-target.ts';
import { inLanguage, pages, root, textOf, type Block } from './docs-pages.ts';

/** The words after `xbuild` of each command in a line; what a shell expands stands as it is. */
function xbuildWords(line: string): string[][] {
  const pieces = line
    .replace(/^\s*(?:- )?(?:run: )?/, '')
    .replace(/\s#\s.*$/, '')
    .split(/\s(?:&&|\|\||\||;)\s/);
  return pieces.flatMap((piece) => {
    const words = commandWords(piece.replace(/\s\d*>.*$/, ''));
    while (/^(?:[A-Z_]+=.*|sudo|npx|--yes)$/.test(words[0] ?? '')) words.shift();
    return words[0] === 'xbuild' ? [words.slice(1)] : [];
  });
}

/** Lines of a block that somebody types: all of `sh`, those after a prompt of `console`. */
function typedLines({ language, text }: Block): string[] {
  const lines = text.split('\n');
  if (language !== 'console') return lines;
  return lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
}

/** Table cells and sentences show commands as code, some with placeholders. */
function inlineCommands(page: string): { page: string; line: number; words: string[] }[] {
  return textOf(page)
    .split('\n')
    .flatMap((text, index) =>
      [...text.matchAll(/`(xbuild [^`]*)`/g)]
        .filter(([, code = '']) => !/[…[]|COMMAND|SUBCOMMAND/.test(code))
        .flatMap(([, code = '']) => xbuildWords(code))
        // A sentence names the command, which needs an image.
        .filter((words) => words.join() !== 'verify')
        .map((words) => ({ page, line: index + 1, words })),
    );
}

const typed = inLanguage('sh', 'console', 'yaml')
  .flatMap((block) =>
    typedLines(block).flatMap((line) =>
      xbuildWords(line).map((words) => ({ page: block.page, line: block.line, words })),
    ),
  )
  .concat(pages.flatMap(inlineCommands));
const subcommands = [...readingSubcommands, ...changingSubcommands];

const isPlaceholder = (word: string) => /^(?:LIST|\$.*)$/.test(word);

/** Parses a command line as xbuild does; throws what xbuild would say. */
async function parse(words: readonly string[]): Promise<void> {
  const entry = findCommand(words[0] ?? '');
  const argv = entry === undefined ? words : words.slice(1);
  const command = await (entry ?? findCommand('build'))?.load();
  if (command === undefined) throw new Error('no command');
  if (command.name === 'run') return;
  if (argv.includes('--help')) return;
  if (command.name === 'binfmt') {
    const chosen = chosenSubcommand(argv, subcommands);
    if (chosen === undefined && argv.some((word) => !word.startsWith('-')))
      throw new Error(`binfmt has no subcommand in "${argv.join(' ')}"`);
    parseArguments(chosen?.rest ?? argv, (chosen?.subcommand ?? readingSubcommands[0]!).flags);
    return;
  }
  const parsed = parseArguments(argv, command.flags);
  const values = (name: string) => valuesOf(parsed, name);
  parsePlatformList(values('platform').filter((word) => !isPlaceholder(word)));
  parseReportTargets(values('report'), false);
  if (command.name === 'verify') {
    parsePlatformList(values('require'));
    values('allow').forEach(parseAllowance);
    parsed.positionals.forEach(parseVerifyTarget);
    if (parsed.positionals.length === 0) throw new Error('verify needs an image');
  }
  const isWhole = parsed.positionals.length > 0 && !values('platform').some(isPlaceholder);
  if (command.name === 'build' && entry === undefined && isWhole) parseBuildRequest(argv, {});
  if (command.name === 'build' && entry === undefined && parsed.positionals.length === 0)
    throw new Error('a build without a context');
}

describe('commands in the documentation', () => {
  it('are there to be tried', () => {
    expect(typed.length).toBeGreaterThan(50);
    expect(
      new Set(typed.map(({ words }) => findCommand(words[0] ?? '')?.name ?? 'build')).size,
    ).toBe(commands.length);
  });

  it.each(typed.map((one) => [`${one.page}:${one.line}`, one.words.join(' '), one.words] as const))(
    '%s: xbuild %s',
    async (_place, _line, words) => {
      await expect(parse(words)).resolves.toBeUndefined();
    },
  );

  it('are scripts that there are, where they run this project', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const text = pages.map(textOf).join('\n');
    const named = [...text.matchAll(/\bnpm (?:run (?:--silent )?(\S+?)|(test))[`\s]/g)].map(
      ([, script, test]) => script ?? test ?? '',
    );
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
    const files = [...text.matchAll(/\bnode ((?:scripts|test)\/\S+?\.mjs)/g)].map(
      ([, file = '']) => file,
    );
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('what a terminal shows has 80 columns, but for what must be copied whole', () => {
    const long = inLanguage('console')
      .flatMap(({ page, text }) => text.split('\n').map((line) => ({ page, line })))
      .filter(({ line }) => line.length > 80 && !/^\$ |^The same without a file: /.test(line));
    expect(long).toEqual([]);
  });
});
