// Preflight on a real engine whose rules are broken in every way that is known: nothing is built,
// and the finding names what is wrong.
import { mkdir } from 'node:fs/promises';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startEngine, type Lab } from '../lab/lab.mjs';
import { ensureDynamicQemu } from '../lab/packages.mjs';
import { qemuRule, RULE_ARCHES } from '../lab/rules.mjs';
import {
  contentsOf,
  HELLO,
  makeContext,
  reason,
  removeImages,
  skipped,
  xbuild,
  type Json,
} from './xbuild.ts';

const BINFMT = '/proc/sys/fs/binfmt_misc';
const STATIC_QEMU = '/usr/bin/qemu-aarch64-static';
const MACHINE = 'feff ffff';
const FULL = 'ffffffffffffffffffffffffffffffff';
const USUAL = 'ffffffffffffff00ffffffffffffffff';
const ARM64 = '7f454c46020101000000000000000000 0200 b700';

/** Puts all of Debian's rules back, as they were. */
async function reset(lab: Lab): Promise<void> {
  await lab.status('-1');
  await lab.status('1');
  for (const arch of RULE_ARCHES) await lab.register(qemuRule(arch));
}

interface Broken {
  how: string;
  break: (lab: Lab) => Promise<void>;
  /** The checks that fail, for arm64 alone. */
  fails: string[];
  /** What is said, at least. */
  says: RegExp;
}

const only = (parts: Parameters<typeof qemuRule>[1]) => async (lab: Lab) => {
  await lab.writeRule('qemu-aarch64', '-1');
  await lab.register(qemuRule('arm64', parts));
};

const cases: Broken[] = [
  {
    how: 'the rule is gone',
    break: (lab) => lab.writeRule('qemu-aarch64', '-1'),
    fails: ['rule-present'],
    says: /no rule/i,
  },
  {
    how: 'all rules are gone',
    break: (lab) => lab.status('-1'),
    fails: ['rule-present'],
    says: /no rule/i,
  },
  {
    how: 'the rule is turned off',
    break: (lab) => lab.writeRule('qemu-aarch64', '0'),
    fails: ['rule-enabled'],
    says: /qemu-aarch64/,
  },
  {
    how: 'all of binfmt_misc is turned off',
    break: (lab) => lab.status('0'),
    fails: ['binfmt-enabled'],
    says: /disabled|turned off|off/,
  },
  {
    how: 'the rule has no flag F',
    break: only({ interpreter: STATIC_QEMU, flags: 'OP' }),
    fails: ['rule-fix-binary'],
    says: /flag F/,
  },
  {
    how: 'the rule has flag F and an emulator that needs libraries',
    break: async (lab) => {
      const dynamic = join(await ensureDynamicQemu(), 'qemu-aarch64');
      await only({ interpreter: dynamic, flags: 'OPF' })(lab);
    },
    fails: ['interpreter-static'],
    says: /qemu-aarch64/,
  },
  {
    how: 'the rule has no flag F and its emulator is gone',
    break: only({ interpreter: '/usr/bin/qemu-gone', flags: 'OP' }),
    fails: ['rule-fix-binary', 'interpreter-present'],
    says: /\/usr\/bin\/qemu-gone/,
  },
  {
    how: 'the rule’s emulator may not be executed',
    break: async (lab) => {
      await mkdir(join(lab.dir, 'bad'), { recursive: true });
      copyFileSync(STATIC_QEMU, join(lab.dir, 'bad', 'qemu'));
      await lab.exec(['chmod', '644', join(lab.dir, 'bad', 'qemu')]);
      await only({ interpreter: join(lab.dir, 'bad', 'qemu'), flags: 'OP' })(lab);
    },
    fails: ['rule-fix-binary', 'interpreter-executable'],
    says: /bad\/qemu/,
  },
  {
    how: 'the rule takes position-independent programs only',
    break: only({ mask: `${USUAL} ffff ffff`, magic: ARM64.replace('0200 b7', '0300 b7') }),
    fails: ['rule-not-too-narrow'],
    says: /ET_EXEC/,
  },
  {
    how: 'a rule takes another architecture’s programs too',
    // e_machine without the bits in which riscv64 and arm64 differ.
    break: (lab) => lab.register(qemuRule('riscv64', { name: 'wide', mask: `${USUAL} feff bbff` })),
    fails: ['rule-not-shadowed', 'rule-not-too-wide'],
    says: /wide/,
  },
  {
    how: 'a newer rule for arm64, a broken one, stands before the good one',
    break: (lab) =>
      lab.register(qemuRule('arm64', { name: 'newest', interpreter: '/bin/false', flags: 'PF' })),
    fails: ['rule-not-shadowed', 'interpreter-static'],
    says: /newest/,
  },
];

