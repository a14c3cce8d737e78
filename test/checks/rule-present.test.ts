import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/rule-present.ts';
import { emulated, facts, only, rule, said } from './facts.ts';

describe('rule-present looks at bytes, never at names', () => {
  it.each([
    ['a rule under another name', [rule('arm64', { name: 'zebra' })], 'pass'],
    ['a rule of that name for another CPU', [rule('s390x', { name: 'qemu-aarch64' })], 'fail'],
    ['no rule', [], 'fail'],
    ['a rule that is off (rule-enabled speaks)', [rule('arm64', { state: 'disabled' })], 'pass'],
  ])('%s', (_, rules, status) => {
    expect(only(check, { platforms: ['linux/arm64'], rules }).status).toBe(status);
  });

  it('says where the nearest rule differs', () => {
    const rules = [rule('s390x'), rule('riscv64')];
    const { evidence } = only(check, { platforms: ['linux/arm64'], rules });
    expect(evidence).toContain('rules there: qemu-s390x and qemu-riscv64');
    expect(evidence).toContain(
      'nearest rule qemu-riscv64: byte 18 of the header is 0xb7, the rule wants 0xf3 (mask 0xff)',
    );
  });

  it('asks nothing of the native platform, nor of 32-bit programs that ran', () => {
    const runs = { 'linux/386': { outcome: 'ran', machine: 'x86_64' } } as const;
    expect(
      said(check, { platforms: ['linux/amd64', 'linux/amd64/v3', 'linux/386'], runs }),
    ).toEqual(['pass: Every wanted platform that needs a rule has one.']);
  });

  it('wants a rule for 32-bit programs that did not run', () => {
    expect(said(check, { platforms: ['linux/386'] })).toEqual([
      'fail linux/386: No rule takes programs for linux/386.',
    ]);
  });

  it.each([
    ['linux/386', /CONFIG_IA32_EMULATION/],
    ['linux/arm64', /^The CPU cannot run such programs itself, so/],
  ])('says why %s programs are not run by the kernel itself', (platform, why) => {
    expect(only(check, { platforms: [platform] }).why).toMatch(why);
  });

  it('warns where the program ran all the same, and where no platform was named', () => {
    const ran = { 'linux/arm64': emulated('/q') };
    expect(only(check, { platforms: ['linux/arm64'], runs: ran }).status).toBe('warn');
    expect(only(check, { platforms: ['linux/arm64'], named: false }).status).toBe('warn');
  });

  it('has nothing to look at where binfmt_misc is not mounted', () => {
    const binfmt = { mount: 'nothing', status: null } as const;
    expect(said(check, { platforms: ['linux/arm64'], binfmt })).toEqual([
      'unknown: binfmt_misc is not mounted on the engine, so there are no rules to look at.',
    ]);
  });

  it('does not guess what a rule of a newer kernel takes', () => {
    const text = 'enabled\ninterpreter /q\nflags: F\nbpf thing\n';
    expect(only(check, { platforms: ['linux/arm64'], rules: [{ name: 'new', text }] }).status).toBe(
      'unknown',
    );
  });
});

describe('rule-present offers what fits the engine', () => {
  const platforms = ['linux/arm64', 'linux/riscv64'];
  const context = { url: 'unix:///x', source: 'context "vm"', context: 'vm' };
  const fix = 'xbuild preflight --platform linux/arm64,linux/riscv64 --fix';
  it.each([
    ['Debian 12', {}, fix, 'sudo apt-get install --reinstall --yes qemu-user-static'],
    [
      'Debian 13',
      { operatingSystem: 'Debian GNU/Linux 13 (trixie)' },
      fix,
      'sudo apt-get install --reinstall --yes qemu-user-binfmt',
    ],
    [
      'Ubuntu 24.04, whose qemu-user-binfmt is dynamic',
      { operatingSystem: 'Ubuntu 24.04.1 LTS' },
      fix,
      'sudo apt-get install --reinstall --yes qemu-user-static',
    ],
    [
      'Fedora',
      { operatingSystem: 'Fedora Linux 41' },
      fix,
      'docker run --privileged --rm tonistiigi/binfmt --install arm64,riscv64',
    ],
    [
      'a context',
      { remote: true, endpoint: context },
      `${fix} --context vm`,
      'docker --context vm run --privileged --rm tonistiigi/binfmt --install arm64,riscv64',
    ],
    [
      'an engine named by --host',
      { remote: true, endpoint: { url: 'tcp://box:2375', source: '--host' } },
      `${fix} --host tcp://box:2375`,
      'docker --host tcp://box:2375 run --privileged --rm tonistiigi/binfmt --install arm64,riscv64',
    ],
    [
      'userns-remap',
      { usernsRemap: true, operatingSystem: 'Alpine Linux v3.20' },
      fix,
      'docker run --privileged --userns=host --rm tonistiigi/binfmt --install arm64,riscv64',
    ],
    [
      'rootless: root of this machine may',
      { rootless: true },
      'sudo xbuild binfmt add arm64 riscv64 --local',
      'sudo apt-get install --yes qemu-user-static',
    ],
  ])('%s', (_, engine, command, other) => {
    const findings = check.run(factsOf(engine));
    const fixes = { commands: [command], instead: [other] };
    expect(findings.map(({ fix: found }) => found)).toMatchObject([fixes, fixes]);
  });

  function factsOf(engine: object) {
    return facts({ platforms, engine });
  }
});
