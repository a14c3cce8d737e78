import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { XbuildError } from '../model/errors.ts';
import { closest } from '../model/closest.ts';
import type { Endpoint } from '../model/facts.ts';

export interface TlsFiles {
  ca?: string;
  cert?: string;
  key?: string;
  skipVerify: boolean;
}

/** An endpoint, and the TLS files that its connection needs. */
export interface ResolvedEndpoint extends Endpoint {
  tls?: TlsFiles;
}

/** What the command line says about the engine: Docker's own global flags. */
export interface EndpointFlags {
  host?: string;
  context?: string;
}

/** --host and --context as words for the docker command. */
export function globalArguments(flags: EndpointFlags): string[] {
  return [
    ...(flags.host === undefined ? [] : ['--host', flags.host]),
    ...(flags.context === undefined ? [] : ['--context', flags.context]),
  ];
}

type Environment = Readonly<Record<string, string | undefined>>;

const defaultUrl = 'unix:///var/run/docker.sock';

/**
 * Finds the engine that the docker command would talk to, in its own order: `--context`, `--host`,
 * DOCKER_HOST, DOCKER_CONTEXT, the current context of config.json, the default socket.
 *
 * Throws `bad-argument` for a context that does not exist or an address that is none.
 * Source: resolveContextName in docker/cli, command/cli.go.
 */
export function resolveEndpoint(flags: EndpointFlags, env: Environment): ResolvedEndpoint {
  if (flags.context !== undefined && flags.host !== undefined) {
    throw new XbuildError(
      'bad-argument',
      '--host and --context cannot be used together: each of them chooses the engine',
      'Keep one of the two.',
    );
  }
  if (flags.context !== undefined) return fromContext(flags.context, '--context', env);
  if (flags.host !== undefined) return fromUrl(flags.host, '--host', env);
  if (env['DOCKER_HOST']) return fromUrl(env['DOCKER_HOST'], 'DOCKER_HOST', env);
  if (env['DOCKER_CONTEXT']) return fromContext(env['DOCKER_CONTEXT'], 'DOCKER_CONTEXT', env);
  const current = readConfig(env)['currentContext'];
  if (typeof current === 'string' && current !== '') {
    return fromContext(current, "the docker command's current context", env);
  }
  return { url: defaultUrl, source: 'default' };
}

/** The folder of Docker's client configuration: DOCKER_CONFIG, or ~/.docker. */
export function configFolder(env: Environment): string {
  return env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker');
}

/** Sockets where an engine may answer though nothing points to it; used for advice only. */
export function otherSockets(env: Environment): string[] {
  const home = env['HOME'] || homedir();
  const runtime = env['XDG_RUNTIME_DIR'];
  const candidates = [
    '/var/run/docker.sock',
    ...(runtime === undefined ? [] : [join(runtime, 'docker.sock')]),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
    join(home, '.colima/default/docker.sock'),
    join(home, '.orbstack/run/docker.sock'),
    join(home, '.rd/docker.sock'),
  ];
  return candidates.filter((path) => existsSync(path));
}

function fromUrl(text: string, source: string, env: Environment): ResolvedEndpoint {
  const url = normalizeUrl(text, source);
  const certificates = env['DOCKER_CERT_PATH'];
  const verify = Boolean(env['DOCKER_TLS_VERIFY']);
  if (!url.startsWith('tcp://') || !(verify || env['DOCKER_TLS'])) return { url, source };
  const folder = certificates || configFolder(env);
  return { url, source, tls: tlsFiles(folder, !verify) };
}

function normalizeUrl(text: string, source: string): string {
  const withScheme = text.includes('://') ? text : `tcp://${text}`;
  const scheme = withScheme.slice(0, withScheme.indexOf('://'));
  const valid =
    scheme === 'unix' || scheme === 'npipe'
      ? withScheme.length > scheme.length + 3
      : ['tcp', 'http', 'https', 'ssh'].includes(scheme) && URL.canParse(withScheme);
  if (valid) return withScheme.replace(/^https?:/, 'tcp:');
  throw new XbuildError(
    'bad-argument',
    `${source} is no address of an engine: received "${text}"`,
    'Use unix:///path/to/docker.sock, tcp://host:port or ssh://user@host.',
  );
}

function fromContext(name: string, source: string, env: Environment): ResolvedEndpoint {
  if (name === 'default') {
    return env['DOCKER_HOST'] && source !== 'DOCKER_CONTEXT'
      ? fromUrl(env['DOCKER_HOST'], 'DOCKER_HOST', env)
      : { url: defaultUrl, source: 'default' };
  }
  const id = createHash('sha256').update(name).digest('hex');
  const folder = join(configFolder(env), 'contexts');
  const endpoint = readContext(join(folder, 'meta', id, 'meta.json'));
  if (endpoint === undefined) throw unknownContext(name, source, env);
  const url = normalizeUrl(endpoint.host, `context "${name}"`);
  const resolved = { url, source: `context "${name}"`, context: name };
  const tls = join(folder, 'tls', id, 'docker');
  return existsSync(tls) ? { ...resolved, tls: tlsFiles(tls, endpoint.skipVerify) } : resolved;
}

function readContext(file: string): { host: string; skipVerify: boolean } | undefined {
  const meta = readJson(file) as
    | { Endpoints?: { docker?: { Host?: unknown; SkipTLSVerify?: unknown } } }
    | undefined;
  const host = meta?.Endpoints?.docker?.Host;
  if (typeof host !== 'string') return undefined;
  return { host: host || defaultUrl, skipVerify: meta?.Endpoints?.docker?.SkipTLSVerify === true };
}

function unknownContext(name: string, source: string, env: Environment): XbuildError {
  const names = contextNames(env);
  const near = closest(name, names);
  return new XbuildError(
    'bad-argument',
    `there is no Docker context named "${name}" (asked for by ${source}); there are: ${names.join(', ')}`,
    near === undefined ? 'List them with: docker context ls' : `Did you mean "${near}"?`,
  );
}

/** The Docker contexts that there are, `default` first. */
export function contextNames(env: Environment): string[] {
  const meta = join(configFolder(env), 'contexts', 'meta');
  const ids = existsSync(meta) ? readdirSync(meta) : [];
  const names = ids.map((id) => readJson(join(meta, id, 'meta.json')) as { Name?: unknown });
  return ['default', ...names.map((entry) => entry?.Name).filter((n) => typeof n === 'string')];
}

function tlsFiles(folder: string, skipVerify: boolean): TlsFiles {
  const file = (name: string) => (existsSync(join(folder, name)) ? join(folder, name) : undefined);
  const found = { ca: file('ca.pem'), cert: file('cert.pem'), key: file('key.pem') };
  const present = Object.entries(found).filter(([, path]) => path !== undefined);
  return { ...(Object.fromEntries(present) as Omit<TlsFiles, 'skipVerify'>), skipVerify };
}

/** Docker's client configuration, config.json; empty where there is none or it is damaged. */
export function readConfig(env: Environment): Record<string, unknown> {
  const config = readJson(join(configFolder(env), 'config.json'));
  return typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : {};
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
