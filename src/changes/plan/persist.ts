import type { Rule } from '../../model/binfmt-rule.ts';
import { parseRegisterString } from '../../model/binfmt-register.ts';
import { bytesOfString } from '../../model/bytes.ts';
import { refusal } from './plan.ts';
import type { FileChange, ReadText } from './file-change.ts';
import { registerStringOf } from './register-string.ts';
import { importFile, parseImportFile } from './update-binfmts.ts';
import { ruleInWords } from './words.ts';
import {
  addBootCommand,
  bootCommand,
  bootScript,
  parseBootScript,
  removeBootCommand,
} from './wsl.ts';

/** What starts a machine, and with it brings its rules back. */
export type BootSystem = 'systemd' | 'openrc' | 'update-binfmts' | 'wsl';

export const BOOT_SYSTEMS: readonly BootSystem[] = ['systemd', 'openrc', 'update-binfmts', 'wsl'];

export const CONF = '/etc/binfmt.d/xbuild.conf';
export const WSL_CONF = '/etc/wsl.conf';
export const WSL_SCRIPT = '/usr/local/sbin/xbuild-binfmt';
const IMPORTS = '/usr/share/binfmts';
const FSTAB = '/etc/fstab';
const HEADER = '# Written by xbuild (xbuild binfmt persist); the last rule is asked first.\n';
const FSTAB_MARK = '# xbuild: the rule table of binfmt_misc';

/**
 * Finds out what will start the machine. `exists`: whether there is such a path; `release`: the
 * kernel's, by which WSL is known.
 */
export function detectBootSystem(
  read: ReadText,
  exists: (path: string) => boolean,
  release: string,
): BootSystem | undefined {
  const wsl = /microsoft/i.test(release);
  // In WSL systemd is installed in most distributions, and only runs where wsl.conf says so.
  if (wsl) return /^\s*systemd\s*=\s*"?true/im.test(read(WSL_CONF) ?? '') ? 'systemd' : 'wsl';
  if (exists('/usr/lib/systemd/systemd-binfmt') || exists('/lib/systemd/systemd-binfmt')) {
    return 'systemd';
  }
  if (exists('/sbin/openrc-run') || exists('/usr/bin/openrc-run')) return 'openrc';
  return exists('/usr/sbin/update-binfmts') ? 'update-binfmts' : undefined;
}

/** How rules are made to come back: files, then commands. */
export interface Persistence {
  files: FileChange[];
  commands: string[][];
  /** Whole sentences. */
  notes: string[];
}

/**
 * Plans the files that bring rules back when the machine starts, beside those that were made
 * permanent before. `rules`: in match order. Throws `change-refused` for a rule that the system
 * cannot express.
 */
export function planPersistence(
  system: BootSystem,
  rules: readonly Rule[],
  read: ReadText,
): Persistence {
  const kept = persistedRules(system, read).filter(
    (old) => !rules.some(({ name }) => name === old.name),
  );
  return persistenceOf(system, [...rules, ...kept], read, rules);
}

/** Plans that rules, all where none are named, no longer come back. */
export function planForgetting(
  system: BootSystem,
  names: readonly string[],
  read: ReadText,
): Persistence {
  const old = persistedRules(system, read);
  const kept = old.filter(({ name }) => names.length > 0 && !names.includes(name));
  const gone = old.filter((rule) => !kept.includes(rule));
  const { files, commands } = persistenceOf(system, kept, read, kept);
  if (system !== 'update-binfmts') return { files, commands, notes: [] };
  return {
    files: gone.map(({ name }) => change(`${IMPORTS}/${name}`, undefined, read)),
    commands: gone.map(({ name, interpreter }) => [
      'update-binfmts',
      '--package',
      'xbuild',
      '--remove',
      name,
      interpreter,
    ]),
    notes: [],
  };
}

function change(path: string, text: string | undefined, read: ReadText, mode = 0o644): FileChange {
  return { path, before: read(path), text, mode };
}

