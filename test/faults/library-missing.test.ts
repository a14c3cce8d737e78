import { describe, expect, test } from 'vitest';
import { madeLdSoCache } from '../model/made-ld-so-cache.ts';
import {
  ARM64_LOADER,
  faultsOf,
  findingsOf,
  glibc,
  library,
  program,
  told,
  type MadeEntry,
  type MadeImage,
} from './made-inventory.ts';

const base = glibc('arm64', ARM64_LOADER);
const MUSL = '/lib/ld-musl-aarch64.so.1';

function image(files: Record<string, MadeEntry>, more: Partial<MadeImage> = {}): MadeImage {
  return { files: { ...base, ...files }, ...more };
}

const needsX = program(['libx.so.1', 'libc.so.6']);

describe('a library is found', () => {
  test.each<[string, MadeImage]>([
    [
      'in the multiarch directory',
      image({ '/bin/app': needsX, '/usr/lib/aarch64-linux-gnu/libx.so.1': library('libx.so.1') }),
    ],
    [
      'through links',
      image({
        '/bin/app': needsX,
        '/lib64': { link: 'opt' },
        '/opt/libx.so.1': { link: 'libx.so.1.2' },
        '/opt/libx.so.1.2': library('libx.so.1'),
      }),
    ],
    [
      'by LD_LIBRARY_PATH',
      image(
        { '/bin/app': needsX, '/srv/libx.so.1': library('libx.so.1') },
        { env: ['LD_LIBRARY_PATH=/opt:/srv/'] },
      ),
    ],
    [
      'by RUNPATH with $ORIGIN',
      image(
        {
          '/opt/a/bin/app': program(['libx.so.1'], { runpath: '$ORIGIN/../lib' }),
          '/opt/a/lib/libx.so.1': library('libx.so.1'),
        },
        { path: ['/opt/a/bin'] },
      ),
    ],
    [
      'by RUNPATH with ${LIB}',
      image({
        '/bin/app': program(['libx.so.1'], { runpath: '/opt/${LIB}' }),
        '/opt/lib/aarch64-linux-gnu/libx.so.1': library('libx.so.1'),
      }),
    ],
    [
      'by the RPATH of who needs the one that needs it',
      image({
        '/bin/app': program(['liba.so'], { rpath: '/opt' }),
        '/opt/liba.so': library('liba.so', { needed: ['libx.so.1'] }),
        '/opt/libx.so.1': library('libx.so.1'),
      }),
    ],
    [
      'by a name with $ORIGIN',
      image(
        {
          '/opt/bin/app': program(['$ORIGIN/../lib/libx.so.1']),
          '/opt/lib/libx.so.1': library('libx.so.1'),
        },
        { path: ['/opt/bin'] },
      ),
    ],
    [
      'as the soname of one that is loaded',
      image({
        '/bin/app': program(['/opt/mine.so', 'libx.so.1']),
        '/opt/mine.so': library('libx.so.1'),
      }),
    ],
    [
      'where the loader itself is',
      {
        files: {
          '/opt/g/ld-linux-aarch64.so.1': { architecture: 'arm64' },
          '/opt/g/libx.so.1': library('libx.so.1'),
          '/bin/app': { ...program(['libx.so.1']), loader: '/opt/g/ld-linux-aarch64.so.1' },
        },
      },
    ],
    [
      'by what ldconfig wrote',
      image(
        { '/bin/app': needsX, '/srv/libx.so.1': library('libx.so.1') },
        { texts: { '/etc/ld.so.cache': madeLdSoCache({ 'libx.so.1': '/srv/libx.so.1' }) } },
      ),
    ],
    [
      'by musl, which is its own libc and libm',
      {
        files: {
          [MUSL]: { architecture: 'arm64' },
          '/bin/app': {
            ...program(['libc.musl-aarch64.so.1', 'libm.so.6', 'libx.so.1']),
            loader: MUSL,
          },
          '/usr/local/lib/libx.so.1': library('libx.so.1'),
        },
      },
    ],
    [
      'by musl in a RUNPATH of who needs the one that needs it',
      {
        files: {
          [MUSL]: { architecture: 'arm64' },
          '/bin/app': { ...program(['liba.so'], { runpath: '/opt' }), loader: MUSL },
          '/opt/liba.so': library('liba.so', { needed: ['libx.so.1'] }),
          '/opt/libx.so.1': library('libx.so.1'),
        },
      },
    ],
    [
      'by musl in the directories of its path file',
      {
        files: {
          [MUSL]: { architecture: 'arm64' },
          '/bin/app': { ...program(['libx.so.1']), loader: MUSL },
          '/srv/libx.so.1': library('libx.so.1'),
        },
        texts: { '/etc/ld-musl-aarch64.path': '/lib\n/srv\n' },
      },
    ],
  ])('%s', (_, made) => {
    expect(told(made)).toEqual([]);
  });
});

