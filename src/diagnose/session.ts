import type { Engine, EngineVersion } from '../io/engine.ts';
import type { ClientDiagnosisFacts } from '../model/diagnosis.ts';
import type { BinfmtFacts } from '../model/facts.ts';
import type { Platform } from '../model/platform.ts';

/** An engine that is asked for facts. */
export interface Session {
  engine: Engine;
  version: EngineVersion;
  /** The engine's own platform. */
  native: Platform;
  client: ClientDiagnosisFacts;
  /** Reads the rules of the machine that xbuild runs on. */
  readOwnRules: () => Promise<BinfmtFacts>;
  signal: AbortSignal;
  /** Called while the engine starts the probe: the time to load what comes next. */
  whileWaiting?: () => void;
}
