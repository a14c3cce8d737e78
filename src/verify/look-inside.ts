import { XbuildError } from '../model/errors.ts';
import { isKnown, type FileFacts, type Known } from '../model/facts.ts';
import { programOf, type Platform } from '../model/platform.ts';
import type { ProbeCommand } from '../probe/command.ts';
import type { Inventory } from '../model/inventory.ts';
import type { ImageProbe } from '../probe/image-probe.ts';
import type { ImageConfig, InsideFacts } from './image-facts.ts';
import { pathsToLookAt } from './programs.ts';
import type { EngineImage } from './scratch-container.ts';

/** What one container of an image showed. */
export interface Look {
  inside: Known<InsideFacts>;
  files: FileFacts[];
  /** All that can be executed; absent where it was not asked for. */
  inventory?: Known<Inventory>;
}

/** What a container of an image is to show. */
export interface LookRequest {
  platform: Platform;
  config: Known<ImageConfig>;
  /** Whether to walk over all files. */
  scan: boolean;
}

/**
 * Runs one container of an image: its own `uname -m`, the probe's program for its platform, a look
 * at the files that starting it comes by, and a walk over all. A refusal is an unknown fact.
 */
export async function lookInside(
  probe: ImageProbe,
  target: EngineImage,
  { platform, config, scan }: LookRequest,
): Promise<Look> {
  const program = programOf(platform);
  const paths = isKnown(config) ? pathsToLookAt(config) : [];
  const commands: ProbeCommand[] = [
    { do: 'run', words: ['uname', '-m'] },
    ...(program === undefined ? [] : [{ do: 'guest' as const, program }]),
    ...paths.map((path) => ({ do: 'look' as const, path })),
    ...(scan ? [{ do: 'scan' as const }] : []),
  ];
  try {
    const answer = await probe.run({ ...target, commands });
    const missing = { unknown: answer.problem ?? 'the probe did not tell' };
    const [uname = missing] = answer.runs;
    const guest = program === undefined ? null : (answer.guests[0] ?? missing);
    const { files, inventory } = answer;
    return { inside: { uname, guest }, files, ...(inventory === undefined ? {} : { inventory }) };
  } catch (error) {
    if (!(error instanceof XbuildError) || error.code.startsWith('engine-')) throw error;
    return { inside: { unknown: error.message }, files: [] };
  }
}
