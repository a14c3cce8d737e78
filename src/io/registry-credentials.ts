import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { readConfig } from './endpoint.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How to log in to a registry. Secrets: never printed, never kept. */
export type Credentials =
  | { user: string; password: string }
  | { identityToken: string }
  | { none: true };

/** Docker Hub's credentials go by the address of its first version. */
const hub = 'https://index.docker.io/v1/';

/**
 * The credentials that docker login keeps for a registry: a helper for this host, the helper for
 * all, or config.json itself. A helper that has nothing, or does not run, gives none.
 * Source: docker/cli, cli/config/credentials.
 */
export async function readCredentials(host: string, env: Environment): Promise<Credentials> {
  const config = readConfig(env);
  const key = host === 'docker.io' ? hub : host;
  const helper = helperFor(config, key);
  const found = helper === undefined ? undefined : await askHelper(helper, key, env);
  return found ?? fromFile(config, key) ?? { none: true };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function helperFor(config: Record<string, unknown>, key: string): string | undefined {
  const name = record(config['credHelpers'])[key] ?? config['credsStore'];
  // It becomes part of a program's name, and of nothing else.
  return typeof name === 'string' && /^[\w.-]+$/.test(name) ? name : undefined;
}

const timeLimit = 30_000;

async function askHelper(
  name: string,
  key: string,
  env: Environment,
): Promise<Credentials | undefined> {
  const program = spawn(`docker-credential-${name}`, ['get'], {
    env: { ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: timeLimit,
  });
  // A program that is not there, or does not read, says so by its end.
  program.on('error', () => undefined);
  program.stdin.on('error', () => undefined);
  program.stdin.end(key);
  const answer = await text(program.stdout).catch(() => '');
  try {
    const { Username: user, Secret: secret } = record(JSON.parse(answer));
    return typeof user === 'string' && typeof secret === 'string' ? login(user, secret) : undefined;
  } catch {
    return undefined;
  }
}

function login(user: string, password: string): Credentials {
  return user === '<token>' ? { identityToken: password } : { user, password };
}

function fromFile(config: Record<string, unknown>, key: string): Credentials | undefined {
  const auths = record(config['auths']);
  const name = Object.keys(auths).find((one) => one === key || hostOf(one) === key);
  if (name === undefined) return undefined;
  const { auth, identitytoken: token } = record(auths[name]);
  if (typeof token === 'string' && token !== '') return { identityToken: token };
  const decoded = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString('utf8') : '';
  const colon = decoded.indexOf(':');
  if (colon < 1) return undefined;
  return { user: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, '') };
}

/** Old entries are addresses: `https://ghcr.io/v1/`. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}