const EMPTY = { tags: {}, untagged: [], containers: [], volumes: [] };
const failing = ({ checks }: Json) => checks.filter(({ status }) => status === 'fail');
/** What is wrong, without the verdict that follows from it. */
const idsOf = (document: Json) => [
  ...new Set(failing(document).flatMap(({ id }) => (id === 'platform-runs' ? [] : [id]))),
];

describe.skipIf(reason)(`preflight${skipped}`, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startEngine({ name: 'preflight', version: '28.5', store: 'containerd' });
  });
  afterEach(() => reset(lab));
  afterAll(() => lab.stop());

  test.each(cases)('stops a build when $how', async (broken) => {
    await broken.break(lab);
    const context = await makeContext({ Dockerfile: HELLO });
    const words = ['--platform', 'linux/amd64,linux/arm64', '-t', 'app', context];
    const ended = await xbuild(lab, [...words, '--json']);
    expect(ended).toMatchObject({ status: 3, left: [] });
    expect(idsOf(ended.json)).toEqual(broken.fails);
    const said = failing(ended.json).map(({ message }) => message);
    expect(said.join('\n')).toMatch(broken.says);
    for (const id of broken.fails)
      expect(failing(ended.json).find((one) => one.id === id)?.fix).toBeDefined();
    expect(ended.json.platforms).toMatchObject([{ support: 'native' }, { support: 'none' }]);
    expect(ended.json.command).toBe('build');
    expect(await contentsOf(lab)).toEqual(EMPTY);
  });

  test.each([
    ['position-independent programs', { mask: `${USUAL} ffff ffff` }, /ET_DYN/, 16, 2],
    ['programs marked GNU/Linux', { mask: `${FULL} ${MACHINE}` }, /EI_OSABI/, 7, 0],
  ] as const)(
    'warns where the rule passes over %s, and explains a step that fails for it',
    async (_what, rule, says, at, taken) => {
      await only(rule)(lab);
      const context = await makeContext({ Dockerfile: HELLO }, ['arm64']);
      const words = ['--platform', 'linux/arm64', '--no-cache', '--no-verify', '--json', context];
      const program = join(context, 'busybox-arm64');
      const bytes = readFileSync(program);
      bytes[at] = taken;
      writeFileSync(program, bytes);
      const good = await xbuild(lab, words);
      expect([good.status, good.json.platforms[0]?.state]).toEqual([0, 'built']);
      const narrow = good.json.checks.find(({ id }) => id === 'rule-not-too-narrow');
      expect(narrow).toMatchObject({ status: 'warn', message: expect.stringMatching(says) });
      bytes[at] = 3;
      writeFileSync(program, bytes);
      const bad = await xbuild(lab, words);
      expect(bad.status).toBe(1);
      expect(bad.json.platforms[0]?.failure).toMatchObject({
        step: expect.stringContaining('RUN /bin/busybox uname'),
        finding: { id: 'rule-not-too-narrow', fix: { commands: expect.anything() } },
      });
      await removeImages(lab);
    },
  );

  test('stops a build when binfmt_misc is not mounted', async () => {
    await lab.umountBinfmt();
    try {
      const context = await makeContext({ Dockerfile: HELLO });
      const ended = await xbuild(lab, ['--platform', 'linux/arm64', '--json', context]);
      expect(ended).toMatchObject({ status: 3, left: [] });
      // What shines through is the machine's own table, where it has one.
      expect(idsOf(ended.json)[0]).toMatch(/^(?:binfmt-mounted|rule-present)$/);
      expect(await contentsOf(lab)).toEqual(EMPTY);
    } finally {
      await lab.exec(['mount', '-t', 'binfmt_misc', 'binfmt_misc', BINFMT]);
    }
  });

  test('says so when a rule takes native programs too, so that nothing runs at all', async () => {
    const [magic, mask] = ['7f454c46', 'ffffffff'];
    await lab.register(qemuRule('arm64', { name: 'greedy', magic, mask }));
    try {
      const context = await makeContext({ Dockerfile: HELLO });
      const ended = await xbuild(lab, ['--platform', 'linux/arm64', '--json', context]);
      expect(ended).toMatchObject({ status: 3, left: [] });
    } finally {
      await lab.writeRule('greedy', '-1');
    }
    expect(await contentsOf(lab)).toEqual(EMPTY);
  });

  test('guesses nothing from the names of rules', async () => {
    await lab.status('-1');
    await lab.register(qemuRule('arm64', { name: 'zzz' }));
    const good = await xbuild(lab, ['preflight', '--platform', 'linux/arm64', '--json']);
    expect([good.status, idsOf(good.json)]).toEqual([0, []]);
    expect(good.json.platforms).toMatchObject([{ support: 'emulated', rule: 'zzz' }]);
    await lab.writeRule('zzz', '-1');
    await lab.register(qemuRule('s390x', { name: 'qemu-aarch64' }));
    const bad = await xbuild(lab, ['preflight', '--platform', 'linux/arm64', '--json']);
    expect([bad.status, idsOf(bad.json)]).toEqual([3, ['rule-present']]);
  });

  test('is a command of its own: doctor is its other name', async () => {
    const all = await xbuild(lab, ['preflight']);
    expect(all).toMatchObject({ status: 0, stderr: '', left: [] });
    expect(all.stdout).toMatch(/✔ linux\/arm64 +emulated by qemu-aarch64/);
    await lab.writeRule('qemu-riscv64', '0');
    const doctor = await xbuild(lab, ['doctor']);
    // No platform was asked for, so none is missing.
    expect(doctor.stdout).toContain('linux/riscv64');
    const named = await xbuild(lab, ['doctor', '--platform=linux/riscv64']);
    expect(named.status).toBe(3);
    expect(named.stdout).toContain('echo 1 > /proc/sys/fs/binfmt_misc/qemu-riscv64');
    for (const { stdout } of [all, doctor, named])
      expect(
        Math.max(
          ...stdout
            .split('\n')
            .filter((line) => !line.startsWith('      '))
            .map((line) => line.length),
        ),
      ).toBeLessThanOrEqual(80);
    const fine = await xbuild(lab, ['preflight', '--platform', 'arm64', '--platform', 'amd64']);
    expect(fine.status).toBe(0);
    const wrong = await xbuild(lab, ['preflight', 'linux/arm64', '--json']);
    expect([wrong.status, wrong.json.error?.code]).toEqual([2, 'bad-argument']);
    expect(await contentsOf(lab)).toEqual(EMPTY);
  });

  test('lets a Dockerfile through that runs nothing on the target', async () => {
    await lab.status('-1');
    const Dockerfile = `FROM --platform=$BUILDPLATFORM scratch AS build
COPY busybox-amd64 /bin/sh
RUN echo made > /made
FROM scratch
COPY --from=build /made /made
COPY busybox-arm64 /bin/busybox
ENTRYPOINT ["/bin/busybox"]
`;
    const context = await makeContext({ Dockerfile }, ['amd64', 'arm64']);
    const words = ['--platform', 'linux/arm64', '-t', 'crossed', context];
    const ended = await xbuild(lab, [...words, '--json']);
    expect(ended).toMatchObject({ status: 0, left: [] });
    const [arm64] = ended.json.platforms;
    expect(arm64?.verification?.uname).toMatchObject({ actual: null, by: 'none' });
    expect(arm64?.verification?.findings.map(({ status }) => status)).toContain('unknown');
    expect(ended.json.checks.map(({ id }) => id)).toContain('rule-present');
    const text = await xbuild(lab, words);
    expect(text.stdout).toMatch(/crossed/);
    await removeImages(lab);
  });
});
