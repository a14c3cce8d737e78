import { BlockList, isIP } from 'node:net';

type Env = Readonly<Record<string, string | undefined>>;

/** `HTTPS_PROXY` and `https_proxy`: the upper case counts first, as for docker. */
function read(env: Env, name: string): string {
  return env[name.toUpperCase()] || env[name.toLowerCase()] || '';
}

function isInSubnet(host: string, subnet: string): boolean {
  const [, address = '', bits = ''] = /^(?<address>[^/]+)\/(?<bits>\d{1,3})$/.exec(subnet) ?? [];
  const [own, other] = [isIP(host), isIP(address)];
  if (own === 0 || own !== other || Number(bits) > (other === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const family = other === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(address, Number(bits), family);
  return list.check(host, family);
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInSubnet(host, entry);
  const [, name = entry, only] = /^(?<name>[^:]*|\[[^\]]*\]):(?<port>\d+)$/.exec(entry) ?? [];
  if (only !== undefined && only !== port) return false;
  const suffix = name.replace(/^\*?\./, '.').replaceAll(/[[\]]/g, '');
  if (suffix.startsWith('.')) return host.endsWith(suffix);
  return host === suffix || (isIP(host) === 0 && host.endsWith(`.${suffix}`));
}

/** 127.0.0.0/8, ::1 and localhost, with a port or without. */
export function isThisMachine(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host);
}

/**
 * The proxy that the environment names for an address; undefined where there is none for it. As in
 * docker, whose rules these are: NO_PROXY's `example.com` holds for what is below it, too, and this
 * machine is never asked through a proxy. Source: golang.org/x/net/http/httpproxy.
 */
export function proxyFor(url: URL, env: Env): string | undefined {
  const scheme = url.protocol.slice(0, -1);
  const proxy = read(env, `${scheme}_proxy`);
  if (proxy === '') return undefined;
  if (isThisMachine(url.host)) return undefined;
  const host = url.hostname.replaceAll(/[[\]]/g, '').toLowerCase();
  const port = url.port || (scheme === 'https' ? '443' : '80');
  const entries = read(env, 'no_proxy').toLowerCase().split(',');
  const isLeftOut = entries.some((entry) => {
    const trimmed = entry.trim();
    return trimmed !== '' && matches(trimmed, host, port);
  });
  if (isLeftOut) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

/** fetch, through the proxy that the environment names for the address, where it names one. */
export async function fetchThrough(url: URL, request: RequestInit, env: Env): Promise<Response> {
  const proxy = proxyFor(url, env);
  if (proxy === undefined) return fetch(url, request);
  const { proxiedFetch } = await import('./proxied-fetch.ts');
  return proxiedFetch(url, request, proxy);
}

/** `, through the proxy HOST:PORT` where there is one; its login is not told. */
export function wayWords(url: URL, env: Env): string {
  const proxy = proxyFor(url, env);
  if (proxy === undefined) return '';
  return `, through the proxy ${URL.canParse(proxy) ? new URL(proxy).host : 'that HTTPS_PROXY names'}`;
}
