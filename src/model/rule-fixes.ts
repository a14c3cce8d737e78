import { findArchitecture } from './architecture.ts';
import type { Rule } from './binfmt-rule.ts';
import { shellQuote } from './escape.ts';
import type { EngineFacts } from './facts.ts';
import type { Fix } from './finding.ts';

/** What a fix must know of an engine. */
export type FixedEngine = Pick<
  EngineFacts,
  'endpoint' | 'name' | 'operatingSystem' | 'remote' | 'desktop' | 'rootless' | 'usernsRemap'
>;

/** Where the kernel shows its rules. */
export const RULES = '/proc/sys/fs/binfmt_misc';

/** The docker command that reaches this engine: `docker --context desktop-linux`. */
export function dockerCommand({ endpoint }: FixedEngine): string {
  if (endpoint.context !== undefined) return `docker --context ${shellQuote(endpoint.context)}`;
  return endpoint.source === '--host' ? `docker --host ${shellQuote(endpoint.url)}` : 'docker';
}

/** xbuild with the words that make it ask this engine. */
export function xbuildCommand({ endpoint }: FixedEngine, words: string): string {
  const { context, source, url } = endpoint;
  if (context !== undefined) return `xbuild ${words} --context ${shellQuote(context)}`;
  return `xbuild ${words}${source === '--host' ? ` --host ${shellQuote(url)}` : ''}`;
}

/** Shows each change, asks, makes it, proves it, and undoes what did not help. */
function fixCommand(engine: FixedEngine, architectures: readonly string[]): string {
  const platforms = architectures.map((name) => `linux/${name}`).join(',');
  return xbuildCommand(engine, `preflight --platform ${platforms} --fix`);
}

/** Whether commands that are typed where xbuild runs reach the engine's machine. */
function isHere(engine: FixedEngine): boolean {
  return !engine.remote && !engine.desktop;
}

/** For sentences: `this machine`, or the engine's name. */
export function machineName(engine: FixedEngine): string {
  return isHere(engine) ? 'this machine' : `the engine's machine (${engine.name})`;
}

/** A container that may do what root may. Engines with userns-remap refuse it without --userns. */
function privileged(engine: FixedEngine, words: string): string {
  const userns = engine.usernsRemap ? ' --userns=host' : '';
  return `${dockerCommand(engine)} run --privileged${userns} --rm ${words}`;
}

function sshTarget(url: string): string | undefined {
  if (!url.startsWith('ssh://') || !URL.canParse(url)) return undefined;
  const { username, hostname, port } = new URL(url);
  const destination = username === '' ? hostname : `${username}@${hostname}`;
  return [...(port === '' ? [] : ['-p', port]), shellQuote(destination)].join(' ');
}

/** The command that runs a shell line as root on the engine's own machine, in its namespaces. */
export function asRoot(engine: FixedEngine, line: string): string {
  const command = /[<>|&;]/.test(line) ? `sh -c ${shellQuote(line)}` : line;
  if (isHere(engine)) return `sudo ${command}`;
  const target = sshTarget(engine.endpoint.url);
  if (target !== undefined) return `ssh -t ${target} ${shellQuote(`sudo ${command}`)}`;
  // Root of a rootless engine's container is nobody outside; only a root shell there can do it.
  if (engine.rootless) return `sudo ${command}`;
  return privileged(engine, `--pid=host alpine nsenter -t 1 -m -- ${command}`);
}

/** Where a fix as root has to be typed, if that is not plain. */
export function placeOfRoot(engine: FixedEngine): string {
  const reachable = isHere(engine) || sshTarget(engine.endpoint.url) !== undefined;
  return engine.rootless && !reachable ? ` Run this as root on ${engine.name}.` : '';
}

/**
 * The package of static emulators with rules, of the distributions that have apt.
 *
 * Debian 13 and Ubuntu 25.04 made qemu-user static and left registration to qemu-user-binfmt;
 * before, qemu-user-binfmt registers the dynamically linked one. Source: Debian bug 1079569 ff.
 */
export function aptPackage(operatingSystem: string): string | undefined {
  const match = /\b(Debian|Ubuntu|Raspbian|Linux Mint|Pop!_OS)\b\D*(?<major>\d+)?/i.exec(
    operatingSystem,
  );
  if (match === null) return undefined;
  const major = Number(match.groups?.['major'] ?? 0);
  const debian = /debian|raspbian/i.test(match[0]);
  // Debian's testing and unstable have no number.
  const merged = debian ? major === 0 || major >= 13 : major >= 25;
  return merged ? 'qemu-user-binfmt' : 'qemu-user-static';
}

function packageCommand(engine: FixedEngine): string | undefined {
  const apt = aptPackage(engine.operatingSystem);
  if (apt !== undefined) return `apt-get install --yes ${apt}`;
  return /\b(Fedora|Red Hat|CentOS|Rocky|AlmaLinux)\b/i.test(engine.operatingSystem)
    ? 'dnf install -y qemu-user-static'
    : undefined;
}

function installCommand(engine: FixedEngine, architectures: readonly string[]): string {
  return privileged(engine, `tonistiigi/binfmt --install ${architectures.join(',') || 'all'}`);
}

/** As root on a rootless engine's machine: its package, else an engine that does run as root. */
function rootlessInstall(engine: FixedEngine, architectures: readonly string[]): string[] {
  const packages = packageCommand(engine);
  if (packages !== undefined) return [asRoot(engine, packages)];
  const line = `docker run --privileged --rm tonistiigi/binfmt --install ${architectures.join(',')}`;
  return [asRoot(engine, line)];
}

