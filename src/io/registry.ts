import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import type { ImageReference } from '../model/image-reference.ts';
import { fetchThrough, isThisMachine, wayWords } from './proxy.ts';
import type { Credentials } from './registry-credentials.ts';

/** A repository of a registry. */
export interface Registry {
  /**
   * Asks for something below the repository: `manifests/1.0`, `blobs/sha256:…`; undefined where it
   * is not there. Throws `registry-denied` and `registry-unreachable`.
   */
  get(path: string, accept?: readonly string[]): Promise<Response | undefined>;
}

/** What must be told to talk to a registry. */
export interface RegistryOptions {
  credentials: Credentials;
  signal?: AbortSignal | undefined;
  /** What names a proxy: HTTPS_PROXY, NO_PROXY. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
}

const mostHops = 5;

/**
 * Opens a repository; nothing is sent before the first call. Plain HTTP is spoken with this machine
 * only, as docker does. Source: OCI distribution-spec; distribution/distribution, docs/spec/auth.
 */
export function openRegistry(
  { host, repository }: ImageReference,
  options: RegistryOptions,
): Registry {
  return new RemoteRepository(host, repository, options);
}

class RemoteRepository implements Registry {
  private readonly host: string;
  private readonly repository: string;
  private readonly options: RegistryOptions;
  private root: Promise<string> | undefined;
  /** The header that the registry took last. */
  private authorization: string | undefined;

  constructor(host: string, repository: string, options: RegistryOptions) {
    this.host = host;
    this.repository = repository;
    this.options = options;
  }

  async get(path: string, accept: readonly string[] = []): Promise<Response | undefined> {
    this.root ??= this.findRoot();
    const url = `${await this.root}/${this.repository}/${path}`;
    let answer = await this.ask(url, accept);
    if (answer.status === 401) {
      const challenge = answer.headers.get('www-authenticate') ?? '';
      await answer.body?.cancel();
      this.authorization = await this.logIn(challenge);
      if (this.authorization !== undefined) answer = await this.ask(url, accept);
    }
    if (answer.ok) return answer;
    await answer.body?.cancel();
    if (answer.status === 404) return undefined;
    throw this.refused(answer.status);
  }

  private async findRoot(): Promise<string> {
    const name = this.host === 'docker.io' ? 'registry-1.docker.io' : this.host;
    if (!isThisMachine(name)) return `https://${name}/v2`;
    const { signal } = this.options;
    const answer = await fetch(`https://${name}/v2/`, { signal: signal ?? null }).catch(
      () => undefined,
    );
    signal?.throwIfAborted();
    await answer?.body?.cancel();
    return `${answer === undefined ? 'http' : 'https'}://${name}/v2`;
  }

  /** Follows redirections, to which the login is not shown. */
  private async ask(url: string, accept: readonly string[]): Promise<Response> {
    let place = url;
    for (let hop = 0; hop <= mostHops; hop++) {
      const isOwn = new URL(place).origin === new URL(url).origin;
      const answer = await this.fetch(place, {
        ...(accept.length === 0 ? {} : { accept: accept.join(', ') }),
        ...(isOwn && this.authorization !== undefined ? { authorization: this.authorization } : {}),
      });
      const next = answer.headers.get('location');
      if (answer.status < 300 || answer.status > 399 || next === null) return answer;
      await answer.body?.cancel();
      place = this.followed(place, next);
    }
    throw this.unreachable('it redirects without end');
  }

  private followed(place: string, next: string): string {
    const url = URL.canParse(next, place) ? new URL(next, place) : undefined;
    const isSafe = url?.protocol === 'https:' || isThisMachine(url?.host ?? '');
    if (url !== undefined && isSafe) return url.href;
    throw this.unreachable('it redirects to an address that is not https');
  }

  private async fetch(url: string, headers: Record<string, string>): Promise<Response> {
    const { signal, env = {} } = this.options;
    try {
      const request = { headers, redirect: 'manual', signal: signal ?? null } as const;
      return await fetchThrough(new URL(url), request, env);
    } catch (error) {
      signal?.throwIfAborted();
      throw this.unreachable(`${reasonOf(error)}${wayWords(new URL(url), env)}`, error);
    }
  }

