import type Dockerode from 'dockerode';
import type { ContainerFacts, MountFacts, SeccompFacts } from '../model/container.ts';
import { withoutSecrets } from '../model/secrets.ts';
import type { Platform } from '../model/platform.ts';
import { startConfigOf, type InspectedStart } from './start-config.ts';

/** The part of GET /containers/NAME/json that is read here. */
export interface InspectedContainer {
  Id: string;
  Name: string;
  Image: string;
  Path: string;
  Args: string[];
  RestartCount?: number;
  ImageManifestDescriptor?: { platform?: Platform };
  State: {
    Status: string;
    Running: boolean;
    Restarting: boolean;
    OOMKilled?: boolean;
    ExitCode: number;
    Error: string;
    Health?: { Status: string; Log?: { ExitCode: number; Output: string }[] | null };
  };
  Config: InspectedStart & { Image: string; Tty?: boolean };
  HostConfig: {
    Init?: boolean | null;
    Runtime?: string;
    Privileged?: boolean;
    ReadonlyRootfs?: boolean;
    CapAdd?: string[] | null;
    CapDrop?: string[] | null;
    SecurityOpt?: string[] | null;
    UsernsMode?: string;
    RestartPolicy?: { Name?: string };
    Tmpfs?: Record<string, string> | null;
    Mounts?: { Type: string; Target: string; TmpfsOptions?: { Options?: string[][] } }[] | null;
  };
  Mounts?: InspectedMount[];
}

interface InspectedMount {
  Type: string;
  Name?: string;
  Source?: string;
  Destination: string;
  Mode?: string;
  RW?: boolean;
}

/** Asks the engine for a container. */
export async function inspectContainer(
  docker: Dockerode,
  name: string,
): Promise<InspectedContainer> {
  return (await docker.getContainer(name).inspect()) as unknown as InspectedContainer;
}

const longestOutput = 4000;

/** Keeps of a container what decides how it starts, and how it ended. */
export function containerFactsOf(container: InspectedContainer): ContainerFacts {
  const { State: state, HostConfig: host, Config: config } = container;
  const health = state.Health;
  const argv = container.Path === '' ? [] : [container.Path, ...container.Args];
  return {
    id: container.Id,
    name: container.Name.replace(/^\//, ''),
    state: {
      status: state.Status,
      exitCode: state.ExitCode,
      error: withoutSecrets(state.Error),
      running: state.Running,
      restarting: state.Restarting,
      restartCount: container.RestartCount ?? 0,
      oomKilled: state.OOMKilled === true,
      ...(health === undefined || health.Status === 'none'
        ? {}
        : {
            health: {
              status: health.Status,
              log: (health.Log ?? []).map(({ ExitCode: exitCode, Output: output }) => ({
                exitCode,
                output: withoutSecrets(output.slice(0, longestOutput)),
              })),
            },
          }),
    },
    config: startConfigOf(config),
    argv: argv.map(withoutSecrets),
    host: {
      init: host.Init === true,
      runtime: host.Runtime ?? '',
      privileged: host.Privileged === true,
      readOnlyRoot: host.ReadonlyRootfs === true,
      capAdd: host.CapAdd ?? [],
      capDrop: host.CapDrop ?? [],
      noNewPrivileges: (host.SecurityOpt ?? []).some((option) =>
        /^no-new-privileges(?:[:=]true)?$/.test(option),
      ),
      seccomp: seccompOf(host),
      usernsMode: host.UsernsMode ?? '',
      restartPolicy: host.RestartPolicy?.Name ?? '',
    },
    mounts: mountsOf(container),
  };
}

interface SeccompProfile {
  defaultAction?: string;
  architectures?: string[];
  archMap?: { architecture?: string; subArchitectures?: string[] | null }[];
  syscalls?: { names?: string[]; name?: string; action?: string }[];
}

function seccompOf(host: InspectedContainer['HostConfig']): SeccompFacts {
  const option = (host.SecurityOpt ?? []).findLast((one) => /^seccomp[=:]/.test(one));
  const value = option?.replace(/^seccomp[=:]/, '');
  if (value === 'unconfined' || (value === undefined && host.Privileged === true)) {
    return { profile: 'unconfined' };
  }
  if (value === undefined || value === 'builtin') return { profile: 'default' };
  try {
    return customProfile(JSON.parse(value) as SeccompProfile);
  } catch {
    return { profile: 'custom' };
  }
}

function isExec(name: string): boolean {
  return name === 'execve' || name === 'execveat';
}

function customProfile(profile: SeccompProfile): SeccompFacts {
  const { defaultAction = '', syscalls = [], architectures, archMap = [] } = profile;
  const own = syscalls.find(({ names = [], name = '' }) => [...names, name].some(isExec));
  const mapped = archMap.flatMap((one) => [
    ...(one.architecture === undefined ? [] : [one.architecture]),
    ...(one.subArchitectures ?? []),
  ]);
  const named = architectures ?? mapped;
  return {
    profile: 'custom',
    execve: own?.action ?? defaultAction,
    defaultAction,
    ...(named.length === 0 ? {} : { architectures: named }),
  };
}

const flagOption = /^(?:no)?(?:exec|suid|dev)$|^ro$|^rw$/;
/** What dockerd mounts a tmpfs with, where the user does not say otherwise. */
const tmpfsDefaults = ['noexec', 'nosuid', 'nodev'];

function withDefaults(given: readonly string[]): string[] {
  const options = new Set(tmpfsDefaults);
  for (const word of given) {
    if (tmpfsDefaults.includes(`no${word}`)) options.delete(`no${word}`);
    else if (flagOption.test(word)) options.add(word);
  }
  return [...options];
}

function mountsOf(container: InspectedContainer): MountFacts[] {
  const { Tmpfs: tmpfs, Mounts: asked } = container.HostConfig;
  const mounts = (container.Mounts ?? []).map((mount): MountFacts => {
    const own = (asked ?? []).find((one) => one.Target === mount.Destination);
    const options = (mount.Mode ?? '').split(',').filter((word) => flagOption.test(word));
    return {
      type: mount.Type,
      source: mount.Type === 'volume' ? (mount.Name ?? '') : (mount.Source ?? ''),
      destination: mount.Destination,
      readOnly: mount.RW === false,
      options:
        mount.Type === 'tmpfs' ? withDefaults((own?.TmpfsOptions?.Options ?? []).flat()) : options,
    };
  });
  const shown = new Set(mounts.map(({ destination }) => destination));
  for (const [destination, words] of Object.entries(tmpfs ?? {})) {
    if (shown.has(destination)) continue;
    const options = withDefaults(words.split(','));
    const readOnly = options.includes('ro');
    mounts.push({ type: 'tmpfs', source: '', destination, readOnly, options });
  }
  return mounts;
}
