import type Dockerode from 'dockerode';
import type { Gathered } from '../facts/gather.ts';
import type { BuiltPlatform } from '../model/build.ts';
import type { Finding } from '../model/finding.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import type { Smoke, SmokeResult } from '../model/smoke.ts';
import { PROBE_LABEL } from '../probe/image.ts';
import { refusalOf } from '../probe/refusal.ts';
import { runContainer } from '../probe/run-container.ts';
import { judgeSmoke } from './judge-smoke.ts';

/** The image that the commands are run in. */
export interface SmokeTarget {
  /** Name or id, for the engine. */
  image: string;
  platform: Platform;
}

/** What the engine may take to start a container. */
const START_LIMIT = 60_000;
const OUTPUT_LIMIT = 1 << 20;

/**
 * Runs commands in containers of an image, one after the other, with no network and no volumes, and
 * says what was not as expected. Throws what is no answer of the engine, and the signal's reason.
 */
export async function runSmoke(
  docker: Dockerode,
  target: SmokeTarget,
  smokes: readonly Smoke[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const platform = formatPlatform(target.platform);
  const findings: Finding[] = [];
  for (const smoke of smokes) {
    if (smoke.platforms !== undefined && !smoke.platforms.includes(platform)) continue;
    const result = await runOne(docker, target, smoke, signal);
    const finding = judgeSmoke(smoke, result, platform);
    if (finding !== undefined) findings.push(finding);
  }
  return findings;
}

async function runOne(
  docker: Dockerode,
  { image, platform }: SmokeTarget,
  { run, timeLimit }: Smoke,
  signal: AbortSignal,
): Promise<SmokeResult> {
  const [program = '', ...rest] = typeof run === 'string' ? ['/bin/sh', '-c', run] : run;
  let waiting: Promise<{ StatusCode: number }> | undefined;
  try {
    const { stdout, stderr, timedOut } = await runContainer(docker, {
      create: {
        Image: image,
        Entrypoint: [program],
        Cmd: rest,
        AttachStdout: true,
        AttachStderr: true,
        Labels: { [PROBE_LABEL]: '1' },
        HostConfig: { NetworkMode: 'none' },
      },
      platform: formatPlatform(platform),
      startLimit: START_LIMIT,
      timeLimit,
      outputLimit: OUTPUT_LIMIT,
      signal,
      // Asked before it is started: afterwards it may be gone. Its removal is later than its end.
      prepare: async (container) => {
        waiting = container.wait({ condition: 'removed' }) as Promise<{ StatusCode: number }>;
        waiting.catch(() => undefined);
      },
    });
    const text = { stdout: stdout.toString(), stderr: stderr.toString() };
    if (timedOut) return { outcome: 'timeout', ...text };
    const ended = await waiting;
    return { outcome: 'ended', status: ended?.StatusCode ?? 0, ...text };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return { outcome: 'refused', message: refusal.message };
  }
}

/** Runs the commands in what a build has left in the engine's store; findings go to the verifications. */
export async function smokeBuilt(
  built: readonly BuiltPlatform[],
  { engine }: Gathered,
  smokes: readonly Smoke[],
  signal: AbortSignal,
): Promise<void> {
  for (const { result, imageId, platform } of built) {
    const { verification } = result;
    // What does not run at all has its finding already.
    if (imageId === undefined || verification?.ok !== true) continue;
    const target = { image: imageId, platform };
    const findings = await runSmoke(engine.docker, target, smokes, signal).catch(
      (error: unknown) => {
        throw engine.failure(error);
      },
    );
    verification.findings.push(...findings);
    if (findings.length > 0) verification.ok = false;
  }
}
