import type { Diagnosis } from './diagnosis.ts';
import type { EngineFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import type { Platform } from './platform.ts';
import type { PlatformSupport } from './preflight.ts';
import type { ImageVerification } from './verification.ts';

/** Why a platform was not built. */
export interface BuildFailure {
  /** The step that failed, in BuildKit's words: `[2/3] RUN make`; null where none did. */
  step: string | null;
  /** Where the step stands: `Dockerfile:10`; absent where BuildKit did not say. Untrusted. */
  location?: string;
  /** BuildKit's own error. Untrusted. */
  error: string;
  /** The last lines that the step printed. Untrusted. */
  lines: string[];
  /** What xbuild knows about it beyond the error. */
  finding?: Finding;
}

/** A RUN step that was executed, not taken from the cache. */
export interface StepTime {
  /** In BuildKit's words: `[build 2/3] RUN make`. Untrusted. */
  step: string;
  /** The name of its stage, where the Dockerfile has several: `stage-1` is one without a name. */
  stage?: string;
  seconds: number;
  /** Whether an emulator ran it. */
  emulated: boolean;
}

/** One platform's result, whatever built it. */
export interface PlatformResult {
  platform: string;
  ok: boolean;
  /** `skipped`: not tried, since preflight showed that it cannot be built. */
  state: 'built' | 'failed' | 'skipped' | 'interrupted';
  support: PlatformSupport;
  /** Which node built it: its name, or the engine's host name where none was named. */
  node: string;
  seconds: number;
  /** Share of the time in RUN steps that was emulated, 0 to 1; null where no RUN step ran. */
  emulatedShare: number | null;
  /** The RUN steps that were executed, in the order in which they ended; absent where none was. */
  steps?: StepTime[];
  /** Names by which the image can be run now. */
  tags: string[];
  imageId?: string;
  digest?: string;
  /** Bytes, as the engine counts them. */
  size?: number;
  /** The file with the whole log. */
  log?: string;
  failure?: BuildFailure;
  /** Why the failing step could not run what it was to run; absent where it did not fail of that. */
  diagnosis?: Diagnosis;
  verification?: ImageVerification;
}

/** One engine of a build on several. */
export interface NodeResult {
  name: string;
  /** Absent where it cannot be used. */
  engine?: EngineFacts;
  /** Why it was not used. Untrusted. */
  unusable?: string;
  /** What was built on it. */
  platforms: string[];
}

/** What `xbuild build` says, and its JSON document. */
export interface BuildReport {
  ok: boolean;
  /** The engine that built; of several nodes the first one. */
  engine: EngineFacts;
  /** Where several nodes were named. */
  nodes?: NodeResult[];
  platforms: PlatformResult[];
  /** Findings of preflight that are not green. */
  checks: Finding[];
  /** What the Dockerfile and its context have wrong; absent where they are not files of this machine. */
  mistakes?: Finding[];
  notes: string[];
  /** What was pushed, read back from the registry. */
  indexes: { reference: string; digest: string; platforms: string[] }[];
}

/** A failed step, as far as its diagnosis needs it. */
export interface FailedStep {
  /** For people: `RUN ./app`. Untrusted. */
  text: string;
  /** The platform that the step ran on, formatted. */
  platform: string;
  /** What it printed, and BuildKit's own error at the end. Untrusted. */
  lines: string[];
  /** What BuildKit executed; absent where the Dockerfile does not say it. */
  argv?: string[];
  /** What its stage is built from, in the Dockerfile's words. */
  base?: string;
}

/** What BuildKit says of a step. */
export interface StepWords {
  instruction: string;
  /** The platform that it runs on, where its name says so. */
  runsOn?: string;
}

/** One platform's build, before it is named and verified. */
export interface BuiltPlatform {
  platform: Platform;
  result: PlatformResult;
  /** Set where the image is in the engine's store. */
  imageId?: string;
  metadata?: Record<string, unknown>;
  /** Set where a step failed: it, what it printed, and BuildKit's error. */
  failed?: { step: StepWords; lines: string[] };
  /** True where the image was built only to be looked at, and carries none of the user's names. */
  unnamed: boolean;
}
