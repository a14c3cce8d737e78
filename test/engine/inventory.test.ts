// The same image by every way of reading it without running it, on real engines and a real registry.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noCache, openCache } from '../../src/inventory/cache.ts';
import { readInventorySource, type SourceOptions } from '../../src/inventory/read-source.ts';
import { connectEngine, type Engine } from '../../src/io/engine.ts';
import type { ImageContent } from '../../src/model/image-content.ts';
import { isKnown } from '../../src/model/facts.ts';
import { parseVerifyTarget } from '../../src/model/verify-target.ts';
import { makeImageProbe } from '../../src/probe/image-probe.ts';
import { ensureBusybox } from '../lab/images.mjs';
import { startEngine, whyNoLab, type Lab } from '../lab/lab.mjs';
import { hostDebianArch } from '../lab/packages.mjs';
import { startRegistry, type Registry } from '../lab/servers.mjs';

const reason = whyNoLab() ?? (hostDebianArch() === 'amd64' ? undefined : 'not an amd64 machine');

/** A layer a line: hard links, set-uid, odd names, whiteouts, an opaque directory, a change of kind. */
const DOCKERFILE = String.raw`FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin && mkdir -p /etc /opt && echo root:x:0:0::/:/bin/sh > /etc/passwd"]
RUN mkdir -p /opt/a /opt/d/e && printf '#!/bin/sh\n' > /opt/a/run && chmod 4755 /opt/a/run && ln /opt/a/run /opt/a/twin && cp /bin/busybox /opt/a/tool && mkfifo /opt/a/pipe && cp /bin/busybox /opt/d/e/x && echo data > /opt/data
RUN printf '#!/bin/sh\n' > "/opt/$(printf 'n\377m\033[2J')" && dd if=/dev/zero of=/opt/hole bs=1 count=1 seek=3000000 && chmod +x /opt/hole && ln -s $(printf 'to\376') /opt/link
RUN rm /opt/a/tool && rm -r /opt/d && mkdir /opt/d && cp /bin/busybox /opt/d/new
RUN rm -r /opt/a/pipe && rm /opt/data && mkdir /opt/data && printf '#!/bin/sh\n' > /opt/data/script && mkdir /opt/kept && : > /opt/kept/empty && chmod +x /opt/kept/empty
RUN rm -r /opt/kept && echo no directory > /opt/kept && chown 7:8 /opt/a/twin
ENV WHO=me
SHELL ["/bin/sh", "-ec"]
HEALTHCHECK CMD /opt/d/new true
USER 7:8
WORKDIR /opt
ENTRYPOINT ["/opt/a/run"]
CMD ["x"]
`;

const expected = [
  '/opt/a/run file 4755',
  '/opt/a/twin file',
  '/opt/d/new file',
  '/opt/data/script file',
  '/opt/hole file',
  '/opt/link to\u00fe',
  '/opt/n\u00ffm\u001b[2J file',
];

const engines = [
  { version: '20.10', store: 'classic' },
  { version: '28.5', store: 'classic' },
  { version: '28.5', store: 'containerd' },
] as const;

/** What all ways must agree on. */
function comparable({ inventory }: ImageContent) {
  const { by: _by, files, ...rest } = inventory;
  return { ...rest, files: files.map(({ layer: _layer, ...file }) => file) };
}

