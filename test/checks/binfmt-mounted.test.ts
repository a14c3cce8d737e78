import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/binfmt-mounted.ts';
import { emulated, only } from './facts.ts';

const arm64 = { platforms: ['linux/arm64'] };

describe('binfmt-mounted tells the ways of not being mounted apart', () => {
  it.each([
    ['binfmt_misc', 'pass', 'is mounted at'],
    ['autofs', 'fail', 'nothing has triggered it'],
    ['nothing', 'fail', 'its directory is empty'],
    ['absent', 'fail', 'its directory is not there'],
  ] as const)('%s: %s', (mount, status, words) => {
    const finding = only(check, { ...arm64, binfmt: { mount, status: null } });
    expect(finding.status).toBe(status);
    expect(finding.message).toContain(words);
  });

  it('triggers an automount by looking, and does not mount over it', () => {
    const { fix } = only(check, { ...arm64, binfmt: { mount: 'autofs', status: null } });
    expect(fix?.commands[0]).toBe('sudo ls /proc/sys/fs/binfmt_misc');
    expect(fix?.commands.join()).not.toContain('mount -t');
  });

  it.each([
    ['6.6.12', false],
    ['6.7.0-rc1', true],
    ['6.12.100-microsoft', true],
  ])('Linux %s: rules die with the last mount: %s', (release, dies) => {
    const binfmt = { mount: 'nothing', status: null } as const;
    const { evidence } = only(check, { ...arm64, binfmt, kernel: { release } });
    expect(evidence?.join().includes('rules die with the last mount')).toBe(dies);
  });

  it('is silent on what binfmt-known has said', () => {
    const binfmt = { knownToKernel: false, mount: 'absent', status: null } as const;
    const finding = only(check, { ...arm64, binfmt });
    expect(finding).toMatchObject({ status: 'unknown' });
    expect(finding.fix).toBeUndefined();
  });

  it('only warns where the programs ran all the same', () => {
    const binfmt = { mount: 'nothing', status: null } as const;
    const runs = { 'linux/arm64': emulated('/usr/bin/qemu-aarch64') };
    expect(only(check, { ...arm64, binfmt, runs }).status).toBe('warn');
  });

  it('mounts where the engine is', () => {
    const binfmt = { mount: 'nothing', status: null } as const;
    const endpoint = { url: 'ssh://me@box:2222', source: 'DOCKER_HOST' };
    const { fix } = only(check, { ...arm64, binfmt, engine: { remote: true, endpoint } });
    expect(fix?.commands[0]).toBe(
      "ssh -t -p 2222 me@box 'sudo mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc'",
    );
  });
});
