import { readFileSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Place } from './place.ts';
import { packageChanges } from './plan/package-log.ts';

/** What this machine tells of the time since a moment; nothing is known of an engine's. */
export interface Evidence {
  /** The machine was started since. */
  restarted?: boolean;
  /**
   * Rules that have not been touched since: their files are older. A rule's file is made when the
   * rule is registered, and dated anew when it is switched.
   */
  untouched?: string[];
  /** What was done since to packages that have to do with rules; absent without dpkg's log. */
  packages?: string[];
}

const PACKAGE_LOG = '/var/log/dpkg.log';

function readPackages(since: number): Pick<Evidence, 'packages'> {
  try {
    return { packages: packageChanges(readFileSync(PACKAGE_LOG, 'utf8'), since) };
  } catch {
    return {};
  }
}

/** Looks for traces of what was done to rules since a moment (milliseconds since 1970). */
export function readEvidence(place: Place, rules: readonly string[], since: number): Evidence {
  if (place.kind !== 'machine' || !Number.isFinite(since)) return {};
  const untouched = rules.filter((name) => {
    try {
      return statSync(Buffer.from(`${place.directory}/${name}`, 'latin1')).mtimeMs < since;
    } catch {
      return false;
    }
  });
  const restarted = Date.now() - uptime() * 1000 > since;
  return { restarted, untouched, ...readPackages(since) };
}
