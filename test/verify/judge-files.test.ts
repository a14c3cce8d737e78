import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import type { LayerOrigin } from '../../src/model/inventory.ts';
import type { ImageFacts } from '../../src/verify/image-facts.ts';
import { judgeImage } from '../../src/verify/judge-image.ts';
import { madeInventory, type MadeEntry } from '../faults/made-inventory.ts';
import { madeElf } from './made-elf.ts';
import { madeFacts, type Made } from './made-facts.ts';

const arm64 = { architecture: 'arm64' };
const amd64 = { architecture: 'amd64' };

function facts(
  files: Readonly<Record<string, MadeEntry>>,
  made: Made = {},
  more: Partial<ImageFacts> = {},
): ImageFacts {
  return { ...madeFacts(made), inventory: madeInventory(files), ...more };
}

function wrong(from: ImageFacts): Finding[] {
  return judgeImage(from).verification.findings.filter(({ status }) => status !== 'pass');
}

const lines = (from: ImageFacts) =>
  wrong(from).map(({ status, id, location }) => `${status} ${id} ${location?.path ?? ''}`.trim());

const cmd = (...words: string[]): Made => ({ config: { cmd: words } });
const health = (...healthcheck: string[]): Made => ({
  config: { entrypoint: ['/app'], healthcheck },
});

/** As every way of reading lists it: no head, for there is nothing to read. */
const emptyFile = {
  path: '/app',
  errno: 'ok',
  kind: 'file' as const,
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
};

describe('all files of an image', () => {
  test.each<[string, ImageFacts, string[]]>([
    ['that are right', facts({ '/app': arm64, '/bin/sh': arm64 }, cmd('/app')), []],
    [
      'are judged where the image starts nothing',
      facts({ '/bin/sh': amd64 }),
      ['fail wrong-architecture /bin/sh'],
    ],
    [
      'what is started is told once, as that',
      facts({ '/app': amd64 }, cmd('/app')),
      ['fail entrypoint-architecture /app'],
    ],
    [
      'what a script that is started is run by, too',
      facts({ '/app': '#!/bin/sh\n', '/bin/sh': amd64 }, cmd('/app')),
      ['fail entrypoint-script /bin/sh'],
    ],
    [
      'what a script that is started executes, too',
      facts(
        { '/start.sh': '#!/bin/sh\nexec /srv/app\n', '/bin/sh': arm64, '/srv/app': amd64 },
        cmd('/start.sh'),
      ),
      ['fail entrypoint-architecture /srv/app'],
    ],
    [
      'what it is known to execute, where its end was not kept',
      facts({ '/start.sh': '#!/bin/sh\n', '/bin/sh': arm64, '/srv/app': amd64 }, cmd('/start.sh'), {
        commands: { '/start.sh': ['/srv/app'] },
      }),
      ['fail entrypoint-architecture /srv/app'],
    ],
    [
      'what it executes on some machines only is a warning',
      facts(
        {
          '/start.sh': '#!/bin/sh\nif [ "$(uname -m)" = x86_64 ]; then exec /srv/app; fi\n',
          '/bin/sh': arm64,
          '/srv/app': amd64,
        },
        cmd('/start.sh'),
      ),
      ['warn wrong-architecture /srv/app'],
    ],
    [
      'a loader of what it executes is missing',
      facts(
        {
          '/start.sh': '#!/bin/sh\n/srv/app\n',
          '/bin/sh': arm64,
          '/srv/app': { ...arm64, loader: '/lib/ld.so' },
        },
        cmd('/start.sh'),
      ),
      ['warn entrypoint-loader /srv/app'],
    ],
    [
      'what only its libraries have wrong is told',
      facts(
        { '/app': { ...arm64, loader: '/ld.so', links: { needed: ['libx.so'] } }, '/ld.so': arm64 },
        cmd('/app'),
      ),
      ['fail library-missing /app'],
    ],
    [
      'a user whose files were not read does no harm',
      facts({ '/app': arm64 }, { config: { cmd: ['/app'], user: 'app' } }),
      [],
    ],
    [
      'a program that cannot be executed is as good as none',
      facts({ '/bin/sh': arm64 }, cmd('/readme')),
      ['fail entrypoint-missing /readme'],
    ],
    [
      'an empty program is seen to be one',
      facts({}, cmd('/app'), { inventory: { ...madeInventory({}), files: [emptyFile] } }),
      ['fail entrypoint-format /app'],
    ],
    [
      'that were not all read are not all known',
      facts({ '/app': arm64 }, cmd('/app'), {
        inventory: { ...madeInventory({ '/app': arm64 }), incomplete: 'it was cut off' },
      }),
      ['unknown files'],
    ],
    [
      'that could not be read are not known',
      facts({}, {}, { inventory: { unknown: 'the engine refused' } }),
      ['unknown files'],
    ],
    [
      'of another platform are not looked at',
      facts({ '/bin/sh': amd64 }, { declared: { offered: [] } }),
      ['fail platform-declared'],
    ],
  ])('%s', (_, from, expected) => {
    expect(lines(from)).toEqual(expected);
  });

  test('that are right are told with their numbers', () => {
    const { findings } = judgeImage(facts({ '/app': arm64 })).verification;
    expect(findings.find(({ id }) => id === 'files')?.status).toBe('pass');
  });
});

