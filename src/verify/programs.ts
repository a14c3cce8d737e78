import type { ImageConfig } from './image-facts.ts';
import { byteString } from '../model/bytes-text.ts';
import { commandsIn } from '../model/script-commands.ts';
import { candidates, wordsOf } from './start-command.ts';

/** A program that starting the image executes, or is likely to. */
export interface NamedProgram {
  /** As the configuration names it, a byte string. */
  name: string;
  /** The first one is executed for certain; others are what it is likely to start. */
  certain: boolean;
}

const shells = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh', 'busybox']);
/** Programs whose arguments are programs of another architecture on purpose. */
const emulators = /^(?:qemu-|box(?:64|86)|FEX|wine|hangover)/;
const mostFurther = 4;

function baseName(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}

function further(config: ImageConfig): string[] {
  const [first = '', ...rest] = wordsOf(config);
  if (emulators.test(baseName(first))) return [];
  if (shells.has(baseName(first)) && rest[0] === '-c') {
    return commandsIn(rest[1] ?? '').slice(0, mostFurther);
  }
  const afterDashes = rest.indexOf('--') + 1;
  const named = [
    ...rest.filter((word) => /^\/[^\s]+$/.test(word)),
    ...(afterDashes === 0 ? [] : rest.slice(afterDashes, afterDashes + 1)),
    ...(config.entrypoint.length > 0 ? config.cmd.slice(0, 1) : []),
  ];
  const plain = named.filter((word) => /^[\w./+][\w./+-]*$/.test(word) && word !== first);
  return [...new Set(plain)].slice(0, mostFurther);
}

/**
 * The programs that starting an image executes: the first word, then what that one is likely to
 * start: a shell's command, the arguments of an entrypoint script or of an init such as tini.
 */
export function programsOf(config: ImageConfig): NamedProgram[] {
  const [first] = wordsOf(config);
  if (first === undefined) return [];
  return [
    { name: byteString(first), certain: true },
    ...further(config).map((word) => ({ name: byteString(word), certain: false })),
  ];
}

const plainShell = ['/bin/sh', '-c'];
/** What a shell does itself, or what is more than a name. */
const builtins = new Set(
  '. : [ break case cd command continue echo eval exec exit export false for if kill local printf read return set shift test time trap true type ulimit umask unset until wait while'.split(
    ' ',
  ),
);

/** The first word of a shell command, where it is a plain name that the PATH is searched for. */
export function firstName(script: string): string | undefined {
  const name = /^\s*(?<name>[\w][\w.+-]*)(?=[\s;&|]|$)/.exec(script)?.groups?.['name'];
  return name === undefined || builtins.has(name) ? undefined : name;
}

/** What the health check executes. Source: the engine's daemon/health.go. */
export function healthPrograms({
  healthcheck = [],
  shell = plainShell,
}: ImageConfig): NamedProgram[] {
  const [kind, ...words] = healthcheck;
  if (kind === 'CMD' && words[0] !== undefined) {
    return [{ name: byteString(words[0]), certain: true }];
  }
  if (kind !== 'CMD-SHELL') return [];
  const script = words[0] ?? '';
  const command = commandsIn(script)[0] ?? firstName(script);
  return [
    { name: byteString(shell[0] ?? ''), certain: true },
    ...(command === undefined ? [] : [{ name: byteString(command), certain: false }]),
  ];
}

/** What starts commands in shell form, where the image names it. */
export function shellPrograms({ shell }: ImageConfig): NamedProgram[] {
  return shell?.[0] === undefined ? [] : [{ name: byteString(shell[0]), certain: true }];
}

/** The paths that the judgement will ask for, so that one look at the image is enough. */
export function pathsToLookAt(config: ImageConfig): string[] {
  const programs = [...programsOf(config), ...healthPrograms(config), ...shellPrograms(config)];
  const paths = programs.flatMap(({ name }) => candidates(name, config));
  const named = config.user === '' || config.user === '0' ? [] : ['/etc/passwd', '/etc/group'];
  return [...new Set([...paths, ...named])];
}
