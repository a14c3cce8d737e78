import { findRule, headOf, type Rule } from './binfmt-rule.ts';
import { idsFor, permits, root, type Credentials } from './credentials.ts';
import { loadElf, loaderFault } from './elf-load.ts';
import type { Elf } from './elf.ts';
import type {
  ExecReason,
  Failed,
  GuestLoader,
  Hop,
  Opening,
  Started,
  Taker,
  Trace,
} from './exec-result.ts';
import { describeNode } from './file-kind.ts';
import { hasHead, headBytes, type FileNode, type FileView } from './file-view.ts';
import { openForExec, walkPath, type Found, type Walk, type Walker } from './path-walk.ts';
import { parseScriptLine, type ScriptLine } from './script.ts';

export type {
  ExecReason,
  Failed,
  GuestLoader,
  Hop,
  Opening,
  Started,
  Taker,
  Trace,
  Unanswered,
} from './exec-result.ts';

/** execveat(2) with a descriptor: of the file itself, or of the directory that `path` starts at. */
export interface Descriptor {
  number: number;
  /** A directory of the view; absent where the descriptor is of the file (AT_EMPTY_PATH). */
  directory?: string;
  closeOnExec: boolean;
}

/** One call of execve(2), and all that decides what comes of it. Paths are byte strings. */
export interface ExecInput {
  path: string;
  argv: readonly string[];
  view: FileView;
  /** In match order; of the user namespace of the caller. */
  rules: readonly Rule[];
  /** binfmt_misc's switch, `status`. */
  enabled: boolean;
  /** What the kernel runs without a rule, in Docker's words: `amd64`, `386`. */
  native: readonly string[];
  /** As a path of the view; `/` by default. */
  root?: string;
  /** As a path of the view; the root by default. */
  cwd?: string;
  /** Root by default. */
  credentials?: Credentials;
  noNewPrivs?: boolean;
  descriptor?: Descriptor;
  /** What rules with flag F hold open, by rule name. */
  held?: Readonly<Record<string, { path: string; node: FileNode }>>;
}

type End = Trace['end'];

const MOST_INTERPRETERS = 5;

/** What the kernel keeps in its struct linux_binprm. */
interface Program {
  file: Found;
  /** bprm->interp. */
  name: string;
  argv: string[];
  depth: number;
  wantsExecfd: boolean;
  execfd?: Found;
  credentialsOfExecfd: boolean;
  preservesArgv0: boolean;
  guest?: string;
}

