import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBusybox } from '../lab/images.mjs';
import { startEngine, whyNoLab, type Lab } from '../lab/lab.mjs';
import { xbuild } from './xbuild.ts';

const reason = whyNoLab();
const folder = (name: string) => join(import.meta.dirname, '../../examples', name);

describe.skipIf(reason)(
  `the examples${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    let lab: Lab;
    beforeAll(async () => {
      lab = await startEngine({ version: '28.5', store: 'containerd', name: 'examples' });
      await loadBusybox(lab, ['amd64', 'arm64']);
    });
    afterAll(() => lab.stop());

    const build = (name: string) =>
      xbuild(lab, ['--platform', 'linux/amd64,linux/arm64', '-t', name, folder(name)]);
    const run = async (name: string) =>
      (await lab.docker(['run', '--rm', '--platform', 'linux/arm64', name])).stdout;

    it('hello says where it was built and where it runs', async () => {
      expect(await build('hello')).toMatchObject({ status: 0 });
      expect(await run('hello')).toBe('hello from aarch64, built on aarch64\n');
    });

    it('cross is made on the engine’s own platform', async () => {
      expect(await build('cross')).toMatchObject({ status: 0 });
      expect(await run('cross')).toBe('made for arm64 on x86_64\n');
    });

    it('cross is built without any emulation, and what cannot be proven is said', async () => {
      const bare = await startEngine({
        version: '28.5',
        store: 'containerd',
        rules: 'none',
        name: 'bare',
      });
      try {
        await loadBusybox(bare, ['amd64', 'arm64']);
        const words = ['--platform', 'linux/arm64', '-t', 'cross', folder('cross')];
        const { status, stdout } = await xbuild(bare, words);
        expect([status, stdout]).toEqual([0, expect.stringContaining('built, not run')]);
      } finally {
        await bare.stop();
      }
    });

    it('scratch holds one program, and it runs', async () => {
      expect(await build('scratch')).toMatchObject({ status: 0 });
      expect(await run('scratch')).toBe('aarch64\n');
    });

    it.each([
      ['multi-stage', 'page made on x86_64\nmodule made on aarch64\n'],
      ['target-names', 'made for aarch64-unknown-linux-musl\n'],
      ['distroless', 'nonroot\n'],
    ])('%s says %j', async (name, says) => {
      expect(await build(name)).toMatchObject({ status: 0 });
      expect(await run(name)).toBe(says);
    });

    it('configured builds both images, and their smoke commands pass', async () => {
      const { status, json } = await xbuild(lab, ['build', '--json'], {
        cwd: folder('configured'),
      });
      expect(status).toBe(0);
      expect(json.images).toMatchObject([
        { image: 'greeter', ok: true },
        { image: 'clock', ok: true },
      ]);
      expect(await run('greeter')).toBe('hello you\n');
    });

    it('hidden-platform is built, and check says what is wrong with it', async () => {
      const words = ['check', '--strict', folder('hidden-platform')];
      const { status, stdout } = await xbuild(lab, words);
      expect(status).toBe(4);
      expect(stdout).toContain('TARGETARCH');
      expect(await build('hidden-platform')).toMatchObject({ status: 0 });
      expect(await run('hidden-platform')).toBe('made for amd64\n');
    });

    it.each([
      ['windows-line-ends', 'shebang-crlf', 'ends in a carriage return'],
      ['missing-interpreter', 'shebang-interpreter-missing', '/bin/bash'],
      ['not-executable', 'not-executable', 'not executable'],
      ['no-interpreter-line', 'script-without-shebang', 'cannot be executed'],
    ])('%s does not start, and the cause is %s', async (name, cause, words) => {
      const { status, stdout } = await build(name);
      expect(status).toBe(4);
      expect(stdout).toContain(words);
      const { json } = await xbuild(lab, ['verify', '--json', name]);
      const diagnoses = json.images.map((image) => (image as { diagnosis?: unknown }).diagnosis);
      expect(diagnoses).toMatchObject([{ cause: { id: cause } }, { cause: { id: cause } }]);
    });

    it('every folder is one of these', () => {
      const text = readFileSync(join(import.meta.dirname, 'examples.test.ts'), 'utf8');
      const names = readdirSync(folder('.'), { withFileTypes: true })
        // npm run templates builds the projects: their compilers are too large for here.
        .filter((entry) => entry.isDirectory() && entry.name !== 'projects')
        .map((entry) => entry.name);
      expect(names.filter((one) => !text.includes(`'${one}`))).toEqual([]);
    });

    it('wrong-architecture fails verification, with the path and both architectures', async () => {
      const { status, stdout } = await build('wrong-architecture');
      expect(status).toBe(4);
      expect(stdout).toContain('/app is an amd64 program, and the image is for linux/arm64');
    });
  },
);
