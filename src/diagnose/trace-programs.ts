import { root, type Credentials } from '../model/credentials.ts';
import type { DiagnosedFile, DiagnosisFacts, ProgramTrace } from '../model/diagnosis.ts';
import type { StartConfig } from '../model/container.ts';
import { traceExec } from '../model/exec-trace.ts';
import { viewOfFacts, type FileView } from '../model/file-view.ts';
import type { Walker } from '../model/path-walk.ts';
import { byteString } from '../model/bytes-text.ts';
import { readImageUser } from '../verify/image-user.ts';
import {
  candidates,
  directoryOf,
  findProgram,
  pathOf,
  type Lookup,
} from '../verify/start-command.ts';
import { childrenOf, wordsAtEnd } from './children.ts';
import { mentionedPaths } from './mentions.ts';
import { rulesOf, type RuleTable } from './rules.ts';
import { isShell, lookUpScript, scriptOfShell } from './shell-script.ts';
import { emptyStart, lookupConfigOf } from './start-config.ts';

/** The traces, and what must be known to make better ones. */
export interface Tracing {
  traces: ProgramTrace[];
  /** Paths of the view. */
  needs: string[];
  /** Rules with flag F hold files open that are not known: what they take, and their interpreter. */
  held: { path: string; interpreter: string }[];
}

type Role = ProgramTrace['role'];

const mostTraces = 24;
const deepestChild = 4;

class Tracer {
  readonly facts: DiagnosisFacts;
  readonly config: StartConfig;
  readonly view: FileView;
  readonly table: RuleTable;
  readonly traces: ProgramTrace[] = [];
  readonly needs = new Set<string>();
  readonly held = new Map<string, string>();

  constructor(facts: DiagnosisFacts) {
    this.facts = facts;
    this.config = facts.container?.config ?? facts.image?.config ?? emptyStart;
    this.view = viewOfFacts(facts.files.map((file) => withMount(file, facts)));
    this.table = rulesOf(facts.kernel);
  }

  get cwd(): string {
    return directoryOf(this.config);
  }

  user(): Credentials | undefined {
    const user = readImageUser(this.config.user, this.view);
    if ('needs' in user) this.needs.add(user.needs);
    if (!('uid' in user)) return 'needs' in user ? undefined : numericUser(this.config.user);
    const capDrop = this.facts.container?.host.capDrop ?? [];
    const capAdd = this.facts.container?.host.capAdd ?? [];
    const dropped = capDrop.some((word) => /^(?:ALL|(?:CAP_)?DAC_OVERRIDE)$/i.test(word));
    const added = capAdd.some((word) => /^(?:ALL|(?:CAP_)?DAC_OVERRIDE)$/i.test(word));
    return dropped && !added ? { ...user, overrides: false } : user;
  }

  /** Traces one program, and what it is seen to start. */
  add(role: Role, argv: readonly string[], from: Partial<ProgramTrace> = {}, depth = 0): void {
    if (argv.length === 0 || this.traces.length >= mostTraces) return;
    const user = this.user();
    if (user === undefined) return;
    const [name = ''] = argv;
    const walker: Walker = { view: this.view, root: '/', cwd: this.cwd, credentials: user };
    const found = findProgram(name, lookupConfigOf(this.config), walker);
    const lookup = this.lookupOf(found, name);
    const trace: ProgramTrace = {
      role,
      argv: [...argv],
      ...from,
      cwd: this.cwd,
      user,
      lookup,
      trace: null,
    };
    const index = this.traces.push(trace) - 1;
    if (!('found' in found)) return;
    // What an emulator is given it loads itself: there is no execve(2) of it.
    const words = from.by === 'emulator' ? [...argv] : this.execute(trace, found.path, user);
    if (words === undefined || depth >= deepestChild) return;
    if (from.by !== 'shell') this.addScript(words, index, walker);
    for (const { argv: own, ...how } of childrenOf(words, this.view)) {
      this.add('child', own, { parent: index, ...how }, depth + 1);
    }
  }

  /** The script that a shell is started with, where it cannot open it. */
  addScript(words: readonly string[], parent: number, walker: Walker): void {
    const own = /(?:^|\/)busybox$/.test(words[0] ?? '') ? words.slice(1) : words;
    const script = isShell(own[0] ?? '') ? scriptOfShell(own) : undefined;
    if (script === undefined) return;
    const found = lookUpScript(script, lookupConfigOf(this.config), walker);
    if (found === undefined) return;
    if ('needs' in found) return void this.needs.add(found.needs);
    const { cwd, credentials: user } = walker;
    const argv = [script.path, ...script.own];
    this.traces.push({
      role: 'child',
      by: 'reader',
      parent,
      argv,
      cwd,
      user,
      lookup: found,
      trace: null,
    });
  }