describe('a library is not found', () => {
  test.each<[string, MadeImage, string[]]>([
    ['where the image has none', image({ '/bin/app': needsX }), ['fail library-missing /bin/app']],
    [
      'where the program is not in the PATH: a warning',
      image({ '/srv/app': needsX }),
      ['warn library-missing /srv/app'],
    ],
    [
      'by the RUNPATH of who needs the one that needs it',
      image(
        {
          '/bin/app': program(['liba.so'], { runpath: '/opt' }),
          '/opt/liba.so': library('liba.so', { needed: ['libx.so.1'] }),
          '/opt/libx.so.1': library('libx.so.1'),
        },
        { texts: { '/etc/ld.so.cache': null } },
      ),
      ['warn library-missing /bin/app'],
    ],
    [
      'by that RUNPATH, where the engine starts the program itself: nothing sets LD_LIBRARY_PATH',
      image(
        {
          '/bin/app': program(['liba.so'], { runpath: '/opt' }),
          '/opt/liba.so': library('liba.so', { needed: ['libx.so.1'] }),
          '/opt/libx.so.1': library('libx.so.1'),
        },
        { starts: ['/bin/app'], first: '/bin/app', texts: { '/etc/ld.so.cache': null } },
      ),
      ['fail library-missing /bin/app'],
    ],
    [
      'by an RPATH where the file has a RUNPATH',
      image(
        {
          '/bin/app': program(['libx.so.1'], { rpath: '/opt', runpath: '/srv' }),
          '/opt/libx.so.1': library('libx.so.1'),
        },
        { texts: { '/etc/ld.so.cache': null } },
      ),
      ['warn library-missing /bin/app'],
    ],
    [
      'in /usr/local/lib where ldconfig was not run',
      image(
        { '/bin/app': needsX, '/usr/local/lib/libx.so.1': library('libx.so.1') },
        { texts: { '/etc/ld.so.cache': madeLdSoCache({}) } },
      ),
      ['fail library-missing /bin/app'],
    ],
    [
      'in /usr/local/lib as long as the cache was not read',
      image({ '/bin/app': needsX, '/usr/local/lib/libx.so.1': library('libx.so.1') }),
      ['unknown library-missing /bin/app'],
    ],
    [
      'once for what many objects need',
      image({
        '/bin/app': program(['libx.so.1', 'liba.so']),
        '/lib/liba.so': library('liba.so', { needed: ['libx.so.1'] }),
      }),
      ['fail library-missing /bin/app'],
    ],
    [
      'by a library that no program loads: a warning',
      image({ '/usr/lib/python3/tk.so': library('tk.so', { needed: ['libtk.so'] }) }),
      ['warn library-missing /usr/lib/python3/tk.so'],
    ],
  ])('%s', (_, made, expected) => {
    expect(told(made)).toEqual(expected);
  });

  test('where only one of another float ABI is', () => {
    const files = {
      '/lib/ld-linux-armhf.so.3': { architecture: 'arm', flags: 0x5000400 },
      '/bin/app': {
        architecture: 'arm',
        flags: 0x5000400,
        loader: '/lib/ld-linux-armhf.so.3',
        links: { needed: ['libx.so.1'] },
      },
      '/lib/libx.so.1': { architecture: 'arm', flags: 0x5000200, mode: 0o644 },
    };
    const [finding] = findingsOf({ platform: 'linux/arm/v7', files });
    expect(finding?.message).toBe(
      '/bin/app needs the library libx.so.1, and the image has only /lib/libx.so.1, which is built for another float ABI',
    );
  });
});

test('the cache is asked for only where the image has the library somewhere', () => {
  const somewhere = image({ '/bin/app': needsX, '/srv/libx.so.1': library('libx.so.1') });
  expect(faultsOf(somewhere).needs).toEqual(['/etc/ld.so.cache']);
  expect(faultsOf(image({ '/bin/app': needsX })).needs).toEqual([]);
});

test('programs that lack the same library are one finding', () => {
  const made = image({ '/bin/a': needsX, '/bin/b': needsX });
  expect(findingsOf(made)).toMatchObject([
    {
      message:
        '2 files under /bin need the library libx.so.1, and the image has no library of that name',
      location: { path: '/bin/a' },
    },
  ]);
});
