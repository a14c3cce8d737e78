import { randomUUID } from 'node:crypto';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../io/engine.ts';
import type { Platform } from '../model/platform.ts';
import { removeLabelled } from './names.ts';
import { forStage, type PlanInput } from './plan.ts';
import { runSolve } from './solve.ts';
import { withTemporary } from './temporary.ts';

/** A stage that comes out of the cache takes a moment; one that does not is not waited for. */
const TIME_LIMIT = 20_000;

export interface StageInput {
  input: PlanInput;
  engine: Engine;
  platform: Platform;
  /** The Dockerfile up to the step. */
  before: string;
  /** The whole Dockerfile's path: its ignore file stands beside it. */
  dockerfile?: string;
  signal: AbortSignal;
}

/**
 * Makes an image, without a name, of what a failed step started from, and removes it after `work`.
 * BuildKit keeps nothing of the step itself; what came before it is in its cache, so that nothing is
 * run again.
 *
 * Undefined where there is no such image: another builder's, or it took too long.
 */
export async function withStage<T>(
  { input, engine, platform, before, dockerfile, signal }: StageInput,
  work: (image: string) => Promise<T>,
): Promise<T | undefined> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT)]);
  const label = `dev.xbuild.stage=${randomUUID()}`;
  try {
    const image = await withTemporary('xbuild-stage-', async (folder) => {
      const file = join(folder, 'Dockerfile');
      const solve = forStage(input, platform, { file, label });
      if (solve === undefined) return undefined;
      await writeFile(file, `${before}\n`, { mode: 0o600 });
      if (dockerfile !== undefined) {
        await copyFile(`${dockerfile}.dockerignore`, `${file}.dockerignore`).catch(() => undefined);
      }
      const silent = { onEvent: () => undefined, stdout: 'ignore' as const };
      const result = await runSolve(solve, { client: input.client, ...silent, signal: stop });
      return result.ok ? result.imageId : undefined;
    });
    return image === undefined ? undefined : await work(image);
  } finally {
    // By its label: a build that was stopped may have made the image all the same, and not said so.
    await removeLabelled(engine, label);
  }
}
