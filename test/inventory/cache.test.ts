import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, noCache, openCache } from '../../src/inventory/cache.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xbuild-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const files = () => readdirSync(folder).map((name) => join(folder, name));
const age = (path: string, days: number) => {
  const then = new Date(Date.now() - days * 24 * 60 * 60 * 1000);
  utimesSync(path, then, then);
};

describe('the cache', () => {
  it('gives what was put, byte for byte', async () => {
    const cache = openCache(folder);
    await cache.put('a', 'n\u00efx \ud83d\ude00 \0');
    expect(await cache.get('a')).toBe('n\u00efx \ud83d\ude00 \0');
    expect(await openCache(folder).get('b')).toBeUndefined();
  });

  it('is not in the way where it cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const cache = openCache(join(folder, 'file', 'below'));
    await cache.put('a', 'text');
    expect(await cache.get('a')).toBeUndefined();
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['changed', (bytes) => Buffer.from(bytes.toString('latin1').replace('text', 'tex!'), 'latin1')],
    ['empty', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('{}')],
  ])('an entry that is %s counts as none', async (_how, change) => {
    const cache = openCache(folder);
    await cache.put('a', 'text');
    const [file = ''] = files();
    writeFileSync(file, change(readFileSync(file)));
    expect(await cache.get('a')).toBeUndefined();
    await cache.put('a', 'again');
    expect(await cache.get('a')).toBe('again');
  });

  it('is for its owner alone, and leaves no temporary files', async () => {
    await openCache(join(folder, 'x', 'layers')).put('a', 'text');
    const inner = join(folder, 'x', 'layers');
    expect(statSync(inner).mode & 0o777).toBe(0o700);
    const names = readdirSync(inner);
    expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(statSync(join(inner, names[0] ?? '')).mode & 0o777).toBe(0o600);
  });

  it('forgets what was not used for long, and what another process left unfinished', async () => {
    const cache = openCache(folder);
    await cache.put('old', 'text');
    for (const file of files()) age(file, 31);
    writeFileSync(join(folder, 'dead.tmp'), 'half');
    age(join(folder, 'dead.tmp'), 31);
    writeFileSync(join(folder, 'busy.tmp'), 'half');
    await cache.put('new', 'text');
    expect(await cache.get('old')).toBeUndefined();
    expect(await cache.get('new')).toBe('text');
    expect(readdirSync(folder)).toContain('busy.tmp');
    expect(readdirSync(folder)).not.toContain('dead.tmp');
  });

  it('makes room by what was used least recently', async () => {
    const cache = openCache(folder, { bytes: 2000, days: 30 });
    const text = 'x'.repeat(400);
    for (const [index, key] of ['a', 'b', 'c', 'd'].entries()) {
      await cache.put(key, text);
      for (const file of files()) age(file, 10 - index);
    }
    // Reading is using.
    await cache.get('a');
    await cache.put('e', text);
    await cache.put('f', text);
    expect(await cache.get('a')).toBe(text);
    expect(readdirSync(folder).length).toBe(4);
  });

  it('does not keep what would take a quarter of it', async () => {
    const cache = openCache(folder, { bytes: 1000, days: 30 });
    await cache.put('a', 'x'.repeat(251));
    expect(await cache.get('a')).toBeUndefined();
  });

  it('--no-cache keeps nothing', async () => {
    await noCache.put('a', 'text');
    expect(await noCache.get('a')).toBeUndefined();
  });

  it.each([
    [{ HOME: '/h', XDG_CACHE_HOME: '/c' }, 'linux', '/c/xbuild/layers'],
    [{ HOME: '/h', XDG_CACHE_HOME: 'relative' }, 'linux', '/h/.cache/xbuild/layers'],
    [{ HOME: '/h' }, 'linux', '/h/.cache/xbuild/layers'],
    [{ HOME: '/h' }, 'darwin', '/h/Library/Caches/xbuild/layers'],
    [{ HOME: '/h', LOCALAPPDATA: '/l' }, 'win32', '/l/xbuild/Cache/layers'],
  ])('of %j on %s is in %s', (env, platform, expected) => {
    expect(cacheFolder(env, platform)).toBe(expected);
  });
});
