import { describe, expect, it } from 'vitest';
import type { BuildReport, PlatformResult } from '../../src/model/build.ts';
import { formatSize, renderBuild, shortEmulator } from '../../src/reporters/build-text.ts';
import { engine } from '../checks/facts.ts';

const plain = { width: 80, unicode: true, colour: (_style: string, text: string) => text };

function built(platform: string, change: Partial<PlatformResult> = {}): PlatformResult {
  return {
    platform,
    ok: true,
    state: 'built',
    support: { platform, support: 'native' },
    node: 'box',
    seconds: 3.21,
    emulatedShare: null,
    tags: ['app'],
    imageId: 'sha256:0123456789abcdef',
    size: 4_200_000,
    ...change,
  };
}

function report(platforms: PlatformResult[], change: Partial<BuildReport> = {}): BuildReport {
  return { ok: true, engine, platforms, checks: [], notes: [], indexes: [], ...change };
}

const failed = (platform: string, error = 'exit code: 2') =>
  built(platform, {
    ok: false,
    state: 'failed',
    tags: [],
    log: `/logs/${platform}.log`,
    failure: { step: '[2/3] RUN make', location: 'Dockerfile:7', error, lines: ['cc: not found'] },
  });

describe('renderBuild()', () => {
  it('is a table where all is well', () => {
    const emulated = {
      platform: 'linux/arm64',
      support: 'emulated' as const,
      emulator: 'qemu-aarch64 version 7.2.22 (Debian 1:7.2)',
    };
    expect(
      renderBuild(
        report([built('linux/amd64'), built('linux/arm64', { support: emulated })]),
        plain,
      ),
    ).toMatchInlineSnapshot(`
        "PLATFORM     RUNS         TIME    SIZE  RESULT  IMAGE
        linux/amd64  native       3.2s  4.2 MB  built   app
        linux/arm64  qemu 7.2.22  3.2s  4.2 MB  built   app
        "
      `);
  });

  it('names the node of each platform where several were named', () => {
    const platforms = [built('linux/amd64'), built('linux/arm64', { node: 'far\u001B[31m' })];
    const nodes = [{ name: 'box', platforms: ['linux/amd64'] }];
    const [heading, first, second] = renderBuild(report(platforms, { nodes }), plain).split('\n');
    expect(heading).toMatch(/^PLATFORM {5}NODE {2,}RUNS/);
    expect(first).toMatch(/^linux\/amd64 {2}box +native/);
    expect(second).toMatch(/^linux\/arm64 {2}far\S+ +native .* built {3}app$/);
    expect(second).not.toContain('\u001B');
  });

  it('tells a failure with its step, line, last output and log', () => {
    expect(renderBuild(report([failed('linux/arm64')]), plain)).toMatchInlineSnapshot(`
      "PLATFORM     RUNS    TIME    SIZE  RESULT  IMAGE
      linux/arm64  native  3.2s  4.2 MB  failed  0123456789ab

      linux/arm64 failed at [2/3] RUN make (Dockerfile:7)
        | cc: not found
        exit code: 2
        whole log: /logs/linux/arm64.log
      "
    `);
  });

  it('says a long instruction once, cut, and how it ended', () => {
    const step = `[2/3] RUN ${'make all; '.repeat(40)}`;
    const error = `process "/bin/sh -c ${step}" did not complete successfully: exit code: 3`;
    const result = failed('linux/arm64');
    result.failure = { step, location: 'Dockerfile:7', error, lines: [] };
    const text = renderBuild(report([result]), plain);
    expect(text).toMatch(/…\s+\(Dockerfile:7\)\n {2}exit code: 3\n/);
    expect(text.split('\n').length).toBeLessThan(10);
  });

  it('tells a failure that platforms share once', () => {
    const text = renderBuild(report([failed('linux/arm64'), failed('linux/s390x')]), plain);
    expect(text.match(/cc: not found/g)).toHaveLength(1);
    expect(text).toContain('linux/arm64, linux/s390x failed at [2/3] RUN make');
  });

  it('prints no control character of a log', () => {
    const text = renderBuild(report([failed('linux/arm64', '\u001B[2Jboo\r')]), plain);
    expect(text).toContain(String.raw`\e[2Jboo\r`);
  });

  it.each([40, 60, 80, 200])('fits %i columns', (width) => {
    const note =
      'The engine’s classic image store holds one platform a name, and each gets its own.';
    const text = renderBuild(
      report([built('linux/amd64'), failed('linux/arm/v7')], { notes: [note] }),
      {
        ...plain,
        width,
      },
    );
    const long = text.split('\n').filter((line) => line.length > width && !line.includes('/logs/'));
    expect(long).toEqual([]);
  });
});

describe('shortEmulator()', () => {
  it.each([
    ['qemu-aarch64 version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)', 'qemu 7.2.22'],
    ['qemu-arm version 10.0.2', 'qemu 10.0.2'],
    ['/usr/bin/box64', '/usr/bin/box64'],
  ])('%s', (version, short) => {
    expect(shortEmulator(version)).toBe(short);
  });
});

describe('formatSize()', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [4_200_000, '4.2 MB'],
    [123_456_789, '123 MB'],
    [1_460_000_000, '1.5 GB'],
  ])('%i bytes', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});
