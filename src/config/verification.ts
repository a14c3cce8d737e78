import type { Allowance } from '../model/allowance.ts';
import { formatPlatform, parsePlatform } from '../model/platform.ts';
import { millisecondsOf, type Smoke } from '../model/smoke.ts';
import type { ImageSettings } from './schema.ts';

/** How long a smoke command may take where the file does not say: it may be emulated. */
const TIME_LIMIT = 30_000;

/** What a file asks of the verification of an image. */
export interface VerificationSettings {
  smokes: Smoke[];
  allow: Allowance[];
  /** Formatted platforms that a pushed index must have. */
  require: string[];
}

/** The settings under `verify`, in xbuild's own units. */
export function verificationOf({ verify }: ImageSettings): VerificationSettings {
  if (verify === undefined || verify === false) return { smokes: [], allow: [], require: [] };
  const smokes = (verify.smoke ?? []).map(({ run, platforms, timeout, status = 0, output }) => ({
    run,
    status,
    timeLimit: timeout === undefined ? TIME_LIMIT : millisecondsOf(timeout),
    ...(output === undefined ? {} : { output }),
    ...(platforms === undefined ? {} : { platforms: platforms.map(formatted) }),
  }));
  const allow = (verify.allow ?? []).map(({ path, reason, fault }) => ({
    path,
    reason,
    ...(fault === undefined ? {} : { fault }),
  }));
  return { smokes, allow, require: (verify.require ?? []).map(formatted) };
}

function formatted(word: string): string {
  return formatPlatform(parsePlatform(word));
}
