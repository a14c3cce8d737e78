import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/emulator-version.ts';
import { facts, emulated, only } from './facts.ts';

const arm64 = ['linux/arm64'];

describe('emulator-version knows versions that break images', () => {
  it.each([
    ['qemu-aarch64 version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b4)', 'pass'],
    ['qemu-aarch64 version 9.2.0', 'warn'],
    ['qemu-aarch64 version 9.2.1', 'warn'],
    ['qemu-aarch64 version 9.2.2', 'pass'],
    ['qemu-aarch64 version 10.1.3', 'warn'],
    ['qemu-aarch64 version 7.0.0', 'warn'],
    ['qemu-arm version 2.11.1(Debian 1:2.11+dfsg-1ubuntu7)', 'warn'],
    ['FEX-2404', 'pass'],
    ['', 'pass'],
  ])('%s: %s', (version, status) => {
    const runs = { 'linux/arm64': emulated('/q', version) };
    expect(only(check, { platforms: arm64, runs }).status).toBe(status);
  });

  it('names the report', () => {
    const runs = { 'linux/arm64': emulated('/q', 'qemu-aarch64 version 10.1.3') };
    const [finding] = check.run(facts({ platforms: arm64, runs }));
    expect(finding?.evidence?.join()).toContain('tonistiigi/binfmt/issues/298');
  });

  it.each([
    [1, 'warn'],
    [2, 'pass'],
  ])('an emulated amd64 of level %i: %s', (level, status) => {
    const run = { ...emulated('/q', 'qemu-x86_64 version 8.2.2', 'x86_64'), level };
    const setting = {
      engine: { architecture: 'arm64' },
      platforms: ['linux/amd64'],
      runs: { 'linux/amd64': run },
    };
    expect(only(check, setting).status).toBe(status);
  });
});
