import { connectEngine } from '../io/engine.ts';
import { resolveEndpoint, type EndpointFlags } from '../io/endpoint.ts';
import { normalizePlatform } from '../model/platform.ts';
import { localArchitecture } from './local-kernel.ts';
import type { Session } from './session.ts';

/** Connects to the engine that the flags and the environment name. Throws engine-*. */
export async function openSession(
  flags: EndpointFlags,
  { env, signal }: { env: Readonly<Record<string, string | undefined>>; signal: AbortSignal },
): Promise<Session> {
  const engine = await connectEngine(resolveEndpoint(flags, env));
  const version = await engine.readVersion();
  const defaultPlatform = env['DOCKER_DEFAULT_PLATFORM'];
  return {
    engine,
    version,
    native: normalizePlatform({ os: version.Os, architecture: version.Arch }),
    client: {
      architecture: localArchitecture(),
      ...(defaultPlatform ? { defaultPlatform } : {}),
      programs: [],
    },
    signal,
  };
}