describe.skipIf(reason).each(engines)('on $version with the $store store', (options) => {
  let folder = '';
  let lab: Lab;
  let registry: Registry;
  let engine: Engine;
  let saved: ImageContent;

  const read = async (word: string, more: Partial<SourceOptions> = {}) => {
    const set = await readInventorySource(parseVerifyTarget(word), {
      cache: noCache,
      engine,
      env: { HOME: folder },
      ...more,
    });
    expect(set.findings).toEqual([]);
    const [image, ...others] = set.images;
    expect(others).toEqual([]);
    if (image === undefined) throw new Error(`${word}: no image`);
    expect(image.findings).toEqual([]);
    return image;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xbuild-inventory-'));
    [lab, registry] = await Promise.all([
      startEngine({ name: 'inventory', net: true, ...options }),
      startRegistry(),
    ]);
    await lab.reach(registry.port);
    engine = await connectEngine({ url: `unix://${lab.socket}`, source: 'a test' });
    mkdirSync(join(folder, 'context'));
    copyFileSync(await ensureBusybox('amd64'), join(folder, 'context/busybox'));
    writeFileSync(join(folder, 'context/Dockerfile'), DOCKERFILE);
    const env = { DOCKER_BUILDKIT: '1', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };
    await lab.docker(['build', '--network', 'none', '-t', 'app:1', join(folder, 'context')], {
      env,
    });
    saved = await read('app:1');
  });
  afterAll(async () => {
    await Promise.all([lab.stop(), registry.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  test('docker save tells each file, its layer and the instruction that made it', () => {
    const { files, counts, incomplete } = saved.inventory;
    expect(incomplete).toBeUndefined();
    const shown = files.filter(({ path }) => path.startsWith('/opt'));
    expect(
      shown.map(({ path, target, kind, mode }) => `${path} ${target ?? kind} ${mode}`),
    ).toEqual(expected.map((line) => expect.stringContaining(line.replace(' 4755', '')) as string));
    expect(counts.elf).toBe(2);
    const layerOf = (path: string) => files.find((file) => file.path === path)?.layer;
    const makerOf = (path: string) =>
      saved.layers.find(({ diffId }) => diffId === layerOf(path))?.createdBy;
    expect(makerOf('/opt/d/new')).toContain('mkdir /opt/d && cp');
    expect(makerOf('/bin/busybox')).toContain('COPY busybox');
    expect(saved.platform).toMatchObject({ os: 'linux', architecture: 'amd64' });
    expect(saved.start).toMatchObject({
      entrypoint: ['/opt/a/run'],
      cmd: ['x'],
      user: '7:8',
      workingDir: '/opt',
      healthcheck: ['CMD-SHELL', '/opt/d/new true'],
      shell: ['/bin/sh', '-ec'],
    });
  });

  test('export gives the same files', async () => {
    const exported = await read('app:1', { way: 'export' });
    expect(comparable(exported)).toEqual(comparable(saved));
    expect(exported.start).toEqual(saved.start);
    const { stdout } = await lab.docker(['ps', '--all', '--quiet']);
    expect(stdout).toBe('');
  });

  test('the probe gives the same files', async () => {
    const probe = await makeImageProbe(engine.docker, { architecture: 'amd64' });
    const commands = [{ do: 'scan' as const }];
    const answer = await probe.run({ image: 'app:1', platform: 'linux/amd64', commands });
    if (answer.inventory === undefined || !isKnown(answer.inventory)) throw new Error('no scan');
    expect(comparable({ ...saved, inventory: answer.inventory })).toEqual(comparable(saved));
  });

  test('a container gives the files that it has now', async () => {
    await lab.docker([
      'run',
      '--name',
      'box',
      '--network',
      'none',
      '--entrypoint',
      '/bin/sh',
      '--user',
      '0',
      'app:1',
      '-c',
      'rm /opt/hole; cp /bin/busybox /opt/more',
    ]);
    const { inventory } = await read('container:box');
    await lab.docker(['rm', 'box']);
    const found = inventory.files.map(({ path }) => path);
    expect(found).toContain('/opt/more');
    expect(found).not.toContain('/opt/hole');
  });

  test('a file of docker save gives the same, packed too', async () => {
    const file = join(folder, 'app.tar');
    await lab.docker(['save', '-o', file, 'app:1']);
    const same = { ...saved, inventory: { ...saved.inventory, by: 'layout' } };
    expect(await read(`docker-archive:${file}`)).toEqual(same);
    execFileSync('gzip', ['-1', file]);
    expect(await read(`docker-archive:${file}.gz:app:1`)).toEqual(same);
  });

  test('a registry gives the same, without a pull, and the second time from the cache', async () => {
    const name = `${registry.host}/team/app:1`;
    await lab.docker(['tag', 'app:1', name]);
    await lab.docker(['push', name]);
    const cache = openCache(join(folder, 'cache'));
    const read1 = await read(`docker://${name}`, { cache });
    expect(comparable(read1)).toEqual(comparable(saved));
    expect(read1.inventory.files.map(({ layer }) => layer)).toEqual(
      saved.inventory.files.map(({ layer }) => layer),
    );
    expect(read1.layers).toEqual(saved.layers);
    expect(read1.manifestDigest).toMatch(/^sha256:/);
    // Layers that are remembered are not asked for again: here they are no longer there.
    const again = await read(`docker://${name}`, { cache });
    expect(again).toEqual(read1);
    await expect(read(`docker://${registry.host}/team/none:1`)).rejects.toMatchObject({
      code: 'image-missing',
    });
  });

  // Only this store writes OCI layouts.
  test.each(options.store === 'containerd' ? ['gzip', 'zstd', 'uncompressed'] : [])(
    'an OCI layout whose layers are packed with %s gives the same',
    async (packing) => {
      const layout = join(folder, packing);
      const out = `type=oci,dest=${layout}.tar,compression=${packing},force-compression=true`;
      await lab.docker([
        'buildx',
        'build',
        '--network',
        'none',
        '--provenance=true',
        '-o',
        out,
        join(folder, 'context'),
      ]);
      const archive = await read(`oci-archive:${layout}.tar`);
      expect(comparable(archive)).toEqual(comparable(saved));
      mkdirSync(layout);
      execFileSync('tar', ['-C', layout, '-xf', `${layout}.tar`]);
      expect(await read(`oci:${layout}`)).toEqual(archive);
    },
  );
});
