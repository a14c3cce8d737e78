import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../src/inventory/byte-source.ts';
import type { Directory } from '../../src/inventory/layer-tree.ts';
import { listFiles } from '../../src/inventory/list-files.ts';
import { mergeLayers } from '../../src/inventory/merge-layers.ts';
import { scanTar } from '../../src/inventory/scan-tar.ts';
import { decodeTree, encodeTree } from '../../src/inventory/tree-code.ts';
import { inPieces, makeTar, type Made } from './made-tar.ts';

async function layerOf(files: readonly Made[]): Promise<Directory> {
  const { root } = await scanTar(sourceOf(inPieces(makeTar(files))), { whiteouts: true });
  return root;
}

/** Paths with what stands in them; a hard link's first path in brackets. */
function shown(root: Directory): string[] {
  return listFiles(root).files.map(({ path, size, target, hardLinkOf }) =>
    hardLinkOf === undefined ? `${path} ${target ?? size}` : `${path} [${hardLinkOf}]`,
  );
}

const file = (name: string, size: number): Made => ({ name, body: 'x'.repeat(size) });
const data = (name: string): Made => ({ name, mode: 0o644, body: 'x' });
const dir = (name: string): Made => ({ name: `${name}/`, type: '5' });
const soft = (name: string, link: string): Made => ({ name, type: '2', link });
const hard = (name: string, link: string): Made => ({ name, type: '1', link });

describe('layers on top of each other', () => {
  it.each<[string, Made[][], string[]]>([
    ['a later file replaces an earlier one', [[file('a', 1)], [file('a', 2)]], ['/a 2']],
    ['directories are joined', [[file('d/a', 1)], [file('d/b', 2)]], ['/d/a 1', '/d/b 2']],
    ['data in the place of a program', [[file('a', 1)], [data('a')]], []],
    ['a whiteout takes a file away', [[file('a', 1), file('b', 1)], [file('.wh.a', 0)]], ['/b 1']],
    ['a whiteout takes a directory away', [[file('d/e/a', 1)], [file('.wh.d', 0)]], []],
    ['a whiteout takes nothing of its own layer', [[], [file('a', 1), file('.wh.a', 0)]], ['/a 1']],
    [
      'a whiteout and the same name again',
      [[file('d/a', 1)], [file('.wh.d', 0), file('d/b', 2)]],
      ['/d/b 2'],
    ],
    [
      'an opaque directory hides what is below',
      [
        [file('d/a', 1), file('d/e/b', 1), file('c', 1)],
        [dir('d'), file('d/n', 2), file('d/.wh..wh..opq', 0)],
      ],
      ['/c 1', '/d/n 2'],
    ],
    ['an opaque root', [[file('a', 1)], [file('.wh..wh..opq', 0), file('b', 2)]], ['/b 2']],
    ['a whiteout of nothing', [[file('a', 1)], [file('.wh.b', 0)]], ['/a 1']],
    [
      'whiteouts that name no file',
      [[file('a', 1)], [file('.wh.', 0), file('.wh...', 0), file('.wh..', 0)]],
      ['/a 1'],
    ],
    [
      'AUFS’s own names',
      [[file('a', 1)], [file('.wh..wh.plnk', 0), file('.wh..wh.aufs', 0)]],
      ['/a 1'],
    ],
    ['a file in the place of a directory', [[file('d/a', 1)], [file('d', 2)]], ['/d 2']],
    ['a link in the place of a directory', [[file('d/a', 1)], [soft('d', 'x')]], ['/d x']],
    [
      'a directory in the place of a file',
      [[file('d', 1)], [dir('d'), file('d/a', 2)]],
      ['/d/a 2'],
    ],
    [
      'a directory in the place of a link',
      [
        [soft('d', 'e'), dir('e')],
        [dir('d'), file('d/a', 2)],
      ],
      ['/d/a 2'],
    ],
    [
      'below a link of a lower layer, which nothing says is a directory now',
      [[soft('bin', 'usr/bin'), file('usr/bin/a', 1)], [file('bin/b', 2)]],
      ['/bin usr/bin', '/usr/bin/a 1', '/usr/bin/b 2'],
    ],
    ['a hard link within a layer', [[file('a', 1), hard('b', 'a')], []], ['/a 1', '/b [/a]']],
    ['a hard link to a lower layer', [[file('a', 1)], [hard('b', 'a')]], ['/a 1', '/b [/a]']],
    [
      'a hard link to what its own layer takes away',
      [[file('a', 1)], [hard('b', 'a'), file('.wh.a', 0)]],
      ['/b 1'],
    ],
    [
      'a hard link stays when its fellow is replaced',
      [[file('a', 1), hard('b', 'a')], [file('a', 2)]],
      ['/a 2', '/b 1'],
    ],
    ['a hard link to nothing', [[file('b', 1)], [hard('b', 'gone')]], []],
    ['three layers', [[file('a', 1)], [file('.wh.a', 0)], [file('a', 3)]], ['/a 3']],
  ])('%s', async (_what, layers, expected) => {
    const trees = await Promise.all(layers.map(layerOf));
    expect(shown(mergeLayers(trees))).toEqual(expected);
  });

  it('leaves the layers as they were', async () => {
    const lower = await layerOf([file('d/a', 1), file('d/b', 1)]);
    const upper = await layerOf([file('d/.wh.a', 0), file('d/c', 1)]);
    mergeLayers([lower, upper]);
    expect(shown(mergeLayers([lower]))).toEqual(['/d/a 1', '/d/b 1']);
  });
});

