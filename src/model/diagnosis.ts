import type { ContainerFacts, StartConfig } from './container.ts';
import type { Credentials } from './credentials.ts';
import type { Trace } from './exec-result.ts';
import type { BinfmtFacts, Endpoint, FileFacts, KernelFacts, Known } from './facts.ts';
import type { Fix } from './finding.ts';
import type { Refused } from './path-walk.ts';

/**
 * What a diagnosis is made of: plain JSON values, so that they can be saved on one machine and
 * judged on another. No secrets: of environments the names only. Paths are byte strings as in
 * facts.ts; text that people or programs wrote (logs, errors) is text, and untrusted.
 */

export interface DiagnosisFacts {
  schemaVersion: 1;
  target: Target;
  surface: Surface;
  /** The platform of the image, formatted; what a build step ran for; absent where not known. */
  platform?: string;
  /** What the kernel runs without a rule, in Docker's words: `amd64`, `386`. Empty: not known. */
  native: string[];
  container?: ContainerFacts;
  image?: ImageDiagnosisFacts;
  engine?: EngineSummary;
  /** The kernel that runs it, and its rules. */
  kernel: Known<KernelFacts>;
  /** The machine that xbuild runs on, and Docker's command there. */
  client?: ClientDiagnosisFacts;
  /** What was looked at, as the container has it: also what is mounted into it. */
  files: DiagnosedFile[];
  /** Of the libraries that /etc/ld.so.cache lists: the paths of those that were looked for. */
  cachedLibraries?: string[];
  /** The same paths below mounts, as the image itself has them. */
  hiddenFiles: FileFacts[];
  /**
   * What execve(2) comes to, one a program: first the one that was to be started, then what it
   * starts. Made from the other facts, and made anew when facts are read back.
   */
  traces: ProgramTrace[];
  /** Facts that could not be read: one sentence each, without a full stop. */
  missing: string[];
}

/** `step`: a build's RUN; its own state is gone, and what it started from is looked at. */
export type TargetKind = 'container' | 'image' | 'file' | 'log' | 'step';

/** What was asked about. */
export interface Target {
  kind: TargetKind;
  /** As the user named it; `-` for standard input. */
  name: string;
  /** Of a file: its path, a byte string. */
  path?: string;
  /** In which image or container a file is; absent for a file of this machine. */
  within?: { kind: 'image' | 'container'; name: string };
  /** The command of --exec, in place of its own start; of a step, what BuildKit executes. */
  exec?: string[];
}

/**
 * How far it came.
 *
 * `client`: Docker's command did not reach the engine. `pull`, `create`: there is no container.
 * `runtime`: the OCI runtime refused before execve(2); State.Error is set. `exec`: execve(2) itself
 * failed. `program`: it ran, and ended with a failure. `build`: a build's step failed. `running`:
 * it runs now. `ended`: it ran and ended with 0. `never`: nothing was started. `unknown`: a log
 * does not tell.
 */

export type Stage =
  | 'client'
  | 'pull'
  | 'create'
  | 'runtime'
  | 'exec'
  | 'program'
  | 'build'
  | 'running'
  | 'ended'
  | 'never'
  | 'unknown';

/** What people saw. */
export interface Surface {
  stage: Stage;
  exitCode: number | null;
  /** Without escape sequences; the first and the last ones of a long log. */
  lines: SurfaceLine[];
  /** Lines between the first and the last ones were left out. */
  cut: boolean;
}

/** One line that people saw, and where. */
export interface SurfaceLine {
  /** `state`: State.Error. `health`: State.Health.Log. `log`: the container's, or the log given. */
  from: 'state' | 'health' | 'log' | 'exec';
  text: string;
  /** The line's number in the log, from 1. */
  number?: number;
}

/** An image: what it is for, by its configuration and by its index, and how it was made. */
export interface ImageDiagnosisFacts {
  reference: string;
  id?: string;
  /** What the image's own configuration says. */
  configPlatform?: string;
  /** What its descriptor in the index says. */
  indexPlatform?: string;
  /** All of the index; absent where the engine does not show it. */
  entries?: { platform: string; kind: 'image' | 'attestation' | 'unknown'; available: boolean }[];
  /** What was asked for, by --platform, of the container or of this command. */
  askedPlatform?: string;
  /** The engine has no such image; its own words. */
  refusal?: string;
  config?: StartConfig;
  /** `RUN /bin/sh -c …`, the newest last; values of build arguments are left out. */
  history: string[];
}

