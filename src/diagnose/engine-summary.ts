import type { EngineSummary } from '../model/diagnosis.ts';
import { withoutSecrets } from '../model/secrets.ts';
import type { Session } from './session.ts';

/** What of the engine is worth knowing in a diagnosis. */
export async function readEngineSummary({ engine, version }: Session): Promise<EngineSummary> {
  const facts = await engine.readFacts(version);
  const { url, ...where } = facts.endpoint;
  return {
    endpoint: { ...where, url: withoutSecrets(url) },
    version: facts.version,
    architecture: facts.architecture,
    operatingSystem: facts.operatingSystem,
    kernelVersion: facts.kernelVersion,
    store: facts.store,
    defaultRuntime: facts.defaultRuntime ?? '',
    runtimes: facts.runtimes ?? [],
    rootless: facts.rootless,
    usernsRemap: facts.usernsRemap,
    desktop: facts.desktop,
    remote: facts.remote,
  };
}
