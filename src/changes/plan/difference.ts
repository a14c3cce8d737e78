import { listed } from '../../model/sentence.ts';
import type { Rule } from '../../model/binfmt-rule.ts';
import type { BinfmtTable } from '../../model/binfmt-table.ts';
import { escapeLine } from '../../model/escape.ts';
import { sameRegistration } from './register-string.ts';

/** What is different between a table then and now. */
export interface Difference {
  added: Rule[];
  removed: Rule[];
  /** Of one name, and other bytes. */
  changed: { before: Rule; after: Rule }[];
  switched: Rule[];
  /** The rules of both tables are asked in another order. */
  reordered: boolean;
  /** What the switch of the whole table is now, where it is another. */
  status?: 'on' | 'off';
}

/** Compares two tables. */
export function compareTables(before: BinfmtTable, after: BinfmtTable): Difference {
  const then = new Map(before.rules.map((rule) => [rule.name, rule]));
  const now = new Map(after.rules.map((rule) => [rule.name, rule]));
  const both = after.rules.flatMap((rule) => {
    const old = then.get(rule.name);
    return old === undefined ? [] : [{ before: old, after: rule }];
  });
  return {
    added: after.rules.filter(({ name }) => !then.has(name)),
    removed: before.rules.filter(({ name }) => !now.has(name)),
    changed: both.filter((pair) => !sameRegistration(pair.before, pair.after)),
    switched: both
      .filter((pair) => sameRegistration(pair.before, pair.after))
      .filter((pair) => pair.before.enabled !== pair.after.enabled)
      .map((pair) => pair.after),
    reordered: orderOf(before.rules, now) !== orderOf(after.rules, then),
    ...(before.enabled === after.enabled ? {} : { status: after.enabled ? 'on' : 'off' }),
  };
}

function orderOf(rules: readonly Rule[], other: ReadonlyMap<string, Rule>): string {
  return JSON.stringify(rules.map(({ name }) => name).filter((name) => other.has(name)));
}

/** Whether nothing is different. */
export function isSame(difference: Difference): boolean {
  const { added, removed, changed, switched, reordered, status } = difference;
  const count = added.length + removed.length + changed.length + switched.length;
  return count === 0 && !reordered && status === undefined;
}

/** What was read of the machine besides, which points to who it was. */
export interface Circumstances {
  /** The mount is another file system than binfmt_misc: the table is gone, not emptied. */
  mounted: boolean;
  kernelRelease: string;
  /** The machine was started since; absent where that is not known. */
  restarted?: boolean;
  /** Names of rules that were not touched since; absent where that is not known. */
  untouched?: readonly string[];
  /** What was done since to packages that have to do with rules, for people. */
  packages?: readonly string[];
}

/**
 * Who is likely to have made a difference: whole sentences, the likeliest first. The kernel keeps no
 * record, so none of this is certain.
 *
 * Sources: systemd/systemd#30892, kubernetes-sigs/kind#3510, kubernetes/minikube#17700,
 * microsoft/WSL#13885, and the sources of systemd-binfmt, tonistiigi/binfmt and Debian's qemu-user.
 */
export function likelyCauses(
  before: BinfmtTable,
  after: BinfmtTable,
  circumstances: Circumstances,
): string[] {
  const { mounted } = circumstances;
  const difference = compareTables(before, after);
  const { added, removed, changed } = difference;
  const isOther = added.length + removed.length + changed.length > 0;
  const causes = isOther ? packageWords(circumstances) : [];
  if (!mounted) {
    causes.push(
      'Likely the last mount of binfmt_misc went away: since Linux 6.7 all rules go with it (a restart, systemd’s unmount, or the end of a container that had mounted it).',
    );
  }
  if (mounted) causes.push(...whoRemoved(after, difference, circumstances));
  const fresh = [...added, ...changed.map((pair) => pair.after)];
  if (fresh.some(isTonistiigi)) {
    causes.push(
      'Likely tonistiigi/binfmt or docker/setup-qemu-action: their rules name /usr/bin/qemu-… with flags C and F.',
    );
  }
  if (fresh.some(({ interpreter }) => interpreter.startsWith('/usr/libexec/qemu-binfmt/'))) {
    causes.push(
      'Likely the package qemu-user-static or qemu-user-binfmt was installed or updated.',
    );
  }
  if (fresh.some(({ name }) => name.startsWith('WSLInterop')))
    causes.push('WSL itself registers WSLInterop.');
  if (fresh.some(({ name }) => /rosetta/i.test(name))) {
    causes.push('Likely Docker Desktop, OrbStack, Colima or Lima: they register Rosetta.');
  }
  return causes;
}

function packageWords({ packages = [] }: Circumstances): string[] {
  if (packages.length === 0) return [];
  const count = packages.length > 4 ? `, the last 4 of ${packages.length}` : '';
  return [
    `Likely a package: since then dpkg changed ${listed(packages.slice(-4))}${count} (/var/log/dpkg.log).`,
  ];
}

/** The first few of many names. */
function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 4).map(escapeLine);
  const more = names.length - shown.length;
  return listed(more === 0 ? shown : [...shown, `${more} more`]);
}

/** Who took rules away, as far as there is evidence; says what is missing where there is none. */
function whoRemoved(
  after: BinfmtTable,
  { removed }: Difference,
  { kernelRelease, restarted, untouched }: Circumstances,
): string[] {
  if (removed.length === 0) return [];
  const gone = someOf(removed.map(({ name }) => name));
  if (restarted === true) {
    return [
      `The machine was restarted since: only what /etc/binfmt.d, /usr/lib/binfmt.d or a script of the start registers comes back, so ${gone} had come from somewhere else.`,
    ];
  }
  if (after.rules.length === 0) return whoEmptied(kernelRelease, restarted);
  if (untouched === undefined) {
    return [
      `Who removed ${gone} is not known: the dates of rules tell whether the whole table was emptied, and they are not to be had of an engine.`,
    ];
  }
  if (untouched.length > 0) {
    return [
      `Removed by name, by a person or a program: the table was not emptied (systemd-binfmt would have), for ${someOf(untouched)} ${untouched.length === 1 ? 'is' : 'are'} older than the snapshot. Who it was is not known.`,
    ];
  }
  return [
    `Likely systemd-binfmt was started anew (an update of a package, kind or minikube): every rule that is there was registered since, as when the table is emptied and filled from /etc/binfmt.d and /usr/lib/binfmt.d; ${gone} had come from somewhere else.`,
  ];
}

function whoEmptied(kernelRelease: string, restarted: boolean | undefined): string[] {
  const wsl = /microsoft|WSL/i.test(kernelRelease);
  // A machine that was not restarted says so; an engine's is not asked.
  const restart = restarted === false ? 'Likely' : 'Likely a restart, or';
  return [
    wsl
      ? 'Likely another WSL distribution was shut down: its systemd empties the table of all of them.'
      : `${restart} systemd-binfmt was stopped: it empties the whole table, also rules that it does not manage.`,
    'A container that runs systemd of its own (kind, minikube, a privileged one) does the same to its host; so does -1 written to status.',
  ];
}

function isTonistiigi({ interpreter, flags, name }: Rule): boolean {
  return (
    /^\/usr\/bin\/qemu-[\w]+$/.test(interpreter) && flags.includes('C') && name.startsWith('qemu-')
  );
}
