import { readFileSync } from 'node:fs';
import { hostname, release } from 'node:os';
import type Dockerode from 'dockerode';
import { XbuildError } from '../model/errors.ts';
import type { EngineFacts } from '../model/facts.ts';
import type { ResolvedEndpoint } from './endpoint.ts';
import { addWaysTried, explainFailure } from './engine-failure.ts';
import { guardNames } from './guard-names.ts';
import type { SshLog } from './ssh-agent.ts';

/** A connection to one engine: `docker` for its API, `failure` to put a failed call into words. */
export interface Engine {
  readonly endpoint: ResolvedEndpoint;
  readonly docker: Dockerode;
  /** What a failed call means to the user; an error that is not the connection's comes back as it is. */
  failure(error: unknown): Error;
  /** Asks who is there: the quick question. Throws `engine-unreachable` or `engine-denied`. */
  readVersion(): Promise<EngineVersion>;
  /** Reads all that the engine says of itself; its version too, where that is not known yet. */
  readFacts(version?: EngineVersion): Promise<EngineFacts>;
}

/** How long the first question may go unanswered; an ssh login through a far jump host takes seconds. */
const FIRST_ANSWER_MILLISECONDS = 30_000;

/**
 * Opens a connection; nothing is sent before the first call. dockerode is loaded here, not earlier.
 * Something that takes connections and says nothing, such as an engine that hangs, is unreachable.
 */
export async function connectEngine(
  endpoint: ResolvedEndpoint,
  firstAnswer = FIRST_ANSWER_MILLISECONDS,
): Promise<Engine> {
  const { default: Docker } = await import('dockerode');
  const log: SshLog = { text: '' };
  const docker = new Docker(await connectionOptions(endpoint, log));
  guardNames(docker);
  const askVersion = () => readVersion(docker, firstAnswer);
  const failure = (error: unknown) => explainFailure(error, endpoint, log);
  const explained = async <T>(answer: Promise<T>) => {
    try {
      return await answer;
    } catch (error) {
      throw await addWaysTried(failure(error), endpoint, process.env);
    }
  };
  return {
    endpoint,
    docker,
    failure,
    readVersion: () => explained(askVersion()),
    readFacts: (version) =>
      explained(
        readEngineFacts(docker, endpoint, version ? Promise.resolve(version) : askVersion()),
      ),
  };
}

/** Asks an engine's version where only Linux will do; throws `bad-argument` for Windows containers. */
export async function readLinuxVersion(engine: Engine): Promise<EngineVersion> {
  const version = await engine.readVersion();
  if (version.Os === 'linux') return version;
  throw new XbuildError(
    'bad-argument',
    `the engine runs ${version.Os} containers, and so has no binfmt_misc`,
    'Switch it to Linux containers, or choose another engine with --host or --context.',
  );
}

/** The part of GET /version that xbuild uses. */
export interface EngineVersion {
  Version: string;
  ApiVersion: string;
  Os: string;
  Arch: string;
}

/** dockerode reads DOCKER_HOST for whatever is left out, so every field is given. */
async function connectionOptions(
  endpoint: ResolvedEndpoint,
  log: SshLog,
): Promise<Dockerode.DockerOptions> {
  const { url, tls } = endpoint;
  const none = {
    host: undefined,
    port: undefined,
    socketPath: undefined,
    protocol: 'http' as const,
  };
  const certificates = { ca: undefined, cert: undefined, key: undefined };
  const pinned = process.env['DOCKER_API_VERSION'];
  const base = { ...none, ...certificates, ...(pinned ? { version: `v${pinned}` } : {}) };
  const socket = /^(?:unix|npipe):\/\/(.*)$/.exec(url)?.[1];
  if (socket !== undefined) return { ...base, socketPath: socket };
  if (url.startsWith('ssh://')) {
    const { sshAgent } = await import('./ssh-agent.ts');
    const agent = sshAgent(url, log);
    return { ...base, host: 'docker', port: 80, agent } as unknown as Dockerode.DockerOptions;
  }
  const { hostname: host, port } = new URL(url.replace(/^tcp:/, 'http:'));
  const bare = host.replace(/^\[|\]$/g, '');
  if (tls === undefined) return { ...base, host: bare, port: Number(port || 2375) };
  const skip = tls.skipVerify ? { checkServerIdentity: () => undefined } : {};
  return {
    ...base,
    ...skip,
    host: bare,
    port: Number(port || 2376),
    protocol: 'https',
    ca: readOptional(tls.ca),
    cert: readOptional(tls.cert),
    key: readOptional(tls.key),
  } as unknown as Dockerode.DockerOptions;
}

