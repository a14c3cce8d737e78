import { byteString } from '../../model/bytes-text.ts';
import { lineOf } from '../../binfmt/text.ts';
import { listed } from '../../model/sentence.ts';
import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import { findReopening } from '../../changes/plan-way.ts';
import { existsBelow, readBelow, writeFiles } from '../../changes/persist-files.ts';
import { chooseRules } from '../../changes/plan/choose.ts';
import {
  BOOT_SYSTEMS,
  detectBootSystem,
  hasMount,
  persistedRules,
  planForgetting,
  planFstab,
  planPersistence,
  type BootSystem,
  type Persistence,
} from '../../changes/plan/persist.ts';
import { refusal } from '../../changes/plan/plan.ts';
import { sameRegistration } from '../../changes/plan/register-string.ts';
import { ruleInWords } from '../../changes/plan/words.ts';
import type { FileChange, ReadText } from '../../changes/plan/file-change.ts';
import type { Rule } from '../../model/binfmt-rule.ts';
import { XbuildError } from '../../model/errors.ts';
import { escapeText, shellQuote } from '../../model/escape.ts';
import {
  isOn,
  lastValue,
  parseArguments,
  type Flag,
  type ParsedArguments,
} from '../../model/flags.ts';
import type { CommandContext } from '../command.ts';
import { changingFlags } from './changing.ts';
import { confirm } from './confirm.ts';
import { openToRead, requireTable, type Session } from './session.ts';
import type { Subcommand } from './subcommand.ts';

const flags: readonly Flag[] = [
  ...changingFlags,
  {
    name: 'system',
    kind: 'value',
    value: 'NAME',
    help: `persist: ${BOOT_SYSTEMS.join(', ')} (default: what the machine has)`,
  },
  {
    name: 'root',
    kind: 'value',
    value: 'DIR',
    help: 'persist: the root of the machine’s files (default: /)',
  },
  { name: 'fstab', kind: 'bool', help: 'persist: also mount binfmt_misc by /etc/fstab' },
  { name: 'remove', kind: 'bool', help: 'persist: undo it; the rules stay until the next start' },
];

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, flags);
  const root = lastValue(parsed, 'root') ?? '/';
  const read = readBelow(root);
  const system = chooseSystem(parsed, root, read);
  const rules = isOn(parsed, 'remove') ? [] : await rulesToKeep(parsed, context);
  const plan = isOn(parsed, 'remove')
    ? planForgetting(system, parsed.positionals.map(byteString), read)
    : planPersistence(system, rules, read);
  const fstab =
    isOn(parsed, 'fstab') || isOn(parsed, 'remove')
      ? planFstab(read, !isOn(parsed, 'remove'))
      : undefined;
  const files = [...plan.files, ...(fstab === undefined ? [] : [fstab])].filter(
    ({ before, text }) => before !== text,
  );
  const task: Task = { parsed, context, root, system, rules, plan: { ...plan, files }, read };
  if (files.length === 0)
    return report(task, 'unchanged', 'Nothing to do: the files are so already.');
  showFiles(task);
  if (isOn(parsed, 'dry-run')) return report(task, 'planned', '');
  await confirm(
    { parsed, context },
    files.map(({ path }) => path),
  );
  writeFiles(root, files);
  proveOrUndo(task);
  const ran = root === '/' ? plan.commands.map((command) => runCommand(command)) : [];
  return report(task, 'applied', closing(task, ran.length > 0));
}

interface Task {
  parsed: ParsedArguments;
  context: CommandContext;
  root: string;
  system: BootSystem;
  rules: readonly Rule[];
  plan: Persistence;
  read: ReadText;
}

function chooseSystem(parsed: ParsedArguments, root: string, read: ReadText): BootSystem {
  const word = lastValue(parsed, 'system');
  const named = BOOT_SYSTEMS.find((name) => name === word);
  if (named !== undefined) return named;
  if (word !== undefined) {
    throw new XbuildError(
      'bad-argument',
      `--system is one of ${BOOT_SYSTEMS.join(', ')}; received "${word}"`,
      'Leave it out to have it found out.',
    );
  }
  const found = detectBootSystem(read, existsBelow(root), release());
  if (found !== undefined) return found;
  throw new XbuildError(
    'change-refused',
    'nothing was found that would register rules when this machine starts: neither systemd-binfmt, OpenRC, update-binfmts nor WSL',
    `Install binfmt-support, or have your own start-up run: xbuild binfmt restore FILE --local --yes. To choose: --system ${BOOT_SYSTEMS[0]}`,
  );
}

