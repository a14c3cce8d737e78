import { planInit, type InitPlan, type PlannedFile } from '../init/plan.ts';
import { readProject, readTemplates } from '../init/read-project.ts';
import { lookAt, writeFiles, type Present } from '../init/write-files.ts';
import { askYes, canAsk } from '../io/ask.ts';
import { describeTerminal } from '../io/terminal.ts';
import { outputFlags } from '../io/shared-flags.ts';
import { platformWords } from '../model/architecture.ts';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import { isOn, lastValue, parseArguments, valuesOf, type Flag } from '../model/flags.ts';
import { formatPlatform, parsePlatformList } from '../model/platform.ts';
import type { Command, CommandContext } from './command.ts';

const templates = readTemplates();

/** The names of the templates of one kind, and `none`. */
function names(wanted: string): string[] {
  const own = templates.filter(({ kind }) => kind === wanted);
  return [...own.map(({ name }) => name), 'none'];
}

const flags: readonly Flag[] = [
  {
    name: 'image',
    kind: 'value',
    value: 'NAME',
    help: 'the name of the image (default: after the repository)',
  },
  {
    name: 'platform',
    kind: 'value',
    value: 'LIST',
    values: platformWords,
    help: 'the platforms to build for (default: linux/amd64,linux/arm64)',
  },
  {
    name: 'dockerfile',
    kind: 'value',
    value: 'LANGUAGE',
    values: names('dockerfile'),
    help: `${names('dockerfile').join(', ')} (default: found out)`,
  },
  {
    name: 'ci',
    kind: 'value',
    value: 'LIST',
    values: names('ci'),
    help: `${names('ci').join(', ')} (default: found out)`,
  },
  { name: 'force', kind: 'bool', help: 'replace files that are there' },
  { name: 'yes', short: 'y', kind: 'bool', help: 'do not ask' },
  ...outputFlags,
];

type Looked = PlannedFile & { present: Present };

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, flags);
  const [folder = '.', ...more] = parsed.positionals;
  if (more.length > 0) throw manyFolders(parsed.positionals);
  const dockerfile = lastValue(parsed, 'dockerfile');
  const image = lastValue(parsed, 'image');
  const ci = valuesOf(parsed, 'ci').flatMap((list) => list.split(','));
  const platforms = parsePlatformList(valuesOf(parsed, 'platform')).map(formatPlatform);
  const plan = planInit(
    {
      platforms: platforms.length > 0 ? platforms : ['linux/amd64', 'linux/arm64'],
      ...(dockerfile === undefined ? {} : { dockerfile }),
      ...(image === undefined ? {} : { image }),
      ...(ci.length === 0 ? {} : { ci }),
    },
    readProject(folder),
    templates,
  );
  const looked = plan.files.map((file) => ({ ...file, present: lookAt(folder, file) }));
  const replace = isOn(parsed, 'force');
  const toWrite = looked.filter(
    ({ present }) => present === 'nothing' || (present === 'other' && replace),
  );
  const json = isOn(parsed, 'json');
  if (!json) show(plan, looked, replace, context);
  if (toWrite.length > 0 && !isOn(parsed, 'yes')) await confirm(toWrite, context);
  writeFiles(folder, toWrite);
  report(looked, toWrite, plan, json, context);
  return 0;
}

/** On stderr: it is what the question is about, not the result. */
function show(
  { notes }: InitPlan,
  looked: readonly Looked[],
  replace: boolean,
  { stderr, env }: CommandContext,
): void {
  const { paint } = describeTerminal(stderr, env);
  for (const { path, title, text, present } of looked) {
    const what =
      present === 'same'
        ? 'is there already'
        : present === 'other'
          ? replace
            ? 'is replaced'
            : 'is there, and is left as it is (--force replaces it)'
          : 'is new';
    stderr.write(`${paint('bold', path)} ${what}: ${title}\n`);
    if (present === 'nothing' || (present === 'other' && replace))
      stderr.write(`${text.trimEnd().replaceAll(/^/gm, '  ')}\n\n`);
  }
  for (const note of notes) stderr.write(`${escapeLine(note)}\n`);
}

async function confirm(files: readonly Looked[], context: CommandContext): Promise<void> {
  const what = files.length === 1 ? 'this file' : `these ${files.length} files`;
  if (canAsk(context) && (await askYes(`Write ${what}?`, context))) return;
  throw new XbuildError(
    'not-confirmed',
    canAsk(context)
      ? 'nothing was written'
      : `nothing was written: nobody is here to be asked about ${what}`,
    'Run it again with --yes.',
  );
}

function report(
  looked: readonly Looked[],
  written: readonly Looked[],
  { notes }: InitPlan,
  json: boolean,
  { stdout }: CommandContext,
): void {
  const paths = written.map(({ path }) => path);
  const left = looked.filter((one) => !written.includes(one)).map(({ path }) => path);
  if (json) {
    const document = { schemaVersion: 1, command: 'init', ok: true, written: paths, left, notes };
    stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  stdout.write(paths.length === 0 ? 'nothing to write\n' : `wrote ${paths.join(', ')}\n`);
  if (paths.length > 0) stdout.write('next: xbuild build\n');
}

function manyFolders(words: readonly string[]): XbuildError {
  return new XbuildError(
    'bad-argument',
    `init takes one folder; received ${words.join(' ')}`,
    'Name one, or none for the current folder.',
  );
}

export const initCommand: Command = {
  name: 'init',
  usage: '[flags] [FOLDER]',
  summary: 'write xbuild.yaml, a CI job and, where there is none, a Dockerfile',
  examples: ['xbuild init', 'xbuild init --dockerfile go --ci github,gitlab --yes'],
  flags,
  completes: 'folders',
  run,
};
