import { findArchitecture, headFor } from '../model/architecture.ts';
import { explainMismatch, matchRule, type Rule } from '../model/binfmt-rule.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { commandRuleFile, installFix, mountFix, replaceFix, RULES } from '../model/rule-fixes.ts';
import { engineToFix } from './engine-fix.ts';
import { advice, ofFailures, subjectOf, type Family } from './entry.ts';
import { nativeLine, ofForeign, ruleLine, rulesLine, type Foreign } from './foreign.ts';
import { signsOf, wouldTake, type Scene } from './scene.ts';
import { shown, withArticle } from './words.ts';

export const order = 10;

const formatError = 'exec /app: exec format error';

/** What is so of a program that wants a rule. */
function sentence({ failure, hop, architecture }: Foreign): string {
  const program = subjectOf(failure);
  const own = hop.name === failure.hops[0]?.name;
  const who = own ? program : `${program} is started by ${shown(hop.name)}, which`;
  return `${who} is ${withArticle(architecture)} program`;
}

/** The disabled rule that would take a program. */
function disabledRule({ rules }: Scene, { head, hop }: Foreign): Rule | undefined {
  return rules.find((rule) => !rule.enabled && matchRule(rule, head, hop.name) === true);
}

/** The enabled rule for an architecture whose mask misses this one of its programs. */
function narrowRule({ rules }: Scene, { head, hop, architecture }: Foreign): Rule | undefined {
  const row = findArchitecture(architecture);
  if (row === undefined) return undefined;
  const usual = [headFor(row), headFor(row, { type: 'dyn' })];
  return rules.find(
    (rule) =>
      rule.enabled &&
      matchRule(rule, head, hop.name) === false &&
      usual.some((made) => matchRule(rule, made, '/program') === true),
  );
}

const fields: Readonly<Record<number, string>> = {
  7: 'EI_OSABI',
  8: 'EI_ABIVERSION',
  16: 'e_type',
  17: 'e_type',
};

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function mismatchLine(rule: Rule, { head, hop }: Foreign): string {
  const mismatch = explainMismatch(rule, head, hop.name);
  if (mismatch === undefined || mismatch === 'unknown' || mismatch.field !== 'magic')
    return ruleLine(rule);
  const { at, wanted, found, mask } = mismatch;
  const field = fields[at] === undefined ? '' : ` (${fields[at]})`;
  return `byte ${at}${field} of the file is ${hex(found)}, rule ${shown(rule.name)} wants ${hex(wanted)} with mask ${hex(mask)}`;
}

function isMounted({ binfmt }: Scene): boolean {
  return binfmt === undefined || binfmt.mount === 'binfmt_misc';
}

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
      ...(scene.binfmt === undefined ? { confidence: 'likely' as const } : {}),
    };
  });
}

function ruleDisabled(scene: Scene): CauseMatch | undefined {
  return ofForeign(scene, (foreign) => {
    const rule = disabledRule(scene, foreign);
    if (rule === undefined || !isMounted(scene)) return undefined;
    return {
      message: `${sentence(foreign)}, and rule ${shown(rule.name)}, which would take it, is disabled`,
      evidence: [ruleLine(rule)],
      fix: advice('Enable the rule.', [commandRuleFile(engineToFix(scene), rule.name, '1')]),
    };
  });
}

function binfmtDisabled(scene: Scene): CauseMatch | undefined {
  if (scene.binfmt?.status !== 'disabled') return undefined;
  return ofForeign(scene, (foreign) => {
    const rule = wouldTake(scene.rules, foreign.head, foreign.hop.name);
    return {
      message: `${sentence(foreign)}, and binfmt_misc as a whole is switched off`,
      evidence: [
        `${RULES}/status: disabled`,
        rule === undefined ? rulesLine(scene) : ruleLine(rule),
      ],
      fix: advice('Switch it on.', [commandRuleFile(engineToFix(scene), 'status', '1')]),
      ...(rule === undefined ? { confidence: 'likely' as const } : {}),
    };
  });
}

const mounts: Readonly<Record<string, string>> = {
  autofs: "systemd's automount is there, and nothing has triggered it",
  nothing: 'the folder is there, and nothing is mounted on it',
  absent: 'the kernel has no such folder: the module is not loaded',
};

function mountSteps({ binfmt }: Scene): string[] {
  if (binfmt?.mount === 'autofs') return [`ls ${RULES}`];
  const mount = `mount -t binfmt_misc binfmt_misc ${RULES}`;
  return binfmt?.knownToKernel === false ? ['modprobe binfmt_misc', mount] : [mount];
}