function persistenceOf(
  system: BootSystem,
  rules: readonly Rule[],
  read: ReadText,
  fresh: readonly Rule[],
): Persistence {
  const none = rules.length === 0;
  // What is registered last is asked first.
  const strings = rules.toReversed().map(stringFor);
  if (system === 'wsl') {
    const script = none ? undefined : bootScript(strings);
    const conf = read(WSL_CONF) ?? '';
    const text = none ? removeBootCommand(conf, WSL_SCRIPT) : addBootCommand(conf, WSL_SCRIPT);
    return {
      files: [
        change(WSL_SCRIPT, script, read, 0o755),
        change(WSL_CONF, text === '' ? undefined : text, read),
      ],
      commands: [],
      notes: ['WSL runs it when the distribution starts: try it with wsl --shutdown.'],
    };
  }
  if (system === 'update-binfmts') {
    const files = fresh.map((rule) => change(`${IMPORTS}/${rule.name}`, importFile(rule), read));
    const commands = fresh.map(({ name }) => ['update-binfmts', '--import', name]);
    return { files, commands, notes: [] };
  }
  for (const text of strings) refuseForLines(text);
  const text = none ? undefined : `${HEADER}${strings.map((one) => `${one}\n`).join('')}`;
  const openrc = system === 'openrc';
  return {
    files: [change(CONF, text, read)],
    commands: openrc && !none ? [['rc-update', 'add', 'binfmt', 'boot']] : [],
    notes: openrc
      ? []
      : [
          'Restarting systemd-binfmt now would empty the whole table first; at the next start it is read anyway.',
        ],
  };
}

function stringFor(rule: Rule): string {
  const text = registerStringOf(rule);
  if (text !== undefined) return text;
  throw refusal(
    `there is no register string for ${ruleInWords(rule)}, so nothing can bring it back`,
    'Leave it out: name the rules that are to be made permanent.',
  );
}

/** A file of lines has no place for line breaks, and trims blanks at both ends. */
function refuseForLines(text: string): void {
  if (!/[\n\r]/.test(text) && text.trim() === text && !/^[#;]/.test(text)) return;
  throw refusal(
    'a rule holds a line break, or blanks at its end, which a file of binfmt.d cannot hold',
    'Leave it out: name the rules that are to be made permanent.',
  );
}

/** The rules that will come back, in match order, as that system would read its files. */
export function persistedRules(system: BootSystem, read: ReadText): Rule[] {
  if (system === 'wsl') {
    if (!bootCommand(read(WSL_CONF) ?? '').includes(WSL_SCRIPT)) return [];
    return rulesOf(parseBootScript(read(WSL_SCRIPT) ?? ''));
  }
  if (system === 'update-binfmts') {
    const names = (read(`${IMPORTS}/`) ?? '').split('\n').filter((name) => name !== '');
    return names.flatMap((name) => {
      const rule = parseImportFile(name, read(`${IMPORTS}/${name}`) ?? '');
      return rule === undefined ? [] : [rule];
    });
  }
  return rulesOf(parseConf(read(CONF) ?? ''));
}

/**
 * The register strings of a file of binfmt.d. Sources: systemd's binfmt.c (blanks trimmed, empty
 * lines and those that begin with # or ; passed over) and OpenRC's binfmt.sh (the same).
 */
export function parseConf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#;]/.test(line));
}

function rulesOf(strings: readonly string[]): Rule[] {
  const rules = strings.flatMap((text) => {
    const reading = parseRegisterString(bytesOfString(text));
    return 'rule' in reading ? [reading.rule] : [];
  });
  return rules.toReversed();
}

/** Plans the line of /etc/fstab that mounts binfmt_misc, or its going; undefined where it is so. */
export function planFstab(read: ReadText, wanted: boolean): FileChange | undefined {
  const before = read(FSTAB) ?? '';
  const lines = before.split('\n');
  if (wanted) {
    if (hasMount(before)) return undefined;
    const gap = before === '' || before.endsWith('\n') ? '' : '\n';
    const line = 'binfmt_misc /proc/sys/fs/binfmt_misc binfmt_misc defaults 0 0';
    return change(FSTAB, `${before}${gap}${FSTAB_MARK}\n${line}\n`, read);
  }
  const at = lines.indexOf(FSTAB_MARK);
  return at === -1 ? undefined : change(FSTAB, lines.toSpliced(at, 2).join('\n'), read);
}

/** Whether a line of fstab(5) mounts binfmt_misc where it belongs. */
export function hasMount(fstab: string): boolean {
  return fstab.split('\n').some((line) => {
    const [source = '', target, type] = line.trim().split(/\s+/);
    return (
      !source.startsWith('#') && target === '/proc/sys/fs/binfmt_misc' && type === 'binfmt_misc'
    );
  });
}
