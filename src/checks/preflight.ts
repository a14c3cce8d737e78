import type { Finding } from '../model/finding.ts';
import type { PlatformSupport, PreflightInput, PreflightReport } from '../model/preflight.ts';
import { checks } from './index.ts';
import { elsewhere } from './scene.ts';
import { platformSupport } from './support.ts';

/**
 * Judges the facts: every check, the table of platforms, and whether all that the user named can
 * be built.
 *
 * Not `ok`: a check failed, or a named platform does not run or was not shown to run, unless it is
 * the engine's own or the steps run on a machine that cannot be looked at. Where the user named no
 * platform, none is demanded.
 */
export function judge(input: PreflightInput): PreflightReport {
  const findings = checks.flatMap((check) => check.run(input));
  const platforms = platformSupport(input, findings);
  return { ok: isOk(input, findings, platforms), facts: input.facts, checks: findings, platforms };
}

function isOk(
  input: PreflightInput,
  findings: readonly Finding[],
  platforms: readonly PlatformSupport[],
): boolean {
  if (findings.some(({ status }) => status === 'fail')) return false;
  if (!input.named) return true;
  const outOfSight = elsewhere(input.facts) !== undefined;
  return platforms.every(
    ({ support }) =>
      support === 'native' || support === 'emulated' || (support === 'unknown' && outOfSight),
  );
}
