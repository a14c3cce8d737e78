// Ctrl-C: nothing goes on, nothing is named, nothing is left.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEngine, type Lab } from '../lab/lab.mjs';
import { pause } from '../lab/run.mjs';
import {
  contentsOf,
  fromScratch,
  HELLO,
  makeContext,
  reason,
  removeImages,
  skipped,
  xbuild,
} from './xbuild.ts';

/** arm64 never ends; amd64 does, at once. */
const ENDLESS = fromScratch(`COPY busybox-\${TARGETARCH}\${TARGETVARIANT} /bin/busybox
RUN echo begun; [ $TARGETARCH = amd64 ] || /bin/busybox sleep 4321`);

const PLATFORMS = ['--platform', 'linux/amd64,linux/arm64', '-t', 'app'];

const processesWith = (text: string) =>
  execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(text) && !line.includes('RUN echo'));

const engines = [
  { version: '20.10', store: 'classic' },
  { version: '28.5', store: 'containerd' },
] as const;

describe.skipIf(reason).each(engines)(
  `Ctrl-C on Docker $version with the $store store${skipped}`,
  (engine) => {
    // In a solve for all platforms nothing is built before the last one is.
    const amd64IsDone =
      engine.store === 'classic'
        ? /linux\/amd64 +built/
        : /linux\/amd64 +\[3\/3\].* (?:done|\(cached)/;
    let lab: Lab;
    beforeAll(async () => {
      lab = await startEngine({ name: 'stops', ...engine });
    });
    beforeEach(() => removeImages(lab));
    afterAll(() => lab.stop());

    test.each([
      ['once', async (kill: () => unknown) => void kill()],
      [
        'twice',
        async (kill: () => unknown) => {
          kill();
          await pause(100);
          kill();
        },
      ],
    ])('ends a build, asked %s', async (_times, ask) => {
      const context = await makeContext({ Dockerfile: HELLO, Endless: ENDLESS }, [
        'amd64',
        'arm64',
      ]);
      await xbuild(lab, [...PLATFORMS, '--no-verify', context]);
      const before = await contentsOf(lab);
      const ended = await xbuild(lab, [...PLATFORMS, '-f', `${context}/Endless`, context], {
        during: async ({ child, said }) => {
          await said(/linux\/arm64 +\| begun/);
          await said(amd64IsDone);
          // The terminal sends it to docker too.
          await ask(() => child.exitCode === null && process.kill(-(child.pid ?? 0), 'SIGINT'));
        },
      });
      expect(ended).toMatchObject({ status: 130, left: [] });
      expect(ended.stderr).toContain('error: interrupted');
      expect(ended.stderr).not.toMatch(/\n {4}at /);
      expect(processesWith(context)).toEqual([]);
      await expect.poll(() => processesWith('sleep 4321'), { timeout: 10_000 }).toEqual([]);
      expect(await contentsOf(lab)).toEqual(before);
    });

    test('ends a check, a verification and a wait for standard input', async () => {
      const stop = (argv: string[], at: RegExp | number, input?: false) =>
        xbuild(lab, argv, {
          ...(input === undefined ? {} : { input }),
          during: async ({ child, said }) => {
            if (typeof at === 'number') await pause(at);
            else await said(at);
            process.kill(-(child.pid ?? 0), 'SIGINT');
          },
        });
      const context = await makeContext({ Dockerfile: HELLO }, ['amd64', 'arm64']);
      const checking = await stop([...PLATFORMS, context], /checking/);
      expect(checking).toMatchObject({ status: 130, left: [] });
      const verifying = await stop([...PLATFORMS, context], /verifying/);
      expect(verifying).toMatchObject({ status: 130, left: [] });
      const waiting = await stop(['-t', 'app', '-'], 1500, false);
      expect(waiting).toMatchObject({ status: 130, left: [] });
      const json = await stop(['preflight', '--json'], 250);
      expect(json.status).toBe(130);
      expect(json.json.error?.code).toBe('interrupted');
      const { containers, volumes } = await contentsOf(lab);
      expect({ containers, volumes }).toEqual({ containers: [], volumes: [] });
    });
  },
);
