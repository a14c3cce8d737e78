import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { architectureOfElf } from '../../src/model/architecture.ts';
import { isElf, readElf } from '../../src/model/elf.ts';
import { LAUNCHERS, makeProbeImage, PROGRAMS } from '../../src/probe/image.ts';
import { makeFolder } from './launcher.ts';

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const untar = (archive: Uint8Array) => {
  const folder = makeFolder();
  writeFileSync(join(folder, 'a.tar'), archive);
  execFileSync('tar', ['-xf', 'a.tar'], { cwd: folder });
  return folder;
};

describe('makeProbeImage()', () => {
  test.each(LAUNCHERS)(
    'holds programs of the right architecture, for an %s engine',
    async (name) => {
      const image = await makeProbeImage(name);
      const elf = readElf(image.launcher);
      if (!isElf(elf)) throw new Error('not an ELF file');
      expect(architectureOfElf(elf)?.name).toBe(name);
      expect(image.archive.length).toBeLessThan(70_000);
      for (const program of PROGRAMS) {
        const guest = readElf(image.guests.get(program) ?? new Uint8Array());
        if (!isElf(guest)) throw new Error(`${program} is not an ELF file`);
        expect(architectureOfElf(guest)?.name).toBe(program.replace(/-.*/, ''));
      }
    },
  );

  test('is a docker-archive whose digests are right', async () => {
    const image = await makeProbeImage('amd64');
    const folder = untar(image.archive);
    const [manifest] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as [
      { Config: string; RepoTags: string[]; Layers: [string] },
    ];
    const config = readFileSync(join(folder, manifest.Config));
    expect(manifest.Config).toBe(`${digest(config)}.json`);
    expect(manifest.RepoTags).toEqual([image.tag]);
    expect(image.tag).toBe(`xbuild-probe:${digest(config).slice(0, 12)}`);
    const layer = readFileSync(join(folder, manifest.Layers[0]));
    expect(JSON.parse(config.toString())).toMatchObject({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { diff_ids: [`sha256:${digest(layer)}`] },
      config: { Labels: { 'org.xbuild.probe': '1' } },
    });
    const files = untar(layer);
    expect(readFileSync(join(files, '.xbuild/launcher'))).toEqual(Buffer.from(image.launcher));
  });

  test('is the same every time, and another one for another engine', async () => {
    const [one, same, other] = await Promise.all(['arm', 'arm', 's390x'].map(makeProbeImage));
    expect(one?.archive).toEqual(same?.archive);
    expect(other?.tag).not.toBe(one?.tag);
  });

  test('says for which engines there is a probe', async () => {
    await expect(makeProbeImage('sparc\n')).rejects.toMatchObject({
      code: 'probe-failed',
      message: String.raw`there is no probe for engines of architecture "sparc\n"`,
      detail: [expect.stringContaining('amd64')],
    });
  });
});
