// The scan of an image's files in a real engine: the same as a scan of the folder it was made of.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isKnown, type Known } from '../../src/model/facts.ts';
import type { Inventory } from '../../src/model/inventory.ts';
import { makeImageProbe, type ImageAnswer } from '../../src/probe/image-probe.ts';
import { PROGRAMS } from '../../src/probe/image.ts';
import { ScanReader } from '../../src/probe/scan.ts';
import { startEngine, whyNoLab, type Lab } from '../lab/lab.mjs';
import { linkedElf } from '../model/linked-elf.ts';
import { launch, whyNoLauncher } from '../probe/launcher.ts';

const reason = whyNoLab() ?? whyNoLauncher;

/** One of everything that has to be told apart, or passed over. */
function plant(root: string): void {
  const at = (...parts: string[]) => join(root, ...parts);
  for (const name of ['usr/bin', 'etc', 'dev', 'proc', 'opt/closed', 'data/sub', '.xbuild'])
    mkdirSync(at(name), { recursive: true });
  for (const name of PROGRAMS) {
    copyFileSync(
      new URL(`../../src/probe/bin/guest-${name}`, import.meta.url),
      at('usr/bin', name),
    );
  }
  const library = linkedElf({ strings: [[1, 'libc.so.6']], provides: ['me', 'ME_1'], big: true });
  writeFileSync(at('usr/bin/library'), library);
  writeFileSync(at('usr/bin/set-uid'), '#!/usr/bin/amd64\n');
  chmodSync(at('usr/bin/set-uid'), 0o6755);
  linkSync(at('usr/bin/library'), at('usr/bin/again'));
  symlinkSync('../bin/amd64', at('usr/bin/link'));
  writeFileSync(Buffer.from(`${root}/opt/\xff\n\x1b`, 'latin1'), '#!');
  writeFileSync(at('opt/closed/script'), '#!');
  chmodSync(at('opt/closed/script'), 0);
  chmodSync(at('opt/closed'), 0);
  writeFileSync(at('opt/sparse'), linkedElf({}));
  truncateSync(at('opt/sparse'), 2 ** 20);
  execFileSync('mkfifo', ['-m', '755', at('opt/pipe')]);
  execFileSync('mknod', ['-m', '755', at('opt/device'), 'c', '1', '5']);
  // What a volume covers is the image's, what a mount of the engine covers is not.
  writeFileSync(at('data/sub/program'), library);
  writeFileSync(at('etc/hosts'), '#!');
  writeFileSync(at('dev/script'), '#!');
  writeFileSync(at('.xbuild/launcher'), '#!');
  const deep = `${root}${'/d'.repeat(100)}`;
  mkdirSync(deep, { recursive: true });
  writeFileSync(`${deep}/script`, '#!');
}

function known(answer: Known<Inventory> | undefined): Inventory {
  if (answer === undefined || !isKnown(answer)) throw new Error(JSON.stringify(answer));
  return answer;
}

describe.skipIf(reason)('the scan of an image', () => {
  let root: string;
  let lab: Lab;
  let answer: ImageAnswer;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'xbuild-scan-'));
    plant(root);
    lab = await startEngine({ name: 'scan', version: '28.5' });
    execFileSync('tar', ['-C', root, '-cf', `${root}.tar`, '.']);
    await lab.docker(['import', '--change', 'VOLUME /data', `${root}.tar`, 'planted:1']);
    const docker = new Docker({ socketPath: lab.socket });
    const probe = await makeImageProbe(docker, { architecture: 'amd64' });
    answer = await probe.run({
      image: 'planted:1',
      commands: [
        { do: 'look', path: '/usr/bin/library' },
        { do: 'run', words: ['/usr/bin/none'] },
        { do: 'scan' },
        { do: 'guest', program: 'amd64' },
      ],
    });
  });
  afterAll(async () => {
    await lab.stop();
    await rm(root, { recursive: true, force: true });
    await rm(`${root}.tar`, { force: true });
  });

  test('is that of the folder which the image was made of', () => {
    const stream = launch([{ do: 'scan', directory: root }]);
    const reader = new ScanReader();
    for (const record of stream.records) reader.take(record);
    const inventory = known(answer.inventory);
    expect(inventory).toEqual(known(reader.finish()));
    expect(inventory.incomplete).toBeUndefined();
    expect(inventory.counts).toMatchObject({ elf: PROGRAMS.length + 4, scripts: 4 });
  });

  test('has what a volume covers and a closed folder holds, and nothing of the engine’s', () => {
    const paths = known(answer.inventory).files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/data/sub/program', '/opt/closed/script']));
    expect(paths.filter((path) => /^\/(?:dev|proc|sys|etc|\.xbuild)/.test(path))).toEqual([]);
  });

  // Of 32 bits, and of the other byte order, under emulation: the nearest to machines of their own.
  test.each(['arm', 's390x'])('is the same on an engine of %s', async (architecture) => {
    const docker = new Docker({ socketPath: lab.socket });
    const probe = await makeImageProbe(docker, { architecture });
    const { inventory } = await probe.run({ image: 'planted:1', commands: [{ do: 'scan' }] });
    expect(known(inventory)).toEqual(known(answer.inventory));
  });

  test('stands beside the other answers of the same container', () => {
    expect(answer.problem).toBeUndefined();
    expect(answer.runs).toMatchObject([{ outcome: 'errno', errno: 'ENOENT' }]);
    expect(answer.guests).toMatchObject([{ program: 'amd64', outcome: 'ran' }]);
    const library = answer.files.find(({ path }) => path === '/usr/bin/library');
    expect(library?.links).toMatchObject({ needed: ['libc.so.6'], provides: ['ME_1'] });
  });
});
