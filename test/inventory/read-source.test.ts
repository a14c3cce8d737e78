import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noCache, openCache, type Cache } from '../../src/inventory/cache.ts';
import { readInventorySource } from '../../src/inventory/read-source.ts';
import { recogniseTarget } from '../../src/inventory/recognise-target.ts';
import { recallInventory, rememberInventory } from '../../src/inventory/remember.ts';
import type { ImageSet } from '../../src/model/image-content.ts';
import { parsePlatform } from '../../src/model/platform.ts';
import { dockerArchive, ociArchive, type MadeImage } from '../verify/image-archive.ts';
import { makeTar, type Made } from './made-tar.ts';

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xbuild-source-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** An OCI layout that a test can damage: blobs by digest, and index.json. */
class Layout {
  readonly path = join(folder, 'layout');

  constructor() {
    mkdirSync(join(this.path, 'blobs/sha256'), { recursive: true });
    writeFileSync(join(this.path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  }

  put(content: Uint8Array | object, mediaType: string, more: object = {}) {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    writeFileSync(this.fileOf(sha256(bytes)), bytes);
    return { mediaType, digest: sha256(bytes), size: bytes.length, ...more };
  }

  fileOf(digest: string): string {
    return join(this.path, 'blobs', digest.replace(':', '/'));
  }

  index(...manifests: object[]): void {
    writeFileSync(join(this.path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  }
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

interface Parts {
  architecture?: string;
  layers?: Made[][];
  diffIds?: string[];
  config?: object;
  history?: object[];
}

function putImage(layout: Layout, parts: Parts = {}) {
  const layers = (parts.layers ?? [[{ name: 'app' }]]).map((files) => makeTar(files));
  const config = layout.put(
    {
      os: 'linux',
      architecture: parts.architecture ?? 'amd64',
      config: { Entrypoint: ['/app'], ...parts.config },
      rootfs: { type: 'layers', diff_ids: parts.diffIds ?? layers.map(sha256) },
      history: parts.history ?? layers.map((_, index) => ({ created_by: `step ${index}` })),
    },
    types.config,
  );
  const blobs = layers.map((layer) => layout.put(gzipSync(layer), types.layer));
  const manifest = { schemaVersion: 2, mediaType: types.manifest, config, layers: blobs };
  return { ...layout.put(manifest, types.manifest), blobs, config };
}

async function read(word: string, cache: Cache = noCache, platforms?: string[]): Promise<ImageSet> {
  const target = await recogniseTarget(word);
  return readInventorySource(target, { cache, platforms: platforms?.map(parsePlatform) });
}

const ids = ({ findings, images }: ImageSet) =>
  [...findings, ...images.flatMap((image) => image.findings)].map(
    ({ id, status }) => `${status} ${id}`,
  );
const pathsOf = (set: ImageSet) =>
  set.images.map(({ inventory }) => inventory.files.map(({ path }) => path));

describe('an OCI layout', () => {
  it('gives files with their layers, and what made these', async () => {
    const layout = new Layout();
    const history = [
      { created_by: 'COPY app' },
      { created_by: 'ENV A=b', empty_layer: true },
      { created_by: 'RUN more' },
    ];
    layout.index(putImage(layout, { layers: [[{ name: 'app' }], [{ name: 'more' }]], history }));
    const set = await read(layout.path);
    const [image] = set.images;
    expect(ids(set)).toEqual([]);
    expect(image?.layers.map(({ createdBy }) => createdBy)).toEqual(['COPY app', 'RUN more']);
    expect(image?.inventory.files.map(({ path, layer }) => [path, layer])).toEqual([
      ['/app', image?.layers[0]?.diffId],
      ['/more', image?.layers[1]?.diffId],
    ]);
    expect(image?.start).toMatchObject({ entrypoint: ['/app'], cmd: [], user: '' });
  });

  it('does not guess whose layer is whose where the history does not say', async () => {
    const layout = new Layout();
    layout.index(putImage(layout, { history: [] }));
    const [image] = (await read(layout.path)).images;
    expect(image?.layers).toEqual([{ diffId: expect.any(String) as string, index: 0 }]);
  });

  it('gives all platforms, or those that are asked for; attestations are none', async () => {
    const layout = new Layout();
    const of = (architecture: string) => ({
      ...putImage(layout, { architecture, layers: [[{ name: architecture }]] }),
      platform: { os: 'linux', architecture },
    });
    const attestation = {
      ...putImage(layout, { architecture: 'unknown' }),
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    const manifests = [of('amd64'), of('arm64'), attestation];
    layout.index(layout.put({ schemaVersion: 2, manifests }, types.index));
    expect(pathsOf(await read(layout.path))).toEqual([['/amd64'], ['/arm64']]);
    const one = await read(layout.path, noCache, ['arm64']);
    expect(pathsOf(one)).toEqual([['/arm64']]);
    expect(one.others).toEqual([{ os: 'linux', architecture: 'amd64' }]);
  });

  it('says where an index has two images for one platform, and not where one is packed twice', async () => {
    const layout = new Layout();
    const of = (name: string, annotations: Record<string, string> = {}) => ({
      ...putImage(layout, { layers: [[{ name }]] }),
      platform: { os: 'linux', architecture: 'amd64' },
      annotations,
    });
    const listed = (...manifests: unknown[]) =>
      layout.index(layout.put({ schemaVersion: 2, manifests }, types.index));
    listed(of('one'), of('two'));
    expect(ids(await read(layout.path))).toEqual(['warn platform-twice']);
    listed(of('one'), of('one'));
    expect(ids(await read(layout.path))).toEqual([]);
    listed(of('one'), of('two', { 'io.github.containers.compression.zstd': 'true' }));
    expect(ids(await read(layout.path))).toEqual([]);
  });

  it('a folder is no archive, and a file no layout: the error names the other word', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'x');
    for (const [word, hint] of [
      [`oci-archive:${folder}`, /oci:FOLDER/],
      [`oci:${file}`, /oci-archive:FILE/],
    ] as const) {
      const hinted = expect.stringMatching(hint) as string;
      await expect(read(word)).rejects.toMatchObject({ code: 'bad-argument', hint: hinted });
    }
  });

  it('says what the index and the configuration say, where they differ', async () => {
    const layout = new Layout();
    const platform = { os: 'linux', architecture: 'arm64' };
    layout.index({ ...putImage(layout), platform });
    const [image] = (await read(layout.path)).images;
    expect(image?.declared).toEqual({
      index: platform,
      config: { os: 'linux', architecture: 'amd64' },
    });
  });

  it('chooses by name', async () => {
    const layout = new Layout();
    const called = (name: string) => ({
      ...putImage(layout, { layers: [[{ name }]] }),
      annotations: { 'org.opencontainers.image.ref.name': name },
    });
    layout.index(called('one'), called('two'));
    expect(pathsOf(await read(`oci:${layout.path}:two`))).toEqual([['/two']]);
    expect(ids(await read(`oci:${layout.path}:three`))).toEqual(['fail image-archive']);
  });

  it.each<[string, (layout: Layout, image: ReturnType<typeof putImage>) => void, string[]]>([
    ['whole', () => undefined, []],
    [
      'a layer with other bytes',
      (layout, { blobs }) =>
        writeFileSync(
          layout.fileOf(blobs[0]?.digest ?? ''),
          gzipSync(makeTar([{ name: 'other' }])),
        ),
      ['fail image-digest', 'fail image-diff-id'],
    ],
    [
      'a layer that is cut',
      (layout, { blobs }) =>
        writeFileSync(
          layout.fileOf(blobs[0]?.digest ?? ''),
          gzipSync(makeTar([{ name: 'app' }])).subarray(0, 50),
        ),
      ['fail image-digest', 'fail image-layer'],
    ],
    [
      'no layer',
      (layout, { blobs }) => rmSync(layout.fileOf(blobs[0]?.digest ?? '')),
      ['fail image-blob'],
    ],
    [
      'no configuration',
      (layout, { config }) => rmSync(layout.fileOf(config.digest)),
      ['fail image-blob'],
    ],
    [
      'another configuration',
      (layout, { config }) => writeFileSync(layout.fileOf(config.digest), '{}'),
      ['fail image-digest'],
    ],
    [
      'a configuration that is no JSON',
      (layout, { config }) => writeFileSync(layout.fileOf(config.digest), 'x'),
      ['fail image-digest', 'fail image-manifest'],
    ],
    ['no manifest', (layout, { digest }) => rmSync(layout.fileOf(digest)), ['fail image-blob']],
    [
      'a manifest that is a list',
      (layout, { digest }) => writeFileSync(layout.fileOf(digest), '[]'),
      ['fail image-digest', 'fail image-manifest'],
    ],
    ['an index that lists nothing', (layout) => layout.index(), ['fail image-archive']],
    [
      'an index that is no JSON',
      (layout) => writeFileSync(join(layout.path, 'index.json'), '{'),
      ['fail image-archive'],
    ],
    [
      'a wrong size',
      (layout, { blobs: _blobs, config: _config, ...image }) => layout.index({ ...image, size: 7 }),
      ['fail image-size'],
    ],
    [
      'a digest that leads elsewhere',
      (layout, image) => layout.index({ ...image, digest: 'sha256:../../x' }),
      ['fail image-archive'],
    ],
  ])('%s', async (_what, damage, expected) => {
    const layout = new Layout();
    const image = putImage(layout);
    layout.index(image);
    damage(layout, image);
    expect(ids(await read(layout.path))).toEqual(expected);
  });

  it.each<[string, Parts, string[]]>([
    [
      'a diff id that is another one',
      { diffIds: [`sha256:${'0'.repeat(64)}`] },
      ['fail image-diff-id'],
    ],
    [
      'a configuration with more layers',
      { diffIds: [sha256(makeTar([{ name: 'app' }])), `sha256:${'0'.repeat(64)}`] },
      ['fail image-diff-id'],
    ],
    ['paths that lead out', { layers: [[{ name: '../../app' }]] }, ['warn layer-paths']],
  ])('%s', async (_what, parts, expected) => {
    const layout = new Layout();
    layout.index(putImage(layout, parts));
    expect(ids(await read(layout.path))).toEqual(expected);
  });

  it('a layer that is kept elsewhere is not looked for there', async () => {
    const layout = new Layout();
    const { config } = putImage(layout);
    const digest = `sha256:${'1'.repeat(64)}`;
    const urls = ['http://169.254.169.254/layer'];
    const layers = [{ mediaType: types.layer, digest, size: 9, urls }];
    layout.index(layout.put({ schemaVersion: 2, config, layers }, types.manifest));
    const set = await read(layout.path);
    expect(ids(set)).toEqual(['unknown image-layer']);
    expect(set.images[0]?.inventory.incomplete).toBe('layer 0 is not there');
  });

  it.each<[string, object, string]>([
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, 'image-unsupported'],
  ])('%s is refused', async (_what, document, code) => {
    const layout = new Layout();
    layout.index(layout.put(document, types.manifest));
    await expect(read(layout.path)).rejects.toMatchObject({ code });
  });

  it('something else than an image is said to be that', async () => {
    const layout = new Layout();
    const config = layout.put({}, 'application/vnd.cncf.helm.config.v1+json');
    layout.index(layout.put({ schemaVersion: 2, config, layers: [] }, types.manifest));
    expect(ids(await read(layout.path))).toEqual(['fail image-manifest']);
  });

  it('an index that lists itself without end is not followed for ever', async () => {
    const layout = new Layout();
    let inner: object = putImage(layout);
    for (let depth = 0; depth < 9; depth++) {
      inner = layout.put({ schemaVersion: 2, manifests: [inner] }, types.index);
    }
    layout.index(inner);
    expect(ids(await read(layout.path))).toEqual(['fail image-manifest']);
  });

  it.each(['oci:/nowhere', 'oci-archive:/nowhere', 'oci-archive:/'])(
    '%s cannot be read',
    async (word) => {
      await expect(read(word)).rejects.toMatchObject({ code: 'bad-argument' });
    },
  );
});

describe('layers that are remembered', () => {
  it('give the same, and are compared with what is there', async () => {
    const layout = new Layout();
    const image = putImage(layout, {
      layers: [[{ name: 'app' }], [{ name: '.wh.app' }, { name: 'new' }]],
    });
    layout.index(image);
    const cache = openCache(join(folder, 'cache'));
    const first = await read(layout.path, cache);
    expect(readdirSync(join(folder, 'cache')).length).toBe(2);
    expect(await read(layout.path, cache)).toEqual(first);
    writeFileSync(layout.fileOf(image.blobs[0]?.digest ?? ''), 'other bytes');
    expect(ids(await read(layout.path, cache))).toEqual(['fail image-digest']);
  });

  it('are read again where an entry is damaged', async () => {
    const layout = new Layout();
    layout.index(putImage(layout));
    const cache = openCache(join(folder, 'cache'));
    const first = await read(layout.path, cache);
    for (const name of readdirSync(join(folder, 'cache'))) {
      writeFileSync(join(folder, 'cache', name), 'damaged');
    }
    expect(await read(layout.path, cache)).toEqual(first);
  });

  it('are not kept where something is wrong with them', async () => {
    const layout = new Layout();
    const image = putImage(layout);
    layout.index(image);
    const file = layout.fileOf(image.blobs[0]?.digest ?? '');
    writeFileSync(file, readFileSync(file).subarray(0, 40));
    await read(layout.path, openCache(join(folder, 'cache')));
    expect(() => readdirSync(join(folder, 'cache'))).toThrow('ENOENT');
  });

  it('a whole image is remembered by its layers, where it was read whole', async () => {
    const layout = new Layout();
    layout.index(putImage(layout));
    const [image] = (await read(layout.path)).images;
    if (image === undefined) throw new Error('no image');
    const cache = openCache(join(folder, 'cache'));
    await rememberInventory(cache, ['a', 'b'], { ...image.inventory, incomplete: 'half' });
    expect(await recallInventory(cache, ['a', 'b'])).toBeUndefined();
    await rememberInventory(cache, ['a', 'b'], image.inventory);
    expect(await recallInventory(cache, ['a', 'b'])).toEqual(image.inventory);
    expect(await recallInventory(cache, ['b', 'a'])).toBeUndefined();
  });
});

describe('archives', () => {
  const image: MadeImage = {
    architecture: 'arm64',
    config: { Cmd: ['sh'] },
    files: [{ path: 'bin/' }, { path: 'bin/sh', bytes: '#!/bin/x\n' }],
  };

  it.each<[string, () => Buffer]>([
    ['docker save before 25', () => dockerArchive({ 'app:1': image })],
    ['an OCI layout', () => ociArchive('app:1', [image])],
    ['packed as a whole', () => gzipSync(ociArchive('app:1', [image]))],
  ])('%s', async (_what, archive) => {
    const file = join(folder, 'app.tar');
    writeFileSync(file, archive());
    const set = await read(file);
    expect(ids(set)).toEqual([]);
    expect(pathsOf(set)).toEqual([['/bin/sh']]);
    expect(set.images[0]?.platform).toEqual({ os: 'linux', architecture: 'arm64' });
    expect(pathsOf(await read(`docker-archive:${file}:app:1`))).toEqual([['/bin/sh']]);
    expect(ids(await read(`docker-archive:${file}:app:2`))).toEqual(['fail image-archive']);
  });

  it('a link to a layer is that layer', async () => {
    const layer = makeTar([{ name: 'app' }]);
    const config = Buffer.from(
      JSON.stringify({
        os: 'linux',
        architecture: 'arm64',
        rootfs: { diff_ids: [sha256(layer), sha256(layer)] },
      }),
    );
    const name = `${sha256(config).slice(7)}.json`;
    const manifest = [{ Config: name, RepoTags: null, Layers: ['a/layer.tar', 'b/layer.tar'] }];
    const file = join(folder, 'app.tar');
    writeFileSync(
      file,
      makeTar([
        { name: 'a/layer.tar', body: layer },
        { name: 'b/layer.tar', type: '2', link: '../a/layer.tar' },
        { name: 'x', pax: { path: name }, body: config },
        { name: 'manifest.json', body: JSON.stringify(manifest) },
      ]),
    );
    const set = await read(file);
    expect([ids(set), pathsOf(set)]).toEqual([[], [['/app']]]);
  });

  it.each<[string, (whole: Buffer) => Buffer, string[]]>([
    ['cut', (whole) => whole.subarray(0, whole.length - 3000), ['fail image-archive']],
    ['a tar of something else', () => makeTar([{ name: 'a' }]), ['fail image-archive']],
    [
      'a manifest that names nothing',
      () => makeTar([{ name: 'manifest.json', body: '[{"Config":"x","Layers":["y"]}]' }]),
      ['fail image-blob', 'fail image-blob'],
    ],
    [
      'a manifest of nonsense',
      () => makeTar([{ name: 'manifest.json', body: '[null,1,{"Config":1}]' }]),
      ['fail image-archive'],
    ],
  ])('%s', async (_what, change, expected) => {
    const file = join(folder, 'app.tar');
    writeFileSync(file, change(dockerArchive({ 'app:1': image })));
    expect(ids(await read(`docker-archive:${file}`)).slice(0, 2)).toEqual(
      expect.arrayContaining(expected),
    );
  });
});

describe('a word without a transport', () => {
  it('is what it is on this machine', async () => {
    const layout = new Layout();
    const tar = join(folder, 'x.tar');
    writeFileSync(tar, makeTar([{ name: 'a' }]));
    writeFileSync(join(folder, 'text'), 'text');
    expect(await recogniseTarget(layout.path)).toEqual({ kind: 'layout', path: layout.path });
    expect(await recogniseTarget(tar)).toEqual({ kind: 'archive', path: tar });
    for (const name of [folder, join(folder, 'text'), join(folder, 'none')]) {
      expect(await recogniseTarget(name)).toEqual({ kind: 'image', name });
    }
    expect(await recogniseTarget(`docker-daemon:${tar}`)).toEqual({ kind: 'image', name: tar });
  });
});