/** The rules that are to come back: those that are named, or all that are on and can. */
async function rulesToKeep(parsed: ParsedArguments, context: CommandContext): Promise<Rule[]> {
  const session = await openToRead(parsed, context);
  requireTable(session);
  const { place, situation } = session;
  if (!place.sharesFiles && lastValue(parsed, 'root') === undefined) throw elsewhere(session);
  const words = parsed.positionals.map(byteString);
  const rules = words.length > 0 ? chooseRules(situation.table, words) : situation.table.rules;
  const reopens = await findReopening(rules, place);
  const lost = rules.filter((rule) => !reopens(rule));
  const on = rules.filter(
    (rule) => rule.enabled && reopens(rule) && !rule.name.startsWith('WSLInterop'),
  );
  if (words.length > 0 && lost.length > 0) {
    throw refusal(
      `the interpreter of ${listed(lost.map(ruleInWords))} is not a file of that machine: when it starts, there is nothing to open`,
      'Put the emulator there (the package qemu-user-static), and register it from there: xbuild binfmt add ARCH --replace',
    );
  }
  if (on.length > 0) return [...on];
  throw new XbuildError(
    'bad-argument',
    `${place.name} has no rule that is on and could come back`,
    'Register some first: xbuild binfmt add arm64',
  );
}

function elsewhere({ place }: Session): XbuildError {
  return new XbuildError(
    'change-refused',
    `${place.name} is not this machine, and its files are out of reach`,
    'Run it there, as root: xbuild binfmt persist --local',
  );
}

function streamOf({ parsed, context }: Task): NodeJS.WriteStream {
  return isOn(parsed, 'json') ? context.stderr : context.stdout;
}

function showFiles(task: Task): void {
  const { plan, root } = task;
  const parts = plan.files.map((file) => showFile(file));
  const commands = plan.commands.map((command) => `${command.map(shellQuote).join(' ')}\n`);
  const after =
    commands.length === 0
      ? ''
      : `${root === '/' ? 'then run' : 'then to be run there'}:\n${commands.map((line) => `  ${line}`).join('')}`;
  streamOf(task).write(`${parts.join('\n')}${after}`);
}

function showFile({ path, text }: FileChange): string {
  if (text === undefined) return `${path} goes\n`;
  const lines = text.split('\n').map(lineOf);
  return `${path}:\n${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}`;
}

/** Reads the files back as the system will, and takes them back where it would not see the rules. */
function proveOrUndo({ parsed, root, system, rules, plan, read }: Task): void {
  const seen = persistedRules(system, read);
  const missing = rules.filter((rule) => !seen.some((one) => sameRegistration(one, rule)));
  const unmounted =
    isOn(parsed, 'fstab') && !isOn(parsed, 'remove') && !hasMount(read('/etc/fstab') ?? '');
  if (missing.length === 0 && !unmounted) return;
  writeFiles(
    root,
    plan.files.map((file) => ({ ...file, before: file.text, text: file.before })),
  );
  throw new XbuildError(
    'change-failed',
    `read back as ${system} would, the files do not give ${missing.length === 0 ? 'the mount' : listed(missing.map(ruleInWords))}`,
    'Everything is as it was before.',
  );
}

function runCommand([program = '', ...rest]: readonly string[]): void {
  const { status } = spawnSync(program, rest, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  throw new XbuildError(
    'change-failed',
    `${program} did not do its part (status ${status}); the files are written`,
    `Run it by hand: ${[program, ...rest].map(shellQuote).join(' ')}`,
  );
}

function closing({ parsed, system, rules, plan }: Task, ran: boolean): string {
  if (isOn(parsed, 'remove'))
    return 'Done: nothing of it comes back at the next start. The rules themselves stay until then.';
  const names = listed(rules.map(ruleInWords));
  const notes = ['Since Linux 6.7 all rules go with the last mount of binfmt_misc.', ...plan.notes];
  return `Done: read back as ${system} will${ran ? ', and imported' : ''}: ${names}. ${notes.join(' ')}`;
}

function report(
  { parsed, context, system, rules, plan }: Task,
  result: string,
  text: string,
): number {
  if (isOn(parsed, 'json')) {
    const document = {
      schemaVersion: 1,
      command: 'binfmt persist',
      ok: true,
      result,
      system,
      rules: rules.map(({ name }) => name),
      files: plan.files.map(({ path, text: content }) => ({ path, text: content ?? null })),
      commands: plan.commands,
      notes: plan.notes,
    };
    context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else if (text !== '') {
    context.stdout.write(`${escapeText(text)}\n`);
  }
  return 0;
}

export const persistSubcommand: Subcommand = {
  name: 'persist',
  usage: 'persist [flags] [ARCH|NAME…]',
  summary: 'make rules come back when the machine starts: systemd, OpenRC, update-binfmts, WSL',
  flags,
  run,
};
