import type { Finding } from './finding.ts';
import { withoutSecrets } from './secrets.ts';

/** How a subject came out. `skipped`: not looked at, or not asked for; `unknown`: a fact is missing. */
export type Outcome = 'ok' | 'failed' | 'skipped' | 'unknown';

/** One thing that a command looked at: a platform, an image for a platform, the engine. */
export interface ReportSubject {
  /** For people, and the same in every run: `linux/arm64`, `app:1 linux/arm64`, `engine`. */
  name: string;
  /** The image's name, or the target of a diagnosis. */
  image?: string;
  /** Formatted: `linux/arm/v7`. */
  platform?: string;
  outcome: Outcome;
  /** What came of it, in a few words: `verified aarch64`. Untrusted. */
  summary: string;
  seconds?: number;
  /** Also those that passed. */
  findings: Finding[];
}

export type ReportCommand = 'build' | 'preflight' | 'verify' | 'diagnose';

/**
 * What a command found, in one shape for every format of --report. Text in it is untrusted and not
 * escaped; paths of findings are byte strings.
 */
export interface Report {
  command: ReportCommand;
  ok: boolean;
  /** The exit status of the process. */
  exitStatus: number;
  /** From the command's start to its end. */
  seconds: number;
  subjects: ReportSubject[];
  notes: string[];
  /** What a later step of a CI job may want: `digest`, `image`. Never secret. */
  outputs: Readonly<Record<string, string>>;
}

/** What is known only where the command runs. */
export interface ReportEnd {
  exitStatus: number;
  seconds: number;
}

/** The same report without what looks like a secret, wherever it stands. */
export function reportWithoutSecrets(report: Report): Report {
  return clean(report) as Report;
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner)]));
}
