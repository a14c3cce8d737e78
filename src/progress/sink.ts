import type { PlatformResult } from '../model/build.ts';
import type { BuildEvent } from './event.ts';
import type { Tracker } from './track.ts';

/** Where progress goes while builds run: a live terminal, plain lines, raw JSON, or nowhere. */
export interface ProgressSink {
  /** One event, and the platforms that it belongs to. */
  event(event: BuildEvent, platforms: readonly string[], tracker: Tracker): void;
  /** Told before the builds where there are several nodes: which one builds each platform. */
  placed?(nodeOf: ReadonlyMap<string, string>): void;
  /** A platform's build has ended. */
  settled(result: PlatformResult): void;
  /** What xbuild does between builds: `checking the engine`, `verifying linux/arm64`. */
  phase(text: string): void;
  /** Set where the docker command's own progress is wanted as it is. */
  raw?: (chunk: string) => void;
  /** Ends the display; what was live stays as its last state or goes. */
  close(): void;
}
