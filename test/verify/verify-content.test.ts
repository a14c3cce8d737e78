import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noCache } from '../../src/inventory/cache.ts';
import { readInventorySource } from '../../src/inventory/read-source.ts';
import { pathsToLookAt } from '../../src/verify/programs.ts';
import { verifySet } from '../../src/verify/verify-content.ts';
import { dockerArchive, ociArchive, type MadeImage } from './image-archive.ts';
import { madeElf } from './made-elf.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xbuild-verify-content-'));
});

afterAll(() => rm(folder, { recursive: true }));

function image(architecture: string): MadeImage {
  const files = [{ path: 'app', bytes: madeElf({ architecture }) }];
  return { architecture, config: { Cmd: ['/app'] }, files };
}

const platforms = [image('amd64'), image('arm64')];

test.each<[string, Buffer, string, string[]]>([
  ['with one image', dockerArchive({ 'app:1': image('amd64') }), '', ['']],
  [
    'with several',
    dockerArchive({ 'app:1': image('amd64'), 'other:1': image('arm64') }),
    '',
    [':app:1', ':other:1'],
  ],
  [
    'of which one is named',
    dockerArchive({ 'app:1': image('amd64'), 'other:1': image('arm64') }),
    ':other:1',
    [''],
  ],
  ['with one image for several platforms', ociArchive('app:1', platforms), '', ['', '']],
])('the images of an archive %s are told apart by name', async (_, archive, name, expected) => {
  const path = join(folder, 'app.tar');
  await writeFile(path, archive);
  const [, only] = /^:(.*)$/.exec(name) ?? [];
  const target = { kind: 'archive' as const, path, ...(only === undefined ? {} : { name: only }) };
  const verified = verifySet(await readInventorySource(target, { cache: noCache }), { allow: [] });
  const references = verified.map(({ verification }) => verification.reference);
  expect(references).toEqual(expected.map((rest) => `${path}${rest}`));
});

/** What is not fine in an archive with one image, in short. */
async function faultsOf(made: Partial<MadeImage>): Promise<string[]> {
  const path = join(folder, 'one.tar');
  const whole = { architecture: 'amd64', config: { Cmd: ['/app'] }, files: [], ...made };
  await writeFile(path, dockerArchive({ 'app:1': whole }));
  const options = { cache: noCache, lookAt: pathsToLookAt };
  const set = await readInventorySource({ kind: 'archive', path }, options);
  const [first] = verifySet(set, { allow: [] });
  const findings = first?.verification.findings ?? [];
  return findings
    .filter(({ id, status }) => status !== 'pass' && id !== 'uname')
    .map(({ id, status }) => `${status} ${id}`);
}

const program = { path: 'app', bytes: madeElf({ architecture: 'amd64' }) };
const etc = { path: 'etc/' };

test.each<[string, Partial<MadeImage>, string[]]>([
  [
    'a user that nothing knows',
    { files: [program, etc], config: { Cmd: ['/app'], User: 'web' } },
    ['fail entrypoint-user'],
  ],
  [
    'a user of /etc/passwd',
    {
      files: [program, { path: 'etc/passwd', mode: 0o644, bytes: 'web:x:7:7::/:\n' }],
      config: { Cmd: ['/app'], User: 'web' },
    },
    [],
  ],
  [
    'a script whose end, past what an inventory has of it, starts what is foreign',
    {
      files: [
        { path: 'bin/sh', bytes: madeElf({ architecture: 'amd64' }) },
        { path: 'app', bytes: `#!/bin/sh\n${'# long\n'.repeat(60)}exec /srv/app\n` },
        { path: 'srv/app', bytes: madeElf({ architecture: 'arm64' }) },
      ],
    },
    ['fail entrypoint-architecture'],
  ],
  [
    'a script that its user may not read',
    {
      files: [
        { path: 'bin/sh', bytes: madeElf({ architecture: 'amd64' }) },
        { path: 'app', mode: 0o711, bytes: '#!/bin/sh\n' },
      ],
      config: { Cmd: ['/app'], User: '1000' },
    },
    ['fail entrypoint-script'],
  ],
  [
    'a script in a directory that its user may not enter',
    {
      files: [
        { path: 'bin/sh', bytes: madeElf({ architecture: 'amd64' }) },
        { path: 'root/', mode: 0o700 },
        { path: 'root/app', bytes: '#!/bin/sh\n' },
      ],
      config: { Cmd: ['/root/app'], User: '1000' },
    },
    ['fail entrypoint-script'],
  ],
  [
    'a program in such a directory, which engines start with the rights of root',
    {
      files: [
        { path: 'root/', mode: 0o700 },
        { path: 'root/app', bytes: madeElf({ architecture: 'amd64' }) },
      ],
      config: { Cmd: ['/root/app'], User: '1000' },
    },
    ['warn entrypoint-not-executable'],
  ],
  ['a directory as the program', { files: [{ path: 'app/' }] }, ['fail entrypoint-not-executable']],
  [
    'a text without an execute bit as the program, behind a link',
    {
      files: [
        { path: 'app', target: 'opt/text' },
        { path: 'opt/text', mode: 0o644, bytes: 'x' },
      ],
    },
    ['fail entrypoint-not-executable'],
  ],
])('an image that is only read: %s', async (_, made, expected) => {
  expect(await faultsOf(made)).toEqual(expected);
});