function readOptional(file: string | undefined): Buffer | undefined {
  return file === undefined ? undefined : readFileSync(file);
}

/** What dockerode takes, and its types do not say. */
interface Abortable {
  version(options: { abortSignal: AbortSignal }): Promise<EngineVersion>;
}

/** The first question to an engine. What an abort ends it with has no code that tells why. */
async function readVersion(docker: Dockerode, milliseconds: number): Promise<EngineVersion> {
  const abortSignal = AbortSignal.timeout(milliseconds);
  try {
    return await (docker as unknown as Abortable).version({ abortSignal });
  } catch (error) {
    if (!abortSignal.aborted) throw error;
    throw Object.assign(new Error('no answer', { cause: error }), { code: 'ETIMEDOUT' });
  }
}

async function readEngineFacts(
  docker: Dockerode,
  endpoint: ResolvedEndpoint,
  asked: Promise<EngineVersion>,
): Promise<EngineFacts> {
  const [version, info] = await Promise.all([asked, docker.info() as Promise<Info>]);
  const status = info.DriverStatus ?? [];
  const security = info.SecurityOptions ?? [];
  const has = (word: string) => security.some((option) => option.includes(`name=${word}`));
  const containerd = status.some(
    ([key, value]) => key === 'driver-type' && value === 'io.containerd.snapshotter.v1',
  );
  const { tls: _files, ...where } = endpoint;
  return {
    endpoint: where,
    name: info.Name ?? '',
    version: version.Version,
    apiVersion: version.ApiVersion,
    os: version.Os,
    architecture: version.Arch,
    operatingSystem: info.OperatingSystem ?? '',
    kernelVersion: info.KernelVersion ?? '',
    cpus: info.NCPU ?? 1,
    store: containerd ? 'containerd' : 'classic',
    storageDriver: info.Driver ?? '',
    rootless: has('rootless'),
    usernsRemap: has('userns'),
    desktop: (info.OperatingSystem ?? '').includes('Docker Desktop'),
    experimental: info.ExperimentalBuild === true,
    buildkitByDefault: apiAtLeast(version.ApiVersion, 42),
    remote: isRemote(endpoint, info),
    defaultRuntime: info.DefaultRuntime ?? '',
    runtimes: Object.keys(info.Runtimes ?? {}),
  };
}

interface Info {
  Name?: string;
  OperatingSystem?: string;
  KernelVersion?: string;
  NCPU?: number;
  Driver?: string;
  DriverStatus?: [string, string][];
  SecurityOptions?: string[];
  ExperimentalBuild?: boolean;
  DefaultRuntime?: string;
  Runtimes?: Record<string, unknown>;
}

/** Tells whether an API version is at least 1.`minor`. */
export function apiAtLeast(version: string, minor: number): boolean {
  const [major = 0, have = 0] = version.split('.').map(Number);
  return major > 1 || (major === 1 && have >= minor);
}

/** A local socket proves nothing (ssh -L, Desktop's virtual machine), so the kernels are compared. */
function isRemote(endpoint: ResolvedEndpoint, info: Info): boolean {
  if (info.KernelVersion !== release()) return true;
  return !endpoint.url.startsWith('unix://') && info.Name !== hostname();
}