function failed(errno: string, reason: ExecReason, at: string): Failed {
  return { ok: false, errno, reason, at };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function isFound(walk: Walk): walk is Found {
  return 'node' in walk;
}

/** How a walk that found nothing ends the trace. */
function endOf(walk: Exclude<Walk, Found>, opening: Opening, name: string): End {
  if ('needs' in walk) return { ok: 'unknown', needs: walk.needs, what: 'file' };
  return { ...failed(walk.errno, walk.reason, walk.at), opening, name };
}

class Tracer {
  readonly input: ExecInput;
  readonly walker: Walker;
  readonly hops: Hop[] = [];

  constructor(input: ExecInput) {
    const rootPath = input.root ?? '/';
    this.input = input;
    this.walker = {
      view: input.view,
      root: rootPath,
      cwd: input.cwd ?? rootPath,
      credentials: input.credentials ?? root,
    };
  }

  /** bprm->filename: what the caller said, or a path under /dev/fd. */
  get filename(): string {
    const { descriptor, path } = this.input;
    if (descriptor === undefined) return path;
    if (descriptor.directory === undefined) return `/dev/fd/${descriptor.number}`;
    return path.startsWith('/') ? path : `/dev/fd/${descriptor.number}/${path}`;
  }

  get nameVanishes(): boolean {
    return this.input.descriptor?.closeOnExec === true && this.filename !== this.input.path;
  }

  trace(): Trace {
    const { path, argv, descriptor } = this.input;
    const file: Walk =
      path === ''
        ? { errno: 'ENOENT', reason: 'missing', at: this.walker.cwd }
        : openForExec(this.walker, path, descriptor?.directory);
    if (!isFound(file)) return { hops: this.hops, end: endOf(file, 'program', path) };
    const program: Program = {
      file,
      name: this.filename,
      argv: argv.length === 0 ? [''] : [...argv],
      depth: 0,
      wantsExecfd: false,
      credentialsOfExecfd: false,
      preservesArgv0: false,
    };
    let end: End | undefined;
    while (end === undefined) end = this.hop(program);
    return { hops: this.hops, end };
  }

  /** search_binary_handler, once: an end, or undefined where there is another interpreter. */
  hop(program: Program): End | undefined {
    if (program.depth > MOST_INTERPRETERS) {
      return failed('ELOOP', 'too-many-interpreters', program.file.path);
    }
    const { node, path } = program.file;
    if (!hasHead(node)) return { ok: 'unknown', needs: path, what: 'file' };
    const head = headOf(headBytes(node));
    const rule = this.input.enabled ? findRule(this.input.rules, head, program.name) : undefined;
    if (rule === 'unknown') return { ok: 'unknown', needs: program.name, what: 'rule' };
    if (rule !== undefined) return this.followRule(program, rule);
    const line = parseScriptLine(head);
    if (!('notScript' in line)) return this.followScript(program, line);
    if (line.notScript === 'no-magic') return this.load(program);
    this.note(program, { by: 'nothing' });
    return failed('ENOEXEC', line.notScript, path);
  }

  followScript(program: Program, line: ScriptLine): End | undefined {
    this.note(program, { by: 'script', ...line });
    if (this.nameVanishes) return failed('ENOENT', 'descriptor-closes', program.file.path);
    const { interpreter, argument } = line;
    program.argv = [
      interpreter,
      ...(argument === undefined ? [] : [argument]),
      program.name,
      ...program.argv.slice(1),
    ];
    return this.goTo(program, interpreter, 'script-interpreter');
  }

  note(program: Program, taken: Taker): void {
    const { file, name } = program;
    const seen = describeNode(file.node);
    const architecture = seen.kind === 'elf' ? seen.architecture?.name : undefined;
    this.hops.push({
      name,
      path: file.path,
      links: file.links,
      kind: seen.kind,
      words: seen.words,
      ...(architecture === undefined ? {} : { architecture }),
      taken,
    });
  }

  followRule(program: Program, rule: Rule): End | undefined {
    const { interpreter, flags } = rule;
    const opened = flags.includes('F') ? 'held' : 'by-path';
    this.note(program, { by: 'rule', rule: rule.name, flags, interpreter, opened });
    if (this.nameVanishes) return failed('ENOENT', 'descriptor-closes', program.file.path);
    this.noteGuest(program);
    const kept = flags.includes('P') ? program.argv : program.argv.slice(1);
    program.argv = [interpreter, program.name, ...kept];
    program.preservesArgv0 ||= flags.includes('P');
    program.wantsExecfd ||= flags.includes('O');
    program.credentialsOfExecfd ||= flags.includes('C');
    if (opened === 'by-path') return this.goTo(program, interpreter, 'rule-interpreter');
    const held = this.input.held?.[rule.name];
    if (held === undefined) return { ok: 'unknown', needs: interpreter, what: 'held' };
    return this.replace(program, interpreter, { ...held, links: [] });
  }

  goTo(program: Program, interpreter: string, opening: Opening): End | undefined {
    const file = openForExec(this.walker, interpreter);
    if (!isFound(file)) return endOf(file, opening, interpreter);
    return this.replace(program, interpreter, file);
  }

  /** The end of exec_binprm's loop: the interpreter becomes what is executed. */
  replace(program: Program, name: string, file: Found): End | undefined {
    if (program.wantsExecfd) {
      if (program.execfd !== undefined) {
        return failed('ENOEXEC', 'interpreter-needs-interpreter', program.file.path);
      }
      program.execfd = program.file;
    }
    program.file = file;
    program.name = name;
    program.depth++;
    return undefined;
  }

  /** Remembers the loader of a program that an emulator will have to load. */
  noteGuest(program: Program): void {
    const elf = describeNode(program.file.node);
    if (elf.kind !== 'elf' || elf.architecture === undefined) return;
    const load = loadElf(program.file.node, [elf.architecture.name]);
    if (load.loads === true && load.loader !== null) program.guest = load.loader;
  }

  load(program: Program): End {
    const { node, path } = program.file;
    const load = loadElf(node, this.input.native);
    if (load.loads === 'unknown') return { ok: 'unknown', needs: path, what: 'file' };
    if (!load.loads) {
      this.note(program, { by: 'nothing' });
      const reason = load.reason === 'not-elf' ? 'no-rule-no-format' : load.reason;
      return failed('ENOEXEC', reason, path);
    }
    const architecture = load.elf.architecture?.name ?? '';
    this.note(program, { by: 'native', architecture, loader: load.loader });
    if (load.loader === null) return this.start(program);
    return this.startWithLoader(program, load.elf, load.loader);
  }

  startWithLoader(program: Program, elf: Elf, loader: string): End {
    const file = openForExec(this.walker, loader);
    if (!isFound(file)) return endOf(file, 'loader', loader);
    if (!hasHead(file.node)) return { ok: 'unknown', needs: file.path, what: 'file' };
    const fault = loaderFault(file.node, elf);
    if (fault === undefined) return this.start(program, file);
    return { ...failed(fault.errno, fault.reason, file.path), opening: 'loader', name: loader };
  }

  start(program: Program, loader?: Found): Started {
    const { file, execfd, argv, preservesArgv0 } = program;
    const { credentials } = this.walker;
    const source = program.credentialsOfExecfd && execfd !== undefined ? execfd : file;
    const ids = idsFor(credentials, source.node, this.input.noNewPrivs === true);
    const read = [file, loader, execfd].flatMap((found) => found?.node ?? []);
    const isFileItself =
      this.input.descriptor !== undefined && this.input.descriptor.directory === undefined;
    return {
      ok: true,
      program: file.path,
      argv,
      execfn: this.filename,
      ...(execfd === undefined ? {} : { execfd: { path: execfd.path } }),
      atFlags: preservesArgv0 ? 1 : 0,
      ...ids,
      comm: baseName(isFileItself ? file.path : this.filename).slice(0, 15),
      dumpable: !ids.secure && read.every((node) => permits(credentials, node, 'read')),
      ...(loader === undefined ? {} : { loader: loader.path }),
      ...(program.guest === undefined ? {} : { guestLoader: this.findGuestLoader(program.guest) }),
    };
  }

  findGuestLoader(path: string): GuestLoader {
    const walk = walkPath(this.walker, path);
    if (isFound(walk)) return { path, state: 'present' };
    if ('needs' in walk) return { path, state: 'unknown', needs: walk.needs };
    return { path, state: 'absent', errno: walk.errno };
  }
}

/**
 * Walks what execve(2) does, without doing it: which files the kernel looks at, what takes each,
 * and how it ends. Pure, and JSON: where the view does not know a path, the end says which.
 *
 * Source: fs/exec.c, fs/binfmt_misc.c, fs/binfmt_script.c, fs/binfmt_elf.c of Linux 6.18.
 */
export function traceExec(input: ExecInput): Trace {
  return new Tracer(input).trace();
}
