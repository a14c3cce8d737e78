import type { BuildFailure, BuildReport, PlatformResult } from '../model/build.ts';
import type { Finding, FindingLocation } from '../model/finding.ts';
import type { Outcome, Report, ReportEnd, ReportSubject } from '../model/report.ts';
import { engineSubject } from './engine-subject.ts';

/**
 * A build as a report: a subject a platform. `dockerfile` is its path from the current folder, which
 * is what annotations name; BuildKit says it from the context's.
 */
export function reportOfBuild(build: BuildReport, end: ReportEnd, dockerfile?: string): Report {
  const engine = engineSubject(build.checks);
  return {
    command: 'build',
    ok: build.ok,
    ...end,
    subjects: [
      ...(engine.findings.length === 0 ? [] : [engine]),
      ...build.platforms.map((result) => platformSubject(result, dockerfile)),
    ],
    notes: build.notes,
    outputs: outputsOf(build),
  };
}

function platformSubject(result: PlatformResult, dockerfile: string | undefined): ReportSubject {
  const { platform, failure, verification, tags, seconds } = result;
  const findings = [
    ...(failure === undefined ? [] : failureFindings(platform, failure, dockerfile)),
    ...(verification?.findings ?? []),
  ];
  return {
    name: platform,
    platform,
    ...(tags[0] === undefined ? {} : { image: tags[0] }),
    outcome: outcomeOf(result),
    summary: summaryOf(result),
    seconds,
    findings: findings.map((finding) => ({ ...finding, platform })),
  };
}

function outcomeOf({ state, verification }: PlatformResult): Outcome {
  if (state === 'skipped' || state === 'interrupted') return 'skipped';
  if (state === 'failed') return 'failed';
  return verification?.ok === false ? 'failed' : 'ok';
}

function summaryOf({ state, verification }: PlatformResult): string {
  if (state === 'interrupted') return 'stopped, since another platform failed';
  if (state !== 'built') return state;
  if (verification === undefined) return 'built';
  if (!verification.ok) return 'built, not verified';
  const { actual } = verification.uname;
  return actual === null ? 'built, not run' : `verified ${actual}`;
}

function failureFindings(
  platform: string,
  failure: BuildFailure,
  dockerfile: string | undefined,
): Finding[] {
  const { step, error, lines, finding } = failure;
  const location = locationOf(failure, dockerfile);
  const failed: Finding = {
    id: 'build-failed',
    status: 'fail',
    platform,
    message: step === null ? 'The build failed.' : `The build failed at ${step}.`,
    evidence: [...lines, ...error.split('\n')],
    ...(location === undefined ? {} : { location }),
  };
  return finding === undefined ? [failed] : [failed, { ...finding, ...(location && { location }) }];
}

/** BuildKit says `Dockerfile:7`. */
function locationOf(
  { location }: BuildFailure,
  dockerfile: string | undefined,
): FindingLocation | undefined {
  const match = /^(?<name>.+):(?<line>\d+)$/.exec(location ?? '');
  const { name, line } = match?.groups ?? {};
  if (name === undefined || line === undefined) return undefined;
  return { source: { file: dockerfile ?? name, line: Number(line) } };
}

function outputsOf({ indexes, platforms }: BuildReport): Record<string, string> {
  const [index] = indexes;
  const [only, ...others] = platforms;
  const digest = index?.digest || (others.length === 0 ? only?.digest : undefined);
  const image = index?.reference ?? only?.tags[0];
  return { ...(digest ? { digest } : {}), ...(image === undefined ? {} : { image }) };
}
