// Builds for several platforms on every engine and image store: what is built, what fails, and
// what each leaves in the engine.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEngine, type Lab } from '../lab/lab.mjs';
import {
  contentsOf,
  FIVE,
  FIVE_NAMES,
  fromScratch,
  HELLO,
  makeContext,
  PAIRS,
  reason,
  removeImages,
  skipped,
  xbuild,
  where,
  type JsonFinding,
} from './xbuild.ts';

const EXPECTED = {
  'linux/amd64': 'x86_64',
  'linux/arm64': 'aarch64',
  'linux/arm/v7': 'armv7l',
  'linux/riscv64': 'riscv64',
  'linux/s390x': 's390x',
};

/** Fails on arm64 alone, and at once; the other platforms take a moment longer. */
const FAILS_ON_ARM64 = fromScratch(`COPY busybox-\${TARGETARCH}\${TARGETVARIANT} /bin/busybox
RUN if [ $TARGETARCH = arm64 ]; then echo the first words; echo the last words; exit 3; fi; /bin/busybox sleep 1.5
ENTRYPOINT ["/bin/busybox", "true"]`);

/** Ids, and the lines of the Dockerfile that they are about. */
function linesOf(findings: readonly JsonFinding[]): (string | number | undefined)[][] {
  return findings.map(({ id, location }) => [id, location?.source?.line]);
}

/** An image for every platform whose entrypoint is amd64's program. */
const AMD64_IN_ALL = fromScratch(`COPY busybox-amd64 /app/server
ENTRYPOINT ["/app/server", "true"]`);