/** What of an engine has a bearing on why something does not run. */
export interface EngineSummary {
  /** How the docker command reaches it; absent in facts of older versions. Without passwords. */
  endpoint?: Endpoint;
  version: string;
  architecture: string;
  operatingSystem: string;
  kernelVersion: string;
  store: 'containerd' | 'classic';
  defaultRuntime: string;
  runtimes: string[];
  rootless: boolean;
  usernsRemap: boolean;
  desktop: boolean;
  remote: boolean;
}

/** The machine that Docker's command runs on; absent for facts from elsewhere. */
export interface ClientDiagnosisFacts {
  /** Docker's word. */
  architecture: string;
  /** DOCKER_DEFAULT_PLATFORM. */
  defaultPlatform?: string;
  /** Its own rules, where its kernel is the engine's too and none of the engine's takes a program. */
  binfmt?: BinfmtFacts;
  /** CLI plugins, credential helpers and OCI runtimes that the surface names. */
  programs: { role: 'plugin' | 'credential-helper' | 'runtime' | 'file'; trace: ProgramTrace }[];
}

/** A file, and what the mount that it is on says. */
export interface DiagnosedFile extends FileFacts {
  noexec?: boolean;
  nosuid?: boolean;
}

/** One program, and what comes of executing it. */
export interface ProgramTrace {
  /**
   * `start`: ENTRYPOINT and CMD. `init`: docker-init. `health`: the healthcheck. `exec`: --exec.
   * `child`: what another program of this list is seen to start (a shell's command, the program
   * after tini's `--`, env's). `mentioned`: a path that the surface complains about. `file`: the
   * target itself.
   */
  role: 'start' | 'init' | 'health' | 'exec' | 'child' | 'mentioned' | 'file';
  /** Byte strings. */
  argv: string[];
  /** An index of `traces`, for a child. */
  parent?: number;
  /** Who starts a child: `shell`, `env`, `init` or `emulator`; `reader`: a shell that only reads it. */
  by?: 'shell' | 'env' | 'init' | 'emulator' | 'reader';
  /** The script asks whether it is there, or has something else to do where it is not. */
  optional?: true;
  cwd: string;
  user: Credentials;
  /** How argv[0] was looked up, as runc, a shell or env would before execve(2). */
  lookup:
    | { path: string }
    | { path: string; refused: Refused }
    | { absent: true; folders: string[] }
    | { unknown: string };
  /** Null where the lookup ends it. */
  trace: Trace | null;
}

/** How sure a cause is: see `CauseMatch`. */
export type Confidence = 'certain' | 'likely' | 'possible';

/** A cause that fits the facts. */
export interface CauseMatch {
  /**
   * `certain`: a trace ends where the failure says. `likely`: the facts fit. `possible`: only the
   * text does.
   */
  confidence: Confidence;
  /** One sentence about this very case, the answer's first line: `/app/run is …`. No full stop. */
  message: string;
  /** One fact a line. */
  evidence: string[];
  fix: Fix;
  /** Which of `traces` shows it; the first one by default. */
  trace?: number;
}

/** One entry of the catalogue. `id` is part of the interface: scripts compare it. */
export interface Cause {
  id: string;
  family: string;
  /** Half a sentence: `no rule for this architecture`. */
  title: string;
  /** How it comes to the message that people see: a few sentences. */
  why: string;
  /** How to keep it from happening again: a sentence or two. */
  prevent: string;
  /**
   * Ids that are only consequences where this one fits: they are ranked behind it whatever their
   * confidence.
   */
  before?: readonly string[];
  /** It may end with 0 all the same: it is looked for there, too. */
  silent?: true;
  /** Pure; never throws. Undefined where the facts do not show it. */
  match(facts: DiagnosisFacts): CauseMatch | undefined;
}

/** A match with what the catalogue says of its cause. */
export interface DiagnosedCause extends CauseMatch {
  id: string;
  family: string;
  title: string;
  why: string;
  prevent: string;
}

/** The answer. */
export interface Diagnosis {
  target: Target;
  surface: Surface;
  /** Null: nothing is wrong that the facts show, or they do not tell; `answer` says which. */
  cause: DiagnosedCause | null;
  others: DiagnosedCause[];
  /** `cause`: found. `fine`: nothing is wrong here. `open`: it failed, and nothing explains it. */
  answer: 'cause' | 'fine' | 'open';
  /** What was looked at, one sentence each. */
  checked: string[];
  missing: string[];
  facts: DiagnosisFacts;
}
