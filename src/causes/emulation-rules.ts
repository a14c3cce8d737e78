import type { CauseMatch } from '../model/diagnosis.ts';
import { installFix, RULES } from '../model/rule-fixes.ts';
import { inNamespace, machineRule } from './another-namespace.ts';
import { engineToFix } from './engine-fix.ts';
import type { Family } from './entry.ts';
import { type Foreign, nativeLine, ofForeign, rulesLine } from './foreign.ts';
import { notInherited } from './hand-started.ts';
import { narrowRule, tooNarrow } from './narrow-rules.ts';
import {
  binfmtDisabled,
  disabledRule,
  isMounted,
  notMounted,
  ruleDisabled,
  sentence,
} from './rules-off.ts';
import { type Scene, wouldTake } from './scene.ts';

export const order = 10;

const formatError = 'exec /app: exec format error';

function noRule(scene: Scene): CauseMatch | undefined {
  return ofForeign(scene, (foreign) => {
    const { architecture } = foreign;
    if (!isMounted(scene) || disabledRule(scene, foreign) !== undefined) return undefined;
    if (narrowRule(scene, foreign) !== undefined) return undefined;
    if (
      scene.binfmt?.status === 'disabled' &&
      wouldTake(scene.rules, foreign.head, foreign.hop.name)
    )
      return undefined;
    return {
      message: `${sentence(foreign)}, and no rule of the kernel takes ${architecture} programs`,
      evidence: [nativeLine(scene), rulesLine(scene)],
      fix: installFix(engineToFix(scene), [architecture]),
      ...(isOnlyLikely(scene, foreign) ? { confidence: 'likely' as const } : {}),
    };
  });
}

/** The rules are not known, or the machine has one: then it is the engine's namespace that lacks it. */
function isOnlyLikely(scene: Scene, foreign: Foreign): boolean {
  return scene.binfmt === undefined || machineRule(scene, foreign) !== undefined;
}

/** No rule takes the program. */
export const family: Family = {
  id: 'emulation-rules',
  title: 'Emulation: no rule takes the program',
  causes: [
    {
      id: 'emulator-not-inherited',
      title: 'an emulator was started by hand, and what it starts is not emulated',
      why: 'qemu runs the one program that it is given. When that program starts another, execve(2) goes to the kernel, which knows nothing of the emulator and finds no rule.',
      seen: ['sh: /bin/busybox: Exec format error'],
      proof:
        'The entrypoint is a qemu, the first program runs, and every program that it starts fails.',
      remedy: 'Register a rule with the kernel instead of starting qemu by hand.',
      prevent: 'Start the program itself and leave the emulator to binfmt_misc.',
      before: ['no-rule', 'wrong-architecture'],
      find: notInherited,
    },
    {
      id: 'binfmt-not-mounted',
      title: 'binfmt_misc is not mounted',
      why: 'Rules live in the file system binfmt_misc. Where it is not mounted there are none, and every program of another architecture ends in ENOEXEC.',
      seen: [formatError],
      proof: `${RULES} has no file named register.`,
      remedy: 'Mount binfmt_misc on the machine of the engine, then register rules.',
      prevent:
        'Let the system mount it at boot (systemd: proc-sys-fs-binfmt_misc.automount), and run xbuild preflight before builds.',
      before: ['no-rule', 'rules-in-another-namespace'],
      find: notMounted,
    },
    {
      id: 'binfmt-disabled',
      title: 'binfmt_misc as a whole is switched off',
      why: 'The switch is the file status. While it says disabled no rule is asked, though every rule still says enabled.',
      seen: [formatError],
      proof: `${RULES}/status says disabled.`,
      remedy: `Switch it on: echo 1 > ${RULES}/status, as root on the engine's machine.`,
      prevent: 'Look for what wrote 0 to status, and run xbuild preflight before builds.',
      before: ['no-rule'],
      find: binfmtDisabled,
    },
    {
      id: 'rule-disabled',
      title: 'the rule for this architecture is disabled',
      why: 'A rule has a switch of its own. A disabled one is passed over, and without it the kernel refuses the program with ENOEXEC.',
      seen: [formatError],
      proof: "The rule's file begins with disabled, and its magic and mask fit the program.",
      remedy: "Write 1 to the rule's file, as root on the engine's machine.",
      prevent: 'Look for what wrote 0 to it, and run xbuild preflight before builds.',
      before: ['no-rule'],
      find: ruleDisabled,
    },
    {
      id: 'rule-too-narrow',
      title: 'a rule for the architecture exists, and its mask misses this file',
      why: 'A rule compares bytes of the ELF header. A mask that also fixes EI_OSABI or e_type misses static glibc programs (EI_OSABI 3) or position-independent ones (ET_DYN), while other programs of the same image run.',
      seen: [formatError],
      proof:
        'Other programs of the architecture run; the byte at which rule and file differ is not one that names the architecture.',
      remedy: "Register the rule with qemu's usual mask.",
      prevent:
        'Let xbuild binfmt add, a package or tonistiigi/binfmt write the rules instead of a line of your own.',
      before: ['no-rule'],
      find: tooNarrow,
    },
    {
      id: 'no-rule',
      title: 'no enabled rule matches programs of this architecture',
      why: 'The CPU cannot run the program, and no rule of binfmt_misc names an emulator for it, so the kernel refuses it with ENOEXEC. Docker does warn that the platform does not match, but it prints that warning when all works, too.',
      seen: [
        formatError,
        'standard_init_linux.go:228: exec user process caused: exec format error',
        '.buildkit_qemu_emulator in the log of a build',
      ],
      proof:
        "The program is for its image's architecture, and no rule's magic and mask fit its header.",
      remedy:
        'Register an emulator for the architecture with the kernel, or use an image for the architecture of the machine.',
      prevent:
        'Rules are gone after a restart unless a package writes them at boot; xbuild preflight tells before a build.',
      find: noRule,
    },
    {
      id: 'rules-in-another-namespace',
      title: "the engine's user namespace has a table of rules of its own",
      why: 'Since Linux 6.7 every user namespace may mount a binfmt_misc of its own, and then sees only the rules in that one. Rules of the machine do not count there.',
      seen: [formatError],
      proof:
        'The machine itself has a rule that takes the program, and its kernel is the one of the engine, which has no such rule.',
      remedy:
        "Register the rules inside the engine's own namespace, or unmount the binfmt_misc there.",
      prevent:
        'Register rules where the engine runs; xbuild preflight asks the engine and not the machine.',
      find: inNamespace,
    },
  ],
};