  /** Walks the execve(2); the words with which the program runs, where it does. */
  execute(program: ProgramTrace, path: string, user: Credentials): string[] | undefined {
    const trace = traceExec({
      path,
      argv: program.argv,
      view: this.view,
      ...this.table,
      native: this.facts.native,
      cwd: this.cwd,
      credentials: user,
      noNewPrivs: this.facts.container?.host.noNewPrivileges ?? false,
    });
    program.trace = trace;
    const { end, hops } = trace;
    if (end.ok === 'unknown') {
      if (end.what === 'file') this.needs.add(end.needs);
      else this.held.set(hops.at(-1)?.path ?? end.needs, end.needs);
      return undefined;
    }
    if (!end.ok) return undefined;
    const guest = end.guestLoader;
    if (guest?.needs !== undefined) this.needs.add(guest.needs);
    return wordsAtEnd(hops, program.argv);
  }

  lookupOf(found: Lookup, name: string): ProgramTrace['lookup'] {
    if ('needs' in found) {
      this.needs.add(found.needs);
      // All folders of PATH at once: one more question each would take its time.
      for (const path of candidates(name, lookupConfigOf(this.config))) this.needs.add(path);
      return { unknown: `what ${found.needs} is` };
    }
    if ('absent' in found) {
      return { absent: true, folders: pathOf(lookupConfigOf(this.config)).split(':') };
    }
    if ('refused' in found) return { path: found.path, refused: found.refused };
    return { path: found.path };
  }
}

function numericUser(user: string): Credentials {
  const [uid = '', gid = ''] = user.split(':');
  return /^\d+$/.test(uid) ? { uid: Number(uid), gid: Number(gid) || 0 } : root;
}

/** A file, with what the options of the mount that it is on say. */
function withMount(file: DiagnosedFile, { container }: DiagnosisFacts): DiagnosedFile {
  const mount = container?.mounts
    .filter(({ destination }) => isBelow(file.path, destination))
    .toSorted((a, b) => b.destination.length - a.destination.length)[0];
  if (mount === undefined) return file;
  return {
    ...file,
    ...(mount.options.includes('noexec') ? { noexec: true } : {}),
    ...(mount.options.includes('nosuid') ? { nosuid: true } : {}),
  };
}

/** Tells whether a path is a folder or below it. */
export function isBelow(path: string, folder: string): boolean {
  const prefix = folder.replace(/\/+$/, '');
  return path === prefix || path.startsWith(`${prefix}/`);
}

function bytesOf(words: readonly string[]): string[] {
  return words.map(byteString);
}

/** `["CMD-SHELL", "curl …"]` as what is executed. */
function wordsOfHealthcheck(test: readonly string[], shell: readonly string[]): string[] {
  const [kind, ...rest] = test;
  return kind === 'CMD-SHELL' ? [...shell, ...rest] : [...rest];
}

/**
 * Walks execve(2) for every program that the facts name: what the container or image starts, its
 * healthcheck, --exec, what these are seen to start, and what the surface complains about. Pure.
 */
export function traceAll(facts: DiagnosisFacts): Tracing {
  const tracer = new Tracer(facts);
  const { target, container, image, surface } = facts;
  const { config } = tracer;
  if (target.kind === 'file') {
    tracer.add('file', [target.path ?? '']);
  } else if (target.exec !== undefined) {
    tracer.add('exec', bytesOf(target.exec));
  } else if (container !== undefined || image?.config !== undefined) {
    const argv = container?.argv ?? [...config.entrypoint, ...config.cmd];
    tracer.add('start', bytesOf(argv), container?.host.init === true ? { by: 'init' } : {});
    if (config.healthcheck !== undefined) {
      const shell = config.shell ?? ['/bin/sh', '-c'];
      tracer.add('health', bytesOf(wordsOfHealthcheck(config.healthcheck, shell)));
    }
  }
  if (facts.files.length > 0 || container !== undefined) {
    const known = new Set(
      tracer.traces.flatMap(({ lookup }) => ('path' in lookup ? [lookup.path] : [])),
    );
    for (const path of bytesOf(mentionedPaths(surface.lines))) {
      if (!known.has(path)) tracer.add('mentioned', [path]);
    }
  }
  return {
    traces: tracer.traces,
    needs: [...tracer.needs],
    held: [...tracer.held].map(([path, interpreter]) => ({ path, interpreter })),
  };
}