describe.skipIf(reason).each(PAIRS)(`Docker $version with the $store store${skipped}`, (pair) => {
  const classic = pair.store === 'classic';
  // What goes wrong goes wrong the same way on the engine in the middle.
  const atTheEnds = pair.version !== '26.1';
  let lab: Lab;
  beforeAll(async () => {
    lab = await startEngine({ name: 'build', ...pair });
  });
  beforeEach(() => removeImages(lab));
  afterAll(() => lab.stop());

  test('builds five platforms from one Dockerfile, and proves that each one runs', async () => {
    const context = await makeContext({ Dockerfile: HELLO }, FIVE_NAMES);
    const ended = await xbuild(lab, ['--platform', FIVE.join(), '-t', 'app', context, '--json']);
    expect(ended).toMatchObject({ status: 0, left: [] });
    const { ok, platforms, checks } = ended.json;
    expect([ok, checks.filter(({ status }) => status === 'fail')]).toEqual([true, []]);
    const unames = platforms.map(({ platform, verification }) => [
      platform,
      verification?.uname.actual,
    ]);
    expect(Object.fromEntries(unames)).toEqual(EXPECTED);
    const sizes = platforms.map(({ size = 0 }) => size);
    // An engine before 28 does not tell the sizes of an image's platforms.
    const told = classic || pair.version === '28.5';
    expect(sizes.every((size) => size > 2_400_000 && size < 5_000_000)).toBe(told);
    const { tags, ...rest } = await contentsOf(lab);
    expect(rest).toEqual({ untagged: [], containers: [], volumes: [] });
    const names = 'amd64 arm-v7 arm64 riscv64 s390x'.split(' ').map((end) => `app:latest-${end}`);
    expect(Object.keys(tags)).toEqual(['app:latest', ...(classic ? names : [])]);
    for (const { platform, imageId = '', tags: given } of platforms) {
      const [name = ''] = given;
      expect(tags[name.includes(':') ? name : `${name}:latest`]).toBe(imageId);
      const run = ['run', '--rm', '--network=none', '--platform', platform, name];
      expect((await lab.docker(run)).stdout.trim()).toBe(EXPECTED[platform as 'linux/amd64']);
    }
    const plain = ['run', '--rm', '--network=none', 'app'];
    expect((await lab.docker(plain)).stdout).toBe('x86_64\n');
  });

  test.each(where(atTheEnds))(
    'finishes the other platforms when one fails, and says where and why it did',
    async () => {
      const context = await makeContext({ Dockerfile: HELLO, Failing: FAILS_ON_ARM64 }, FIVE_NAMES);
      const platforms = ['--platform', 'linux/amd64,linux/arm64,linux/arm/v7', '-t', 'app:1'];
      await xbuild(lab, [...platforms, '--no-verify', context]);
      const before = await contentsOf(lab);
      const words = [...platforms, '-f', `${context}/Failing`, context];
      const ended = await xbuild(lab, [...words, '--json']);
      expect(ended).toMatchObject({ status: 1, left: [] });
      const { ok, platforms: results, notes } = ended.json;
      expect(ok).toBe(false);
      expect(results.map(({ state }) => state)).toEqual(['built', 'failed', 'built']);
      expect(results.map(({ verification }) => verification?.ok)).toEqual([true, undefined, true]);
      const { failure } = results[1] ?? {};
      expect(failure?.step).toMatch(/^\[3\/3\] RUN if/);
      expect(failure?.error).toContain('exit code: 3');
      expect(failure?.lines).toEqual(['the first words', 'the last words']);

      const after = await contentsOf(lab);
      const moved = Object.keys(before.tags).filter((tag) => after.tags[tag] !== before.tags[tag]);
      expect(moved).toEqual(classic ? ['app:1', 'app:1-amd64', 'app:1-arm-v7'] : []);
      // As with docker, an image whose name has moved on stays without one.
      const nameless = new Set(moved.map((tag) => before.tags[tag]));
      expect(new Set(after.untagged)).toEqual(nameless);
      expect([after.containers, after.volumes]).toEqual([[], []]);
      expect(notes.join().includes('app:1 was left as it was')).toBe(!classic);

      const text = await xbuild(lab, words, { env: { XDG_STATE_HOME: context } });
      expect(text.stdout).toContain('linux/arm64 failed at [3/3] RUN if');
      expect(text.stdout).toContain('  | the last words\n');
      const log = /whole log: (?<file>.*)/.exec(text.stdout)?.groups?.['file'] ?? '';
      expect(readFileSync(log, 'utf8')).toContain('the first words');
      expect((await contentsOf(lab)).untagged).toEqual(after.untagged);
    },
  );

  test.each(where(atTheEnds))(
    'refuses an image whose entrypoint is another architecture’s program',
    async () => {
      const context = await makeContext({ Dockerfile: AMD64_IN_ALL }, ['amd64', 'arm64']);
      const words = ['--platform=linux/amd64,linux/arm64', '-t', 'mixed', context];
      const ended = await xbuild(lab, [...words, '--json']);
      expect(ended).toMatchObject({ status: 4, left: [] });
      const [amd64, arm64] = ended.json.platforms;
      expect([amd64?.verification?.ok, arm64?.verification?.ok]).toEqual([true, false]);
      const said = (arm64?.verification?.findings ?? []).filter(({ status }) => status === 'fail');
      expect(said.map(({ message }) => message).join('\n')).toMatch(
        /(?=[^]*\/app\/server)(?=[^]*amd64)(?=[^]*arm64)/,
      );
      // The fifth line copies it, for every platform: said of the Dockerfile, and of what came of it.
      expect(linesOf(ended.json.mistakes)).toContainEqual(['copy-architecture', 5]);
      expect(linesOf(said)).toContainEqual(['entrypoint-architecture', 5]);
      const text = await xbuild(lab, words);
      expect(text.status).toBe(4);
      expect(text.stdout).toContain('NOT VERIFIED');
      expect(text.stdout).toContain('[copy-architecture]');
      const unchecked = await xbuild(lab, [...words, '--verify=false', '--json']);
      expect(unchecked.status).toBe(0);
      expect(unchecked.json.platforms.map(({ verification }) => verification)).toEqual([
        undefined,
        undefined,
      ]);
      const { untagged, containers, volumes } = await contentsOf(lab);
      expect({ untagged, containers, volumes }).toEqual({
        untagged: [],
        containers: [],
        volumes: [],
      });
    },
  );
});
