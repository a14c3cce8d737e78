import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checks } from '../../src/checks/index.ts';
import { judge } from '../../src/checks/preflight.ts';
import { escapeText } from '../../src/model/escape.ts';
import type { FileFacts, RuleFile, RunFacts } from '../../src/model/facts.ts';
import { renderPreflight } from '../../src/reporters/preflight-text.ts';
import { emulated, facts, program, rule } from './facts.ts';
import type { Setting } from './facts.ts';

const path = '/usr/bin/qemu-aarch64';
const good: Setting = {
  platforms: ['linux/amd64', 'linux/arm64'],
  rules: [rule('arm64')],
  runs: { 'linux/arm64': emulated(path) },
};
const remote = { name: 'far', driver: 'remote', source: '--builder' } as const;

function failing(setting: Setting): string[] {
  const { checks: findings } = judge(facts(setting));
  return findings.filter(({ status }) => status === 'fail').map(({ id }) => id);
}

describe('judge says whether all that was named can be built', () => {
  it.each<[string, Setting, boolean]>([
    ['all runs', good, true],
    [
      'nothing was named, and nothing foreign runs',
      { platforms: ['linux/arm64'], named: false },
      true,
    ],
    ['no rules', { platforms: ['linux/arm64'] }, false],
    ['native only', { platforms: ['linux/amd64'] }, true],
    ['the kernel was not read, native', { platforms: ['linux/amd64'], kernel: 'unknown' }, true],
    ['the kernel was not read, foreign', { platforms: ['linux/arm64'], kernel: 'unknown' }, false],
    ['the builder is elsewhere', { platforms: ['linux/arm64'], builder: remote }, true],
    [
      'the client cannot build',
      { ...good, client: { command: 'docker', version: '28.5.2', buildx: null } },
      false,
    ],
    ['a set-uid flag is missing', { ...good, rules: [rule('arm64', { flags: 'F' })] }, true],
    [
      'another platform is broken',
      { ...good, rules: [rule('arm64'), rule('s390x', { flags: '' })] },
      true,
    ],
  ])('%s: %#', (_, setting, ok) => {
    expect(judge(facts(setting)).ok).toBe(ok);
  });
});

describe('judge names a cause once', () => {
  const arm64 = ['linux/arm64'];
  it.each<[string, Setting, string[]]>([
    ['no rules', { platforms: arm64 }, ['rule-present']],
    [
      'not mounted',
      { platforms: arm64, binfmt: { mount: 'nothing', status: null } },
      ['binfmt-mounted'],
    ],
    [
      'no module',
      { platforms: arm64, binfmt: { knownToKernel: false, mount: 'absent', status: null } },
      ['binfmt-known'],
    ],
    [
      'switched off',
      { ...good, runs: {}, binfmt: { status: 'disabled' }, interpreters: [program(path)] },
      ['binfmt-enabled'],
    ],
    [
      'rule off',
      { platforms: arm64, rules: [rule('arm64', { state: 'disabled' })] },
      ['rule-enabled'],
    ],
    [
      'no F',
      { platforms: arm64, rules: [rule('arm64', { flags: '' })], interpreters: [program(path)] },
      ['rule-fix-binary'],
    ],
    [
      'foreign interpreter',
      { platforms: arm64, rules: [rule('arm64')], interpreters: [program(path, 's390x')] },
      ['interpreter-native'],
    ],
    ['Windows engine', { platforms: arm64, engine: { os: 'windows' } }, ['engine-os']],
  ])('%s', (_, setting, ids) => {
    expect(failing(setting).filter((id) => id !== 'platform-runs')).toEqual(ids);
    expect(failing(setting)).toContain('platform-runs');
  });
});

describe('the table of platforms', () => {
  it('says by what a platform is emulated', () => {
    expect(judge(facts(good)).platforms).toEqual([
      { platform: 'linux/amd64', support: 'native', probe: { machine: 'x86_64', outcome: 'ran' } },
      {
        platform: 'linux/arm64',
        support: 'emulated',
        rule: 'qemu-aarch64',
        interpreter: path,
        emulator: 'qemu-aarch64 version 8.2.2',
        probe: { machine: 'aarch64', outcome: 'ran' },
      },
    ]);
  });

  it.each<[string, Setting, object]>([
    [
      'none, and the finding that stops it',
      {},
      { support: 'none', reason: 'No rule takes programs for linux/arm64.' },
    ],
    [
      'unknown, and what is missing',
      { kernel: 'unknown' },
      {
        support: 'unknown',
        reason: "The engine's kernel was not read: the engine refused to start the probe.",
      },
    ],
    ['unknown, for the builder is elsewhere', { builder: remote }, { support: 'unknown' }],
    [
      'native, where its program ran so',
      { runs: { 'linux/arm64': { outcome: 'ran', machine: 'aarch64' } } },
      { support: 'native' },
    ],
  ])('%s', (_, setting, row) => {
    expect(judge(facts({ platforms: ['linux/arm64'], ...setting })).platforms).toMatchObject([row]);
  });
});

