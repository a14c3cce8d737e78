import { escapeLine } from '../model/escape.ts';
import { XbuildError } from '../model/errors.ts';

/** What an engine answered instead of doing what it was asked. */
export interface Refusal {
  statusCode: number;
  /** The engine's own words; untrusted. */
  message: string;
}

/** The engine's answer in an error of dockerode's; undefined where the error is another one. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const { statusCode, json } = error as { statusCode?: unknown; json?: { message?: unknown } };
  if (typeof statusCode !== 'number') return undefined;
  const message = typeof json?.message === 'string' ? json.message : error.message;
  return { statusCode, message };
}

/**
 * The error to throw for a step of the probe that went wrong: a refusal in words, anything else
 * (a lost connection, an abort) as it is.
 */
export function probeFailure(step: string, error: unknown): unknown {
  const refusal = refusalOf(error);
  if (refusal === undefined) return error;
  return new XbuildError(
    'probe-failed',
    `the engine refused to ${step}: ${escapeLine(refusal.message)}`,
    hintFor(refusal),
    { cause: error, detail: [`HTTP status ${refusal.statusCode}`] },
  );
}

/** An answer of the engine that no step has foreseen, as a refusal; any other error as it is. */
export function explainRefusal(error: unknown): unknown {
  const refusal = refusalOf(error);
  if (refusal === undefined || error instanceof XbuildError) return error;
  return new XbuildError(
    'engine-refused',
    `the engine refused: ${escapeLine(refusal.message)}`,
    hintFor(refusal),
    { cause: error, detail: [`HTTP status ${refusal.statusCode}`] },
  );
}

/** What to do about an engine's answer. */
export function hintFor({ statusCode, message }: Refusal): string {
  if (/exec format error|too many levels of symbolic links/i.test(message))
    return 'A binfmt_misc rule takes the machine’s own programs. Turn the rules off and remove that one: echo 0 | sudo tee /proc/sys/fs/binfmt_misc/status';
  if (/no space left/i.test(message)) return 'Make room on the engine’s disk: docker system df';
  if (statusCode === 401 || statusCode === 403)
    return 'Allow it in the proxy or the policy between xbuild and the engine: POST /images/load, and POST, GET and DELETE below /containers.';
  if (/not shared|mounts denied/i.test(message))
    return 'Allow the engine to mount /proc/sys/fs/binfmt_misc (Docker Desktop: Settings, Resources, File sharing).';
  return 'Try whether the engine runs any container at all: docker run --rm hello-world';
}