function notMounted(scene: Scene): CauseMatch | undefined {
  const { binfmt } = scene;
  if (binfmt !== undefined && binfmt.mount !== 'binfmt_misc') {
    return ofForeign(scene, (foreign) => ({
      message: `${sentence(foreign)}, and the kernel's rules are out of reach: binfmt_misc is not mounted`,
      evidence: [`${RULES}: ${mounts[binfmt.mount] ?? binfmt.mount}`],
      fix: mountFix(engineToFix(scene), mountSteps(scene), [foreign.architecture]),
    }));
  }
  const [sign] = signsOf(scene, 'binfmt-not-mounted');
  if (sign === undefined || binfmt !== undefined) return undefined;
  return {
    confidence: 'possible',
    message: 'binfmt_misc is not mounted where the rules were to be written',
    evidence: [sign.line],
    fix: mountFix(engineToFix(scene), mountSteps(scene), []),
  };
}

function tooNarrow(scene: Scene): CauseMatch | undefined {
  return ofForeign(scene, (foreign) => {
    if (scene.binfmt?.status === 'disabled') return undefined;
    const rule = narrowRule(scene, foreign);
    if (rule === undefined || disabledRule(scene, foreign) !== undefined) return undefined;
    return {
      message: `${sentence(foreign)}, and rule ${shown(rule.name)} is for such programs, yet its mask misses this one`,
      evidence: [mismatchLine(rule, foreign), ruleLine(rule)],
      fix: replaceFix(engineToFix(scene), [rule], [foreign.architecture]),
    };
  });
}

function inNamespace(scene: Scene): CauseMatch | undefined {
  const engine = scene.facts.engine;
  if (engine === undefined || !(engine.rootless || engine.usernsRemap)) return undefined;
  return ofForeign(scene, (foreign) => {
    if (!isMounted(scene) || wouldTake(scene.rules, foreign.head, foreign.hop.name))
      return undefined;
    return {
      // The rules of the machine itself are not among the facts.
      confidence: 'possible',
      message: `${sentence(foreign)}, and the engine runs in a user namespace, which may have rules of its own`,
      evidence: [
        engine.rootless ? 'the engine is rootless' : 'the engine maps users (userns-remap)',
        rulesLine(scene),
      ],
      fix: installFix(engineToFix(scene), [foreign.architecture]),
    };
  });
}

function notInherited(scene: Scene): CauseMatch | undefined {
  return (
    ofFailures(scene, (failure) => {
      const { program, reason } = failure;
      const starter = scene.facts.traces[program.parent ?? -1] ?? scene.facts.traces[0];
      const emulator = starter?.argv[0] ?? '';
      if (!/(?:^|\/)qemu-[\w-]+$/.test(emulator) || reason !== 'foreign-architecture')
        return undefined;
      return inherited(scene, shown(emulator), subjectOf(failure), failure.last?.architecture);
    }) ?? notInheritedByText(scene)
  );
}

function inherited(
  scene: Scene,
  emulator: string,
  child: string,
  architecture: string | undefined,
) {
  return {
    message: `${emulator} was started by hand; what its program starts, ${child}, goes to the kernel again, and no rule takes it`,
    evidence: [nativeLine(scene), rulesLine(scene)],
    fix:
      architecture === undefined
        ? advice(
            'Register a rule for the architecture, and start the program itself instead of the emulator.',
          )
        : installFix(engineToFix(scene), [architecture]),
  };
}

function notInheritedByText(scene: Scene): CauseMatch | undefined {
  const emulator = scene.facts.traces[0]?.argv[0] ?? '';
  const sign = signsOf(scene, 'shell', 'exec').find(({ errno }) => errno === 'ENOEXEC');
  if (!/(?:^|\/)qemu-[\w-]+$/.test(emulator) || sign === undefined) return undefined;
  const told = inherited(
    scene,
    shown(emulator),
    sign.path ?? 'a program',
    scene.facts.platform?.split('/')[1],
  );
  return { confidence: 'likely', ...told, evidence: [sign.line, ...told.evidence] };
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
      proof: 'The same program runs on the machine itself, and not in a container of the engine.',
      remedy:
        "Register the rules inside the engine's own namespace, or unmount the binfmt_misc there.",
      prevent:
        'Register rules where the engine runs; xbuild preflight asks the engine and not the machine.',
      find: inNamespace,
    },
  ],
};