/** What one entry does to a file system that is a plain list of paths; sizes stand for contents. */
class Oracle {
  readonly files = new Map<string, number | 'directory'>();

  private below(path: string): string[] {
    return [...this.files.keys()].filter((one) => one.startsWith(`${path}/`));
  }

  private remove(path: string): void {
    for (const one of [path, ...this.below(path)]) this.files.delete(one);
  }

  apply(layer: readonly Entry[]): void {
    // Whiteouts are about the layers below, so they come first.
    for (const { path, kind } of layer) {
      if (kind === 'whiteout') this.remove(path);
      if (kind === 'opaque') for (const one of this.below(path)) this.files.delete(one);
    }
    for (const { path, kind, size } of layer) {
      if (kind === 'directory' && this.files.get(path) !== 'directory') this.remove(path);
      if (kind === 'directory') this.files.set(path, 'directory');
      if (kind === 'file') {
        this.remove(path);
        this.files.set(path, size);
      }
    }
  }

  shown(): string[] {
    return [...this.files]
      .filter(([, size]) => size !== 'directory')
      .map(([path, size]) => `${path} ${size}`)
      .toSorted((one, other) => (one < other ? -1 : 1));
  }
}

interface Entry {
  path: string;
  kind: 'file' | 'directory' | 'whiteout' | 'opaque';
  size: number;
}

/** A layer as an engine writes it: parents first, each as a directory of its own. */
function wellFormed(entries: readonly Entry[]): Entry[] {
  const kinds = new Map<string, Entry>();
  for (const entry of entries) {
    const parts = entry.path.split('/').slice(1);
    const parents = parts.slice(0, -1).map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
    if (parents.some((one) => kinds.get(one)?.kind === 'file')) continue;
    for (const path of parents) {
      if (kinds.get(path) === undefined) kinds.set(path, { path, kind: 'directory', size: 0 });
    }
    if (kinds.has(entry.path) || kinds.has(`${entry.path} ${entry.kind}`)) continue;
    if (entry.kind === 'opaque' && !kinds.has(entry.path)) {
      kinds.set(entry.path, { path: entry.path, kind: 'directory', size: 0 });
    }
    const isMark = entry.kind === 'whiteout' || entry.kind === 'opaque';
    kinds.set(isMark ? `${entry.path} ${entry.kind}` : entry.path, entry);
  }
  return [...kinds.values()];
}

function madeOf({ path, kind, size }: Entry): Made {
  const [, parent = '', name = ''] = /^(.*)\/([^/]*)$/.exec(path) ?? [];
  if (kind === 'directory') return dir(path);
  if (kind === 'whiteout') return file(`${parent}/.wh.${name}`, 0);
  return kind === 'opaque' ? file(`${path}/.wh..wh..opq`, 0) : file(path, size);
}

const name = fc.constantFrom('a', 'b', 'c');
const entry: fc.Arbitrary<Entry> = fc.record({
  path: fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`),
  kind: fc.constantFrom('file', 'file', 'directory', 'whiteout', 'opaque'),
  size: fc.integer({ min: 1, max: 99 }),
});
const layers = fc.array(fc.array(entry, { maxLength: 8 }).map(wellFormed), { maxLength: 4 });

describe('any layers', () => {
  it('give what applying them to a list of paths gives', async () => {
    await fc.assert(
      fc.asyncProperty(layers, async (made) => {
        const oracle = new Oracle();
        for (const layer of made) oracle.apply(layer);
        const trees = await Promise.all(made.map((layer) => layerOf(layer.map(madeOf))));
        expect(shown(mergeLayers(trees))).toEqual(oracle.shown());
      }),
      { numRuns: 500 },
    );
  });

  it('are the same when they come out of a cache', async () => {
    await fc.assert(
      fc.asyncProperty(layers, async (made) => {
        const trees = await Promise.all(made.map((layer) => layerOf(layer.map(madeOf))));
        const again = trees.map((tree) => {
          const text = JSON.stringify(encodeTree(tree));
          return decodeTree(JSON.parse(text) as ReturnType<typeof encodeTree>);
        });
        expect(listFiles(mergeLayers(again))).toEqual(listFiles(mergeLayers(trees)));
      }),
    );
  });

  it('hard links, links and devices come out of a cache too', async () => {
    const tree = await layerOf([
      file('a', 1),
      hard('b', 'a'),
      hard('far', 'below'),
      soft('s', 'a'),
      { name: 'dev0', type: '3' },
      data('plain'),
      dir(`${'d/'.repeat(2000)}e`),
    ]);
    const again = decodeTree(JSON.parse(JSON.stringify(encodeTree(tree))) as never);
    const lower = await layerOf([file('below', 7)]);
    expect(shown(mergeLayers([lower, again]))).toEqual(shown(mergeLayers([lower, tree])));
    expect(shown(mergeLayers([lower, again]))).toContain('/far [/below]');
  });
});
