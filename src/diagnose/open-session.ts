import { connectEngine, type Engine } from '../io/engine.ts';
import { resolveEndpoint, type EndpointFlags } from '../io/endpoint.ts';
import { normalizePlatform } from '../model/platform.ts';
import { localArchitecture, readLocalBinfmt } from './local-kernel.ts';
import type { Session } from './session.ts';

interface World {
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  whileWaiting?: () => void;
  /** This machine's, where nothing else is said. */
  readOwnRules?: Session['readOwnRules'];
}

/** Connects to the engine that the flags and the environment name. Throws engine-*. */
export async function openSession(flags: EndpointFlags, world: World): Promise<Session> {
  return sessionOf(await connectEngine(resolveEndpoint(flags, world.env)), world);
}

/** A session over a connection that is open. Throws engine-*. */
export async function sessionOf(
  engine: Engine,
  { env, signal, whileWaiting, readOwnRules = readLocalBinfmt }: World,
): Promise<Session> {
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
    readOwnRules,
    signal,
    ...(whileWaiting === undefined ? {} : { whileWaiting }),
  };
}