const rootlessText =
  "The engine runs without root, so no container of it may change the kernel's rules: install the emulators as root on its machine.";

/** Gives an engine rules and emulators that it does not have. */
export function installFix(engine: FixedEngine, architectures: readonly string[]): Fix {
  if (engine.rootless) return rootlessFix(engine, architectures);
  const apt = aptPackage(engine.operatingSystem);
  const commands = [fixCommand(engine, architectures)];
  if (isHere(engine) && apt !== undefined) {
    return {
      text: 'Register static emulators: each change is shown, asked for, proven, and undone where it does not help. The package alone does it too, and its rules come back at every boot.',
      commands,
      // --reinstall: where it is installed already, its rules have gone and come back so.
      instead: [`sudo apt-get install --reinstall --yes ${apt}`],
    };
  }
  return {
    text: "Register static emulators with the engine's kernel: each change is shown, asked for, proven, and undone where it does not help. They stay until it restarts.",
    commands,
    instead: [installCommand(engine, architectures)],
  };
}

/** No container of such an engine may do it; on this machine root may. */
function rootlessFix(
  engine: FixedEngine,
  architectures: readonly string[],
  removals: readonly string[] = [],
): Fix {
  const text = rootlessText + placeOfRoot(engine);
  const lines = [...removals, ...rootlessInstall(engine, architectures)];
  if (!isHere(engine)) return { text, commands: lines };
  const replace = removals.length > 0 ? ' --replace' : '';
  const line = `sudo xbuild binfmt add ${architectures.join(' ')} --local${replace}`;
  return { text, commands: [line], instead: lines };
}

/** Names that the rules for architectures have not; a rule of another name is not replaced by theirs. */
function strangers(names: readonly string[], architectures: readonly string[]): string[] {
  const usual = new Set(architectures.map((name) => `qemu-${findArchitecture(name)?.qemu}`));
  return names.filter((name) => !usual.has(name));
}

function removal(engine: FixedEngine, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const end = names.some((name) => name.startsWith('-')) ? '-- ' : '';
  const words = names.map(shellQuote).join(' ');
  return [xbuildCommand(engine, 'binfmt remove').concat(` ${end}${words}`)];
}

/** Puts good rules in the place of bad ones; the same names cannot be registered twice. */
export function replaceFix(
  engine: FixedEngine,
  rules: readonly Rule[],
  architectures: readonly string[],
): Fix {
  const names = rules.map(({ name }) => name);
  if (engine.rootless) return rootlessFix(engine, architectures, removeCommands(engine, names));
  const apt = aptPackage(engine.operatingSystem);
  const lasting =
    apt === undefined
      ? ''
      : ` To make it last, have the package ${apt} there and no other qemu-user.`;
  return {
    text: `Put rules with flag F and static emulators in the place of the ones there; they stay until the kernel restarts.${lasting}`,
    commands: replacement(engine, names, architectures),
    instead: byHand(engine, names, architectures),
  };
}

/** Without an architecture it is not known which rule is missing: then all are looked at. */
function replacement(
  engine: FixedEngine,
  names: readonly string[],
  architectures: readonly string[],
): string[] {
  const last =
    architectures.length === 0
      ? 'preflight --fix'
      : `binfmt add ${architectures.join(' ')} --replace`;
  return [...removal(engine, strangers(names, architectures)), xbuildCommand(engine, last)];
}

function byHand(
  engine: FixedEngine,
  names: readonly string[],
  architectures: readonly string[],
): string[] {
  return [...removeCommands(engine, names), installCommand(engine, architectures)];
}

/** Puts a newer emulator in the place of one that works, and breaks images. */
export function upgradeFix(engine: FixedEngine, rule: Rule | undefined, architecture: string): Fix {
  const names = rule === undefined ? [] : [rule.name];
  const commands = engine.rootless
    ? [...removeCommands(engine, names), ...rootlessInstall(engine, [architecture])]
    : byHand(engine, names, [architecture]);
  return {
    text: `Register a newer emulator if your image is hit (or build that stage on the engine's own CPU: FROM --platform=$BUILDPLATFORM).${placeOfRoot(engine)}`,
    commands,
  };
}

/** Writes a command (`1`, `0`, `-1`) to the file of a rule, or to `status`. */
export function commandRuleFile(engine: FixedEngine, name: string, command: string): string {
  return asRoot(engine, `echo ${command} > ${shellQuote(`${RULES}/${name}`)}`);
}

function removeCommands(engine: FixedEngine, names: readonly string[]): string[] {
  if (names.length < 2) return names.map((name) => commandRuleFile(engine, name, '-1'));
  const words = names.map(shellQuote).join(' ');
  return [asRoot(engine, `for rule in ${words}; do echo -1 > "${RULES}/$rule"; done`)];
}

/** Mounts binfmt_misc on the engine's machine, and gives it rules: a fresh table is empty. */
export function mountFix(
  engine: FixedEngine,
  steps: readonly string[],
  architectures: readonly string[],
): Fix {
  const install = engine.rootless
    ? rootlessInstall(engine, architectures)
    : [fixCommand(engine, architectures)];
  return {
    text: `Mount it on ${machineName(engine)}, then give it rules.${placeOfRoot(engine)}`,
    commands: [
      ...steps.map((step) => asRoot(engine, step)),
      ...(architectures.length === 0 ? [] : install),
    ],
  };
}
