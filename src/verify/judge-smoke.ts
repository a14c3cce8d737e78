import { escapeLine, shellQuote } from '../model/escape.ts';
import type { Finding } from '../model/finding.ts';
import { withoutSecrets } from '../model/secrets.ts';
import type { Smoke, SmokeResult } from '../model/smoke.ts';

const MOST_LINES = 5;

/** Compares what came of a smoke command with what was expected; undefined where all is well. */
export function judgeSmoke(
  smoke: Smoke,
  result: SmokeResult,
  platform: string,
): Finding | undefined {
  const complaint = complaintOf(smoke, result);
  if (complaint === undefined) return undefined;
  const words = typeof smoke.run === 'string' ? smoke.run : smoke.run.map(shellQuote).join(' ');
  return {
    id: 'smoke-failed',
    status: 'fail',
    platform,
    message: `${escapeLine(words)} ${complaint}`,
    why: 'The configuration says that this command must run in the image.',
    evidence: evidenceOf(result),
    fix: {
      text: 'Look at what it wrote, and run it by hand in the image.',
      commands: [],
    },
  };
}

function complaintOf(
  { status, output, timeLimit }: Smoke,
  result: SmokeResult,
): string | undefined {
  if (result.outcome === 'refused') return `could not be started: ${escapeLine(result.message)}`;
  if (result.outcome === 'timeout') return `had not ended after ${timeLimit / 1000} s`;
  if (result.status !== status) return `ended with status ${result.status}, expected ${status}`;
  if (output === undefined || result.stdout.includes(output)) return undefined;
  return `did not write "${escapeLine(output)}"`;
}

function evidenceOf(result: SmokeResult): string[] {
  if (result.outcome === 'refused') return [];
  return (['stdout', 'stderr'] as const).flatMap((stream) =>
    withoutSecrets(result[stream])
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-MOST_LINES)
      .map((line) => `${stream}: ${line}`),
  );
}
