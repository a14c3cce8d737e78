import type { EngineSummary } from '../model/diagnosis.ts';
import { withoutSecrets } from '../model/secrets.ts';
import type { Session } from './session.ts';

interface Runtimes {
  DefaultRuntime?: string;
  Runtimes?: Record<string, unknown>;
}

/** What of the engine is worth knowing in a diagnosis. */
export async function readEngineSummary({ engine, version }: Session): Promise<EngineSummary> {
  const [facts, info] = await Promise.all([
    engine.readFacts(version),
    engine.docker.info() as Promise<Runtimes>,
  ]);
  const { url, ...where } = facts.endpoint;
  return {
    endpoint: { ...where, url: withoutSecrets(url) },
    version: facts.version,
    architecture: facts.architecture,
    operatingSystem: facts.operatingSystem,
    kernelVersion: facts.kernelVersion,
    store: facts.store,
    defaultRuntime: info.DefaultRuntime ?? '',
    runtimes: Object.keys(info.Runtimes ?? {}),
    rootless: facts.rootless,
    usernsRemap: facts.usernsRemap,
    desktop: facts.desktop,
    remote: facts.remote,
  };
}
