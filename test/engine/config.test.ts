// Builds that xbuild.yaml asks for, on a real engine.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEngine, type Lab } from '../lab/lab.mjs';
import { contentsOf, HELLO, makeContext, reason, removeImages, skipped, xbuild } from './xbuild.ts';

const BUSYBOXES = ['amd64', 'arm64'] as const;

describe.skipIf(reason)(`a build by xbuild.yaml${skipped}`, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startEngine({ name: 'config', version: '28.5', store: 'containerd' });
  });
  beforeEach(() => removeImages(lab));
  afterAll(() => lab.stop());

  test('all images, each with its smoke commands; flags beat the file', async () => {
    const config = `platforms: [linux/amd64, linux/arm64]
args: {GREETING: hello}
images:
  good:
    tags: [good:1]
    verify:
      smoke:
        - run: [/bin/busybox, uname, -m]
          output: aarch64
          platforms: [arm64]
        - run: exit 3
          status: 3
  bad:
    tags: [bad:1]
    verify:
      smoke:
        - run: [/bin/busybox, sh, -c, 'echo oops >&2; exit 1']
        - run: [/bin/busybox, sleep, '100']
          timeout: 300ms
        - run: [/nowhere]
  broken:
    target: nothing
`;
    const cwd = await makeContext({ Dockerfile: HELLO, 'xbuild.yaml': config }, BUSYBOXES);
    const all = await xbuild(lab, ['build', '--json', '--platform', 'linux/arm64'], { cwd });
    expect(all).toMatchObject({ status: 1, left: [] });
    const [good, bad, broken] = all.json.images as unknown as {
      image: string;
      ok: boolean;
      platforms: {
        platform: string;
        verification?: { findings: { message: string; status: string }[] };
      }[];
    }[];
    expect(good).toMatchObject({ image: 'good', ok: true });
    expect(good?.platforms.map(({ platform }) => platform)).toEqual(['linux/arm64']);
    expect(bad).toMatchObject({ image: 'bad', ok: false });
    const failed = bad?.platforms[0]?.verification?.findings.filter(
      ({ status }) => status === 'fail',
    );
    expect(failed?.map(({ message }) => message)).toEqual([
      "/bin/busybox sh -c 'echo oops >&2; exit 1' ended with status 1, expected 0",
      '/bin/busybox sleep 100 had not ended after 0.3 s',
      expect.stringContaining('/nowhere could not be started'),
    ]);
    expect(broken).toMatchObject({ image: 'broken', ok: false });
    expect(Object.keys((await contentsOf(lab)).tags)).toEqual(
      expect.arrayContaining(['good:1', 'bad:1']),
    );

    const one = await xbuild(lab, ['build', 'good'], { cwd });
    expect(one).toMatchObject({ status: 0 });
    expect(one.stdout).toContain('linux/amd64');
  });

  test('what is written by init is built as it is', async () => {
    const cwd = await makeContext({ Dockerfile: HELLO }, BUSYBOXES);
    const init = await xbuild(lab, ['init', '--ci', 'gitlab', '--image', 'app', '--yes'], { cwd });
    expect(init).toMatchObject({ status: 0, stdout: expect.stringContaining('xbuild.yaml') });
    const built = await xbuild(lab, ['build', '--json'], { cwd });
    expect(built).toMatchObject({ status: 0 });
    expect(built.json.platforms.map(({ verification }) => verification?.ok)).toEqual([true, true]);
    const again = await xbuild(lab, ['init', '--ci', 'gitlab', '--image', 'app', '--json'], {
      cwd,
    });
    expect(again.json).toMatchObject({ written: [], left: ['xbuild.yaml', '.gitlab-ci.yml'] });
  });

  test('nobody is there to be asked: nothing is written', async () => {
    const cwd = await makeContext({ 'go.mod': 'module x\n' });
    const ended = await xbuild(lab, ['init', '--ci', 'github'], { cwd });
    expect(ended).toMatchObject({ status: 2, stdout: '' });
    expect(ended.stderr).toContain('--yes');
  });
});