const bytes = fc.string({ unit: 'binary', maxLength: 40 });
const ruleFile: fc.Arbitrary<RuleFile> = fc.oneof(
  fc.record({ name: bytes, text: bytes }),
  fc
    .tuple(
      fc.constantFrom('amd64', '386', 'arm64', 'arm', 's390x'),
      fc.constantFrom('', 'F', 'PO', 'POCF', 'T'),
      fc.constantFrom('enabled', 'disabled'),
      fc.constantFrom(undefined, '00'.repeat(20), 'ff'.repeat(20), 'zz'),
    )
    .map(([architecture, flags, state, mask]) =>
      rule(architecture, { flags, state, ...(mask !== undefined && { mask }) }),
    ),
);
const file: fc.Arbitrary<FileFacts> = fc.record(
  {
    path: fc.constantFrom(path, '/usr/bin/qemu-arm', '/x'),
    errno: fc.constantFrom('ok', 'ENOENT', 'EACCES'),
    kind: fc.constantFrom('file', 'directory', 'symlink', 'other'),
    mode: fc.nat(0o7777),
    target: fc.constantFrom('/x', '..', '../bin/qemu-aarch64', ''),
    head: fc.oneof(
      bytes.map((text) => Buffer.from(text).toString('base64')),
      fc.constant(program('/x').head ?? ''),
    ),
    interpreter: bytes,
  },
  { requiredKeys: ['path', 'errno'] },
);
const run: fc.Arbitrary<Partial<RunFacts>> = fc.record(
  {
    outcome: fc.constantFrom('ran', 'errno', 'signal', 'exit', 'timeout'),
    machine: bytes,
    level: fc.integer({ min: 1, max: 4 }),
    errno: fc.constantFrom('ENOEXEC', 'ENOENT', 'E\u001B[2J'),
    signal: fc.nat(64),
    exitStatus: fc.nat(255),
    output: bytes,
    emulator: fc.record({ path: bytes, version: bytes, file }, { requiredKeys: ['path'] }),
  },
  { requiredKeys: ['outcome'] },
);
const platforms = [
  'linux/amd64',
  'linux/amd64/v3',
  'linux/386',
  'linux/arm64',
  'linux/arm/v6',
  'linux/s390x',
  'windows/amd64',
  'linux/ppc64',
];
const setting: fc.Arbitrary<Setting> = fc.record({
  platforms: fc.subarray(platforms),
  named: fc.boolean(),
  engine: fc.record(
    {
      version: bytes,
      os: fc.constantFrom('linux', 'windows'),
      architecture: fc.constantFrom('amd64', 'arm64', 'arm', 'sparc'),
      operatingSystem: bytes,
      remote: fc.boolean(),
      rootless: fc.boolean(),
      endpoint: fc.record({ url: fc.oneof(bytes, fc.constant('ssh://a%zz@[::1]')), source: bytes }),
    },
    { requiredKeys: [] },
  ),
  builder: fc.constantFrom({ unknown: 'x' }, remote, {
    name: 'b',
    driver: 'docker',
    source: 's',
  } as const),
  rules: fc.array(ruleFile, { maxLength: 4 }),
  interpreters: fc.array(file, { maxLength: 4 }),
  runs: fc.dictionary(fc.constantFrom('linux/arm64', 'linux/386', 'linux/amd64'), run),
  binfmt: fc.record(
    {
      knownToKernel: fc.boolean(),
      mount: fc.constantFrom('binfmt_misc', 'autofs', 'nothing', 'absent'),
      status: fc.constantFrom('enabled', 'disabled', null),
    },
    { requiredKeys: [] },
  ),
});

describe('whatever the facts are', () => {
  it('judge answers: every check has a finding, every platform a row', () => {
    fc.assert(
      fc.property(setting, (one) => {
        const report = judge(facts(one));
        expect(new Set(report.checks.map(({ id }) => id)).size).toBe(
          checks.length - (one.platforms?.length ? 0 : 1),
        );
        expect(report.platforms).toHaveLength(one.platforms?.length ?? 0);
        expect(JSON.parse(JSON.stringify(report))).toEqual(report);
      }),
    );
  });

  it('nothing of the machine reaches the terminal as a control character', () => {
    fc.assert(
      fc.property(setting, fc.integer({ min: 20, max: 120 }), (one, width) => {
        const options = { width, colour: (_: string, text: string) => text, unicode: true };
        const text = renderPreflight(judge(facts(one)), options);
        expect(escapeText(text)).toBe(text);
        expect(text).not.toContain('\t');
      }),
    );
  });
});
