// What a build prints, writes and pushes, and the ways in which it can be asked for.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEngine, type Lab } from '../lab/lab.mjs';
import { startRegistry, type Registry } from '../lab/servers.mjs';
import {
  contentsOf,
  fromScratch,
  HELLO,
  makeContext,
  reason,
  removeImages,
  skipped,
  xbuild,
  where,
} from './xbuild.ts';

const BOTH = ['--platform', 'linux/amd64,linux/arm64'];
const engines = [
  { version: '20.10', store: 'classic' },
  { version: '28.5', store: 'classic' },
  { version: '28.5', store: 'containerd' },
] as const;

// eslint-disable-next-line no-control-regex -- what must not be printed raw
const RAW = /[\0-\u0008\u000B-\u001F\u007F-\u009F]/;

describe.skipIf(reason).each(engines)(
  `Docker $version with the $store store${skipped}`,
  (engine) => {
    const classic = engine.store === 'classic';
    const legacy = engine.version === '20.10';
    // What the two others show differs in nothing here.
    const alike = classic && !legacy;
    let lab: Lab;
    let registry: Registry;
    beforeAll(async () => {
      registry = await startRegistry();
      lab = await startEngine({ name: 'output', ...engine, mirror: registry });
    });
    beforeEach(() => removeImages(lab));
    afterAll(async () => {
      await lab.stop();
      await registry.stop();
    });

    test('prints ids, JSON lines or one document, and writes the files that were asked for', async () => {
      const context = await makeContext({ Dockerfile: HELLO }, ['amd64', 'arm64']);
      const words = [...BOTH, '-t', 'app', context];
      const iidfile = join(context, 'id');
      const quiet = await xbuild(lab, ['-q', '--iidfile', iidfile, ...words]);
      expect(quiet).toMatchObject({ status: 0, stderr: '', left: [] });
      const ids = quiet.stdout.trim().split('\n');
      const { tags } = await contentsOf(lab);
      expect(new Set(ids)).toEqual(new Set(Object.values(tags)));
      expect(readFileSync(iidfile, 'utf8')).toBe(tags['app:latest']);

      const raw = await xbuild(lab, ['--progress=rawjson', '--json', ...words]);
      expect([raw.status, raw.json.ok]).toEqual(legacy ? [2, false] : [0, true]);
      const lines = legacy ? [] : raw.stderr.trim().split('\n');
      expect(lines.filter((line) => typeof JSON.parse(line) !== 'object')).toEqual([]);

      const metadata = join(context, 'metadata.json');
      const more = legacy ? [] : ['--metadata-file', metadata];
      const plain = await xbuild(lab, [...more, '--progress=plain', ...words]);
      expect(plain.status).toBe(0);
      expect(plain.stderr).toMatch(/^linux\/arm64 +\[3\/3\] RUN/m);
      expect(existsSync(metadata)).toBe(!legacy);
      const written = legacy ? {} : (JSON.parse(readFileSync(metadata, 'utf8')) as object);
      const keys = classic ? ['linux/amd64', 'linux/arm64'] : ['containerimage.digest'];
      expect(keys.filter((key) => !(key in written))).toEqual(legacy ? keys : []);
    });

    test.each(where(!alike))(
      'reads the context or the Dockerfile from standard input',
      async () => {
        const context = await makeContext({ Dockerfile: HELLO }, ['amd64', 'arm64']);
        const tar = execFileSync('tar', ['-C', context, '-c', '.'], { maxBuffer: 1 << 26 });
        const streamed = await xbuild(lab, [...BOTH, '-t', 'one', '--json', '-'], { input: tar });
        expect(streamed).toMatchObject({ status: 0, left: [] });
        const file = HELLO.replace('/machine\n', '/machine\nLABEL from=stdin\n');
        const words = [...BOTH, '-t', 'two', '-f', '-', '--json', context];
        const typed = await xbuild(lab, words, { input: file });
        expect(typed).toMatchObject({ status: 0, left: [] });
        const inspect = ['inspect', '--format', '{{.Config.Labels.from}}', 'two'];
        expect((await lab.docker(inspect)).stdout).toBe('stdin\n');
      },
    );

    test.each(where(!alike))(
      'hands on build arguments, secrets and the stage, and tells no secret',
      async () => {
        const Dockerfile = `${fromScratch(
          'ARG WORD\nRUN --mount=type=secret,id=key read -r k < /run/secrets/key; [ ${#k} = 11 ] && echo $WORD > /word',
        ).replace('FROM scratch', 'FROM scratch AS first')}
FROM first
RUN exit 9
`;
        const context = await makeContext({ Dockerfile, 'secret.txt': 'hidden-4711\n' }, ['arm64']);
        const secret = ['--secret', `id=key,src=${context}/secret.txt`];
        const words = [
          '--platform=linux/arm64',
          '--target=first',
          '--build-arg',
          'WORD=said-815',
          ...secret,
        ];
        const syntax = { DOCKER_BUILDKIT: '1' };
        const ended = await xbuild(lab, [...words, '-t', 'app', '--json', context], {
          env: syntax,
        });
        expect(ended).toMatchObject({ status: 0, left: [] });
        expect(ended.stdout + ended.stderr).not.toContain('hidden-4711');
        expect(ended.stdout).not.toContain('said-815');
        const failing = await xbuild(lab, [...words, '--target=', '--json', context]);
        expect(failing.status).toBe(1);
        expect(failing.stdout + failing.stderr).not.toContain('hidden-4711');
      },
    );

    test.each(where(!alike))('finds the engine and the platform as docker does', async () => {
      const context = await makeContext({ Dockerfile: HELLO }, ['amd64', 'arm64']);
      const bare = { DOCKER_HOST: undefined, DOCKER_DEFAULT_PLATFORM: 'linux/arm64' };
      const host = await xbuild(lab, ['-H', lab.dockerHost, '--json', context], { env: bare });
      expect(host.status).toBe(0);
      expect(host.json.platforms.map(({ platform }) => platform)).toEqual(['linux/arm64']);
      await lab.docker(['context', 'create', 'there', '--docker', `host=${lab.dockerHost}`]);
      const flag = await xbuild(lab, ['--context=there', '--json', context], {
        env: { DOCKER_HOST: undefined },
      });
      expect(flag.status).toBe(0);
      expect(flag.json.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64']);
      const variable = { DOCKER_HOST: undefined, DOCKER_CONTEXT: 'there' };
      expect((await xbuild(lab, ['-q', context], { env: variable })).status).toBe(0);
    });

    test.each(where(!legacy))(
      'pushes one index for all platforms, and nothing that is not verified',
      async () => {
        const name = `${registry.host}/team/app`;
        const context = await makeContext({ Dockerfile: HELLO }, ['amd64', 'arm64']);
        const words = [...BOTH, '-t', `${name}:1`, '-t', `${name}:2`, '--push'];
        const ended = await xbuild(lab, [...words, '--json', context]);
        expect(ended).toMatchObject({ status: 0, left: [] });
        const platforms = ['linux/amd64', 'linux/arm64'];
        const digest = expect.stringMatching(/^sha256:/);
        expect(ended.json.indexes).toMatchObject([
          { reference: `${name}:1`, digest, platforms },
          { reference: `${name}:2`, digest, platforms },
        ]);
        const text = await xbuild(lab, [...words, context]);
        expect(text.stdout).toContain(`pushed ${name}:1@sha256:`);
        const Dockerfile = fromScratch(
          'COPY busybox-amd64 /server\nENTRYPOINT ["/server", "true"]',
        );
        const wrong = await makeContext({ Dockerfile }, ['amd64', 'arm64']);
        const bad = await xbuild(lab, [...BOTH, '-t', `${name}:bad`, '--push', '--json', wrong]);
        expect(bad.status).toBe(4);
        expect(bad.json.notes.join()).toContain('Nothing was pushed');
        const list = await fetch(`${registry.url}/v2/team/app/tags/list`);
        const { tags } = (await list.json()) as { tags: string[] };
        expect(tags.filter((tag) => tag.startsWith('bad'))).toEqual([]);
        expect(tags).toEqual(expect.arrayContaining(['1', '2']));
        const closed = await xbuild(lab, [
          ...BOTH,
          '-t',
          '127.0.0.1:1/app',
          '--push',
          '--json',
          context,
        ]);
        expect(closed.status).not.toBe(0);
        expect(closed.json.error?.message).toMatch(/could not push 127\.0\.0\.1:1\/app/);
      },
    );

    test('writes archives where the store can, and says so where it cannot', async () => {
      const context = await makeContext({ Dockerfile: HELLO }, ['amd64', 'arm64']);
      const dest = join(context, 'image.tar');
      const words = [...BOTH, '-o', `type=oci,dest=${dest}`, '--json', context];
      const ended = await xbuild(lab, words);
      expect(ended).toMatchObject({ status: classic ? 2 : 0, left: [] });
      expect(existsSync(dest)).toBe(!classic);
      expect(ended.json.error?.code).toBe(classic ? 'builder-unusable' : undefined);
      const { tags, untagged } = await contentsOf(lab);
      expect({ tags, untagged }).toEqual({ tags: {}, untagged: [] });
      const local = await xbuild(lab, ['-o', join(context, 'out'), '--json', context]);
      expect(local).toMatchObject({ status: 0, left: [] });
      expect(readFileSync(join(context, 'out', 'machine'), 'utf8')).toBe('x86_64\n');
      const piped = await xbuild(lab, ['-o', '-', context]);
      expect(piped.status).toBe(0);
      expect(piped.stdout.slice(257, 262)).toBe('ustar');
      expect(piped.stderr).toContain('linux/amd64');
    });

    test.each(where(!alike))(
      'prints what programs print without their control characters',
      async () => {
        const context = await makeContext(
          {
            Dockerfile: fromScratch(
              'COPY nasty /nasty\nRUN while read -r l; do echo "$l"; done < /nasty; exit 5',
            ),
          },
          ['arm64'],
        );
        const nasty = [
          '\u001B[2J\u001B]0;title\u0007 red',
          'half\rwhole',
          '::error file=x::stop',
          '\u009B31m c1 \u202E bidi',
          'x'.repeat(100_000),
          'last\u0000zero\u0008',
        ];
        writeFileSync(join(context, 'nasty'), `${nasty.join('\n')}\n`);
        const words = ['--platform=linux/arm64', context];
        const ended = await xbuild(lab, words);
        expect(ended.status).toBe(1);
        for (const text of [ended.stdout, ended.stderr]) {
          expect(RAW.exec(text)).toBeNull();
          expect(text).not.toMatch(/^::/m);
          expect(text).not.toContain('\u202E');
        }
        expect(ended.stdout).toContain('::error file=x::stop');
        const json = await xbuild(lab, [...words, '--json', '--progress=plain']);
        expect(json.json.platforms[0]?.failure?.lines.join('\n')).toContain('::error');
      },
    );
  },
);
