import { statSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Place } from './place.ts';

/** What this machine tells of the time since a moment; nothing is known of an engine's. */
export interface Evidence {
  /** The machine was started since. */
  restarted?: boolean;
  /**
   * Rules that have not been touched since: their files are older. A rule's file is made when the
   * rule is registered, and dated anew when it is switched.
   */
  untouched?: string[];
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
  return { restarted: Date.now() - uptime() * 1000 > since, untouched };
}
