import type { FileFacts } from './facts.ts';

/** A container, as the engine shows it. */
export interface ContainerFacts {
  id: string;
  name: string;
  state: {
    status: string;
    exitCode: number;
    error: string;
    running: boolean;
    restarting: boolean;
    restartCount: number;
    oomKilled: boolean;
    health?: { status: string; log: { exitCode: number; output: string }[] };
  };
  config: StartConfig;
  /** Path and Args: what the engine puts together, without the init of --init. */
  argv: string[];
  host: {
    /** --init: docker-init is process 1. */
    init: boolean;
    runtime: string;
    privileged: boolean;
    readOnlyRoot: boolean;
    capAdd: string[];
    capDrop: string[];
    noNewPrivileges: boolean;
    seccomp: SeccompFacts;
    usernsMode: string;
    restartPolicy: string;
  };
  mounts: MountFacts[];
}

/** How an image or a container is started: text as in its JSON. */
export interface StartConfig {
  entrypoint: string[];
  cmd: string[];
  user: string;
  workingDir: string;
  /** Names only. */
  envNames: string[];
  /** PATH's value, or Docker's default. */
  path: string;
  /** Values of variables that change how programs are run: QEMU_*, LD_LIBRARY_PATH, LD_PRELOAD. */
  runtimeEnv: Readonly<Record<string, string>>;
  /** `["CMD-SHELL", "curl …"]`; absent where there is none. */
  healthcheck?: string[];
  shell?: string[];
}

/** The seccomp profile of a container, and what it does with execve(2). */
export interface SeccompFacts {
  profile: 'default' | 'unconfined' | 'custom';
  /** Of a custom profile: what it does with execve(2) and execveat(2), `SCMP_ACT_ERRNO` … */
  execve?: string;
  defaultAction?: string;
  /** `SCMP_ARCH_X86_64` …; absent where the profile names none. */
  architectures?: string[];
}

/** What is mounted into a container. */
export interface MountFacts {
  type: string;
  /** A path of the engine's machine, or a volume's name. */
  source: string;
  destination: string;
  readOnly: boolean;
  /** `noexec`, `nosuid` … as the container was asked for; `size=…` and the like left out. */
  options: string[];
  /** What is at the destination in the container. */
  kind?: FileFacts['kind'];
  /** How many entries a mounted directory has; counted up to 100. */
  entries?: number;
}