  /** The header that answers a challenge; undefined where there is nothing to answer with. */
  private async logIn(challenge: string): Promise<string | undefined> {
    const { credentials } = this.options;
    if (/^basic\b/i.test(challenge)) {
      return 'password' in credentials ? basic(credentials) : undefined;
    }
    if (!/^bearer\b/i.test(challenge)) return undefined;
    const said = parametersOf(challenge);
    const realm = URL.canParse(said['realm'] ?? '') ? new URL(said['realm'] ?? '') : undefined;
    if (realm === undefined || (realm.protocol !== 'https:' && !isThisMachine(realm.host))) {
      throw this.unreachable('it names no safe address to log in at');
    }
    const scope = said['scope'] ?? `repository:${this.repository}:pull`;
    const token = await this.askToken(realm, { service: said['service'] ?? '', scope });
    return token === undefined ? undefined : `Bearer ${token}`;
  }

  private async askToken(
    realm: URL,
    { service, scope }: { service: string; scope: string },
  ): Promise<string | undefined> {
    const { credentials, signal, env = {} } = this.options;
    const query = new URLSearchParams({ service, scope });
    let request: RequestInit = { signal: signal ?? null, redirect: 'error' };
    if ('identityToken' in credentials) {
      query.set('grant_type', 'refresh_token');
      query.set('refresh_token', credentials.identityToken);
      query.set('client_id', 'xbuild');
      request = { ...request, method: 'POST', body: query };
    } else {
      for (const [name, value] of query) realm.searchParams.set(name, value);
      if ('password' in credentials) {
        request = { ...request, headers: { authorization: basic(credentials) } };
      }
    }
    const answer = await fetchThrough(realm, request, env).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw this.unreachable(`${reasonOf(error)}${wayWords(realm, env)}`, error);
    });
    if (!answer.ok) {
      await answer.body?.cancel();
      return undefined;
    }
    const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
    const token = body['token'] ?? body['access_token'];
    // It becomes a header.
    return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
  }

  private refused(status: number): XbuildError {
    const name = `${escapeLine(this.host)}/${this.repository}`;
    if (status === 401 || status === 403) {
      return new XbuildError(
        'registry-denied',
        `the registry does not give out ${name} (HTTP status ${status}): it is not there, or needs a login`,
        `Check the name, and log in: docker login ${this.host}`,
      );
    }
    if (status === 429) {
      return new XbuildError(
        'registry-denied',
        `the registry was asked for ${name} too often (HTTP status 429)`,
        `Wait, or log in, which allows more: docker login ${this.host}`,
      );
    }
    return this.unreachable(`it answered with HTTP status ${status}`);
  }

  private unreachable(why: string, cause?: unknown): XbuildError {
    return unreachable(this.host, why, cause);
  }
}

/** What an answer that broke off means to the user. */
export function unreachable(host: string, why: string, cause?: unknown): XbuildError {
  return new XbuildError(
    'registry-unreachable',
    `the registry ${escapeLine(host)} cannot be read: ${escapeLine(why)}`,
    'Check the name and the network. Where there is a proxy, HTTPS_PROXY and NO_PROXY name it.',
    cause === undefined ? {} : { cause },
  );
}

/** Why a request failed, in few words: fetch hides that in the causes of its error. */
export function reasonOf(error: unknown): string {
  const { cause, code, message } = error as { cause?: unknown; code?: unknown; message?: string };
  if (cause instanceof Error) return reasonOf(cause);
  // undici's own codes say less than its messages.
  const isErrno = typeof code === 'string' && !code.startsWith('UND_');
  return isErrno ? code : (message ?? 'unknown');
}

function basic({ user, password }: { user: string; password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** `realm="…",service="…"` of a challenge. */
function parametersOf(challenge: string): Record<string, string> {
  const found = challenge.matchAll(/([a-z]+)="([^"]*)"/gi);
  return Object.fromEntries(
    [...found].map(([, name = '', value = '']) => [name.toLowerCase(), value]),
  );
}
