import { fetch as fetchBy, ProxyAgent } from 'undici';

/** One for each proxy, for its connections. */
const agents = new Map<string, ProxyAgent>();

/** fetch through a proxy, which is asked for a tunnel. Loaded only where there is one. */
export async function proxiedFetch(
  url: URL,
  request: RequestInit,
  proxy: string,
): Promise<Response> {
  const agent = agents.get(proxy) ?? new ProxyAgent(proxy);
  agents.set(proxy, agent);
  // Node's own fetch is the same one; only the types are written down twice.
  const own = { ...request, dispatcher: agent } as Parameters<typeof fetchBy>[1];
  return fetchBy(url, own);
}
