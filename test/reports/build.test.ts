import { describe, expect, it } from 'vitest';
import type { BuildReport, PlatformResult } from '../../src/model/build.ts';
import { reportOfBuild } from '../../src/reports/build.ts';
import { engine } from '../checks/facts.ts';

const end = { exitStatus: 0, seconds: 4 };

function built(change: Partial<PlatformResult> = {}): PlatformResult {
  const platform = 'linux/arm64';
  return {
    platform,
    ok: true,
    state: 'built',
    support: { platform, support: 'native' },
    node: 'box',
    seconds: 3,
    emulatedShare: null,
    tags: ['app:1'],
    digest: 'sha256:aa',
    ...change,
  };
}

function report(platforms: PlatformResult[], change: Partial<BuildReport> = {}): BuildReport {
  return { ok: true, engine, platforms, checks: [], notes: [], indexes: [], ...change };
}

const failed = built({
  ok: false,
  state: 'failed',
  tags: [],
  failure: {
    step: '[2/3] RUN make',
    location: 'Dockerfile:7',
    error: 'exit code: 2',
    lines: ['cc: not found'],
  },
});

describe('reportOfBuild()', () => {
  it('has a subject a platform, and what a later step wants', () => {
    expect(reportOfBuild(report([built()]), end)).toMatchObject({
      command: 'build',
      exitStatus: 0,
      seconds: 4,
      subjects: [{ name: 'linux/arm64', outcome: 'ok', summary: 'built', seconds: 3 }],
      outputs: { digest: 'sha256:aa', image: 'app:1' },
    });
  });

  it('gives the digest of the index that was pushed', () => {
    const indexes = [{ reference: 'r/app:1', digest: 'sha256:bb', platforms: [] }];
    const { outputs } = reportOfBuild(report([built(), built()], { indexes }), end);
    expect(outputs).toEqual({ digest: 'sha256:bb', image: 'r/app:1' });
  });

  it('tells a failed step as a finding at the line of the Dockerfile that the user named', () => {
    const [subject] = reportOfBuild(report([failed]), end, 'docker/Dockerfile').subjects;
    expect(subject).toMatchObject({ outcome: 'failed', summary: 'failed' });
    expect(subject?.findings).toEqual([
      {
        id: 'build-failed',
        status: 'fail',
        platform: 'linux/arm64',
        message: 'The build failed at [2/3] RUN make.',
        evidence: ['cc: not found', 'exit code: 2'],
        location: { source: { file: 'docker/Dockerfile', line: 7 } },
      },
    ]);
  });

  it.each([
    [built({ state: 'interrupted', ok: false }), 'skipped'],
    [built({ state: 'skipped', ok: false }), 'skipped'],
    [failed, 'failed'],
  ])('%#: the outcome is %s', (result, outcome) => {
    expect(reportOfBuild(report([result]), end).subjects[0]?.outcome).toBe(outcome);
  });

  it('tells of the engine only where it is not all green', () => {
    const check = { id: 'image-store', status: 'warn' as const, message: 'It is old.' };
    const { subjects } = reportOfBuild(report([built()], { checks: [check] }), end);
    expect(subjects.map(({ name }) => name)).toEqual(['engine', 'linux/arm64']);
  });
});
