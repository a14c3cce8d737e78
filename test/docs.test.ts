import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { parseBuildRequest } from '../src/build/request.ts';
import { families } from '../src/causes/families.ts';
import { checks } from '../src/checks/index.ts';
import { changingSubcommands } from '../src/commands/binfmt/changing-subcommands.ts';
import { chosenSubcommand } from '../src/commands/binfmt/choose-subcommand.ts';
import { readingSubcommands } from '../src/commands/binfmt/reading-subcommands.ts';
import { commands, findCommand } from '../src/commands/index.ts';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { parseConfig } from '../src/config/parse-config.ts';
import { commandWords } from '../src/diagnose/shell-words.ts';
import { parseAllowance } from '../src/faults/allow.ts';
import { faults } from '../src/faults/index.ts';
import { mistakes } from '../src/mistakes/index.ts';
import { parseArguments, valuesOf } from '../src/model/flags.ts';
import { parsePlatformList } from '../src/model/platform.ts';
import { parseReportTargets } from '../src/model/report-target.ts';
import { parseVerifyTarget } from '../src/model/verify-target.ts';

const root = join(import.meta.dirname, '..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

interface Block {
  page: string;
  line: number;
  language: string;
  text: string;
}

/** The fenced blocks of a page, also inside lists. */
function blocksOf(page: string): Block[] {
  const text = textOf(page);
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length + 1,
    language: match[2] ?? '',
    text: match[3] ?? '',
  }));
}

const blocks = pages.flatMap(blocksOf);
const inLanguage = (...languages: string[]) =>
  blocks.filter(({ language }) => languages.includes(language));

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
        .map((words) => ({ page, line: index + 1, words })),
    );
}

const typed = inLanguage('sh', 'console', 'yaml')
  .flatMap((block) =>
    typedLines(block).flatMap((line) =>
      xbuildWords(line).map((words) => ({ page: block.page, line: block.line, words })),
    ),
  )
  .concat(
    ['README.md', 'docs/ci.md', 'docs/emulation.md', 'docs/migrating.md', 'docs/verify.md'].flatMap(
      inlineCommands,
    ),
  );
const subcommands = [...readingSubcommands, ...changingSubcommands];

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
  const isPlaceholder = (word: string) => /^(?:LIST|\$.*)$/.test(word);
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

  it('what a terminal shows has 80 columns, but for what must be copied whole', () => {
    const long = inLanguage('console')
      .flatMap(({ page, text }) => text.split('\n').map((line) => ({ page, line })))
      .filter(({ line }) => line.length > 80 && !/^\$ |^The same without a file: /.test(line));
    expect(long).toEqual([]);
  });
});

describe('links', () => {
  const links = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)].map(
      ([, target = '']) => [page, target] as const,
    ),
  );

  it.each(links)('of %s: %s is there', (page, target) => {
    expect(existsSync(join(root, normalize(join(dirname(page), target))))).toBe(true);
  });

  it('README links every page', () => {
    const linked = links.filter(([page]) => page === 'README.md').map(([, target]) => target);
    const others = pages.filter((page) => page !== 'README.md' && page !== 'docs/architecture.md');
    expect(others.filter((page) => !linked.includes(page))).toEqual([]);
  });
});

/** Every key of the schema of xbuild.yaml, at any depth. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { properties?: object };
  return [
    ...(typeof properties === 'object' ? Object.keys(properties) : []),
    ...Object.values(schema).flatMap(keysOf),
  ];
}

describe('xbuild.yaml in the documentation', () => {
  const yaml = inLanguage('yaml');
  const configurations = yaml.filter(({ text }) => /^# xbuild\.yaml$/m.test(text));

  it.each(yaml.map((block) => [`${block.page}:${block.line}`, block.text]))(
    '%s is YAML',
    (_, text) => {
      expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
    },
  );

  it.each(configurations.map((block) => [`${block.page}:${block.line}`, block.text]))(
    '%s is read',
    (_, text) => {
      expect(parseConfig(text, 'xbuild.yaml').settings).toBeTypeOf('object');
    },
  );

  it('has a word on every key', () => {
    const text = textOf('docs/configuration.md');
    const keys = [...new Set(keysOf(configJsonSchema()))];
    const named = (key: string) => new RegExp(`^\\| .*\`(?:verify\\.)?${key}\``, 'm').test(text);
    expect(keys.length).toBeGreaterThan(25);
    expect(
      keys.filter((key) => !named(key) && !/`(path|reason|fault)`/.test(`\`${key}\``)),
    ).toEqual([]);
    expect(['path', 'reason', 'fault'].filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  });
});

describe('lists in the documentation', () => {
  const lists: [string, string, string[]][] = [
    ['checks', 'docs/emulation.md', checks.map(({ id, title }) => `| \`${id}\` | ${title} |`)],
    ['faults', 'docs/verify.md', faults.map(({ id }) => `| \`${id}\` |`)],
    [
      'causes',
      'docs/causes.md',
      families.flatMap((family) => family.causes.map(({ id }) => `### \`${id}\``)),
    ],
    ['mistakes', 'docs/mistakes.md', mistakes.map(({ id }) => `\`${id}\``)],
    [
      'commands',
      'README.md',
      commands.map(({ name }) => `| \`xbuild ${name === 'build' ? '[build]' : name}`),
    ],
  ];

  it.each(lists)('every one of the %s is in %s', (_, page, lines) => {
    expect(lines.filter((line) => !textOf(page).includes(line))).toEqual([]);
  });

  it('docs/library.md names all that the library exports', async () => {
    const source = textOf('src/index.ts') + textOf('src/model.ts');
    const exported = [...source.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(
      ([, names = '']) =>
        names
          .split(',')
          .map((name) => name.replace(/^.* as /s, '').trim())
          .filter((name) => name !== ''),
    );
    expect(exported.length).toBeGreaterThan(30);
    const page = textOf('docs/library.md');
    expect(exported.filter((name) => !new RegExp(`\\b${name}s?\\b`).test(page))).toEqual([]);
    const imported = inLanguage('ts').flatMap(({ text }) =>
      [...text.matchAll(/import \{([^}]*)\} from 'xbuild(?:\/model)?'/g)].flatMap(([, names = '']) =>
        names.split(',').map((name) => name.trim()),
      ),
    );
    expect(imported.filter((name) => !exported.includes(name))).toEqual([]);
  });
});