describe('the health check', () => {
  test.each<[string, ImageFacts, string[]]>([
    ['that runs', facts({ '/app': arm64, '/check': arm64 }, health('CMD', '/check')), []],
    [
      'of another architecture is an error',
      facts({ '/app': arm64, '/check': amd64 }, health('CMD', '/check')),
      ['fail healthcheck-architecture /check'],
    ],
    [
      'that is missing is an error',
      facts({ '/app': arm64 }, health('CMD', '/check')),
      ['fail healthcheck-missing /check'],
    ],
    [
      'in a shell that is missing is an error',
      facts({ '/app': arm64 }, health('CMD-SHELL', '/app --check')),
      ['fail healthcheck-missing /bin/sh'],
    ],
    [
      'for a program that the PATH lacks is a warning',
      facts(
        { '/app': arm64, '/bin/sh': arm64 },
        health('CMD-SHELL', 'curl -f http://localhost || exit 1'),
      ),
      ['warn healthcheck-missing'],
    ],
    [
      'that only uses the shell is right',
      facts({ '/app': arm64, '/bin/sh': arm64 }, health('CMD-SHELL', 'test -e /tmp/up')),
      [],
    ],
    ['that is switched off is not looked at', facts({ '/app': arm64 }, health('NONE')), []],
  ])('%s', (_, from, expected) => {
    expect(lines(from)).toEqual(expected);
  });
});

test('a shell that is missing is a warning: only others use it', () => {
  const from = facts(
    { '/app': arm64 },
    { config: { entrypoint: ['/app'], shell: ['/bin/bash', '-c'] } },
  );
  expect(lines(from)).toEqual(['warn shell-missing /bin/bash']);
});

test('findings have the layer that their file is from, once it is known', () => {
  const layer: LayerOrigin = { diffId: 'sha256:1', index: 1, createdBy: 'COPY app /' };
  const from = facts({ '/app': amd64, '/bin/sh': amd64 }, cmd('/app'));
  expect(judgeImage(from).unplaced).toEqual(['/app', '/bin/sh']);
  const layers = new Map([
    ['/app', layer],
    ['/bin/sh', layer],
  ]);
  const placed = judgeImage({ ...from, layers });
  expect(placed.unplaced).toEqual([]);
  expect(placed.verification.findings.flatMap(({ location }) => location ?? [])).toEqual([
    { path: '/app', layer },
    { path: '/bin/sh', layer },
  ]);
});

test('what is allowed passes, and is told', () => {
  const allow = [{ path: '/bin/*', reason: 'test data' }];
  const { verification } = judgeImage(facts({ '/bin/sh': amd64 }, {}, { allow }));
  expect(verification.ok).toBe(true);
  expect(verification.findings.map(({ message }) => message)).toContain(
    'allowed: /bin/sh: test data',
  );
});

describe('a program whose headers lie past the bytes that an inventory keeps', () => {
  const bytes = madeElf(arm64);
  bytes.writeUInt16LE(9, 56);
  const links = { needed: [], requires: [], provides: [] };
  const entry = {
    path: '/app',
    errno: 'ok',
    kind: 'file' as const,
    mode: 0o755,
    uid: 0,
    gid: 0,
    size: 10_000,
    head: bytes.toString('base64'),
    links,
  };
  const made = (more: object) => {
    const inventory = { ...madeInventory({}), files: [{ ...entry, ...more }] };
    return facts({}, cmd('/app'), { inventory });
  };

  test('is judged by what was read of them', () => {
    expect(lines(made({}))).toEqual([]);
    expect(lines(made({ interpreter: '/lib/ld.so' }))).toEqual(['fail entrypoint-loader /app']);
  });

  test('is not judged where they were not read', () => {
    expect(lines(made({ links: undefined }))).toEqual(['unknown entrypoint-architecture']);
  });
});
