import { architectureOfElf } from '../model/architecture.ts';
import type { Rule } from '../model/binfmt-rule.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import type { Hop } from '../model/exec-trace.ts';
import { describeHead } from '../model/file-kind.ts';
import { asRoot, commandRuleFile, replaceFix } from '../model/rule-fixes.ts';
import { shellQuote } from '../model/escape.ts';
import { engineToFix } from './engine-fix.ts';
import { advice, ofFailures, subjectOf, type Family } from './entry.ts';
import { emulatorFor, interpretedOf, ruleLine, takenByRule, type Interpreted } from './foreign.ts';
import { names } from './text-guess.ts';
import { headAt, hostFile, rulesFor, signsOf, takerOf, type Failure, type Scene } from './scene.ts';
import { nameOf, shown, withArticle } from './words.ts';

export const order = 20;

const missing = 'exec /app: no such file or directory';
const formatError = 'exec /app: exec format error';
const loop = 'exec /app: too many levels of symbolic links';

function replace(scene: Scene, { rule, program }: Interpreted) {
  const found = scene.rules.filter(({ name }) => name === rule);
  return replaceFix(
    engineToFix(scene),
    found,
    program.architecture === undefined ? [] : [program.architecture],
  );
}

function taken(failure: Failure, { rule, program }: Interpreted): string {
  const what =
    program.architecture === undefined
      ? program.words
      : `${withArticle(program.architecture)} program`;
  return `${subjectOf(failure)} (${what}) is taken by rule ${shown(rule)}`;
}

function isNative({ facts }: Scene, hop: Hop | undefined): boolean {
  return hop?.architecture !== undefined && facts.native.includes(hop.architecture);
}

/** The failures of the interpreter of a rule that takes what is not the machine's own. */
function ofInterpreter(
  scene: Scene,
  tell: (
    failure: Failure,
    interpreted: Interpreted,
  ) => ReturnType<Parameters<typeof ofFailures>[1]>,
): CauseMatch | undefined {
  return ofFailures(scene, (failure) => {
    const interpreted = interpretedOf(failure.hops);
    if (interpreted === undefined || isNative(scene, interpreted.program)) return undefined;
    return tell(failure, interpreted);
  });
}

function isGone(scene: Scene, { interpreter }: Interpreted): boolean {
  return hostFile(scene, interpreter)?.errno === 'ENOENT';
}

const notThere = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

function withoutF(scene: Scene): CauseMatch | undefined {
  const found = ofInterpreter(scene, (failure, interpreted) => {
    if (failure.opening !== 'rule-interpreter' || !notThere.has(failure.errno)) return undefined;
    const { interpreter, rule } = interpreted;
    const gone = isGone(scene, interpreted);
    const elsewhere = failure.at === interpreter ? [] : [`what is missing: ${shown(failure.at)}`];
    return {
      message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreter)} is looked up inside the container (no flag F) and is not there`,
      evidence: [...lines(scene, rule), ...elsewhere],
      fix: replace(scene, interpreted),
      ...(gone ? { confidence: 'likely' as const } : {}),
    };
  });
  return found ?? oldRuleStays(scene);
}

/** A name that is taken (EEXIST) keeps its old rule: the usual reason for one without F. */
function oldRuleStays(scene: Scene): CauseMatch | undefined {
  const [sign] = signsOf(scene, 'rule-exists');
  if (sign === undefined || scene.facts.target.kind !== 'log') return undefined;
  return {
    confidence: 'possible',
    message: 'a rule of that name is registered already and stays as it is, perhaps without flag F',
    evidence: [sign.line],
    fix: advice('Look at the rules, remove the old one, then register the new one.', [
      'xbuild binfmt list',
    ]),
  };
}

function lines({ rules }: Scene, name: string): string[] {
  return rules.filter((rule) => rule.name === name).map(ruleLine);
}

function interpreterMissing(scene: Scene): CauseMatch | undefined {
  return ofInterpreter(scene, (failure, interpreted) => {
    if (failure.opening !== 'rule-interpreter' || !isGone(scene, interpreted)) return undefined;
    return {
      message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreted.interpreter)} is gone from the engine's machine, too`,
      evidence: [
        ...lines(scene, interpreted.rule),
        `${shown(interpreted.interpreter)} on the engine's machine: not there`,
      ],
      fix: replace(scene, interpreted),
    };
  });
}

function notExecutable(scene: Scene): CauseMatch | undefined {
  return ofInterpreter(scene, (failure, interpreted) => {
    if (failure.opening !== 'rule-interpreter' || failure.errno !== 'EACCES') return undefined;
    const path = shown(failure.at);
    return {
      message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreted.interpreter)} is not executable`,
      evidence: [
        `${path}: ${failure.reason.replaceAll('-', ' ')}`,
        ...lines(scene, interpreted.rule),
      ],
      fix: advice(
        `Make it executable where it is looked up (in the container, since the rule has no flag F), or replace the rule by one with F.`,
        [
          asRoot(engineToFix(scene), `chmod 755 ${shellQuote(shown(interpreted.interpreter))}`),
          ...replace(scene, interpreted).commands,
        ],
      ),
    };
  });
}

function isLoaderOfInterpreter({ opening, hops }: Failure): boolean {
  return opening === 'loader' && hops.length > 1 && hops.at(-2)?.taken.by === 'rule';
}

function dynamic(scene: Scene): CauseMatch | undefined {
  return (
    ofInterpreter(scene, (failure, interpreted) => {
      if (!isLoaderOfInterpreter(failure)) return undefined;
      return {
        message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreted.interpreter)} is dynamically linked: its loader ${shown(failure.name ?? '')} is looked up inside the container and cannot be used`,
        evidence: lines(scene, interpreted.rule),
        fix: replace(scene, interpreted),
      };
    }) ??
    dynamicByLibrary(scene) ??
    dynamicUnseen(scene) ??
    dynamicByRun(scene)
  );
}

/** The loader was in the container, and does not find the emulator's libraries there. */
function dynamicByLibrary(scene: Scene): CauseMatch | undefined {
  const sign = signsOf(scene, 'library').find(({ path = '' }) => emulatorFor(path) !== undefined);
  if (sign === undefined) return undefined;
  const started = scene.running.find(({ hops }) => takenByRule(hops));
  const interpreted = started === undefined ? undefined : interpretedOf(started.hops);
  return {
    confidence:
      started?.end.loader === undefined
        ? scene.facts.target.kind === 'log'
          ? 'possible'
          : 'likely'
        : 'certain',
    message: `the emulator ${sign.path ?? ''} is dynamically linked, and its libraries are looked up inside the container`,
    evidence: [sign.line, ...(interpreted === undefined ? [] : lines(scene, interpreted.rule))],
    fix:
      interpreted === undefined
        ? advice(
            'Use a static emulator: xbuild binfmt add ARCH --replace finds one; or the package qemu-user-static, or tonistiigi/binfmt.',
          )
        : replace(scene, interpreted),
  };
}

/** Nothing was started, and it can be told what would come: the loader is there, by chance. */
function dynamicUnseen(scene: Scene): CauseMatch | undefined {
  if (scene.facts.surface.stage !== 'never') return undefined;
  for (const { hops, end, program, index } of scene.running) {
    const interpreted = interpretedOf(hops);
    if (interpreted === undefined || end.loader === undefined) continue;
    return {
      confidence: 'likely',
      message: `${nameOf(program)} is taken by rule ${shown(interpreted.rule)}, whose interpreter ${shown(interpreted.interpreter)} is dynamically linked and would look for its libraries inside the container`,
      evidence: lines(scene, interpreted.rule),
      fix: replace(scene, interpreted),
      trace: index,
    };
  }
  return undefined;
}

/** What the kernel holds open cannot be seen; then the probe's own run tells what came of it. */
function dynamicByRun(scene: Scene): CauseMatch | undefined {
  const held = heldOf(scene);
  if (held?.errno !== 'ENOENT') return undefined;
  return {
    confidence: 'likely',
    message: `${held.subject} is taken by rule ${shown(held.rule.name)}, whose interpreter ${shown(held.rule.interpreter)} is not usable inside a container: its loader is missing there`,
    evidence: [
      ruleLine(held.rule),
      "the probe's own program for this architecture ended in ENOENT, too",
    ],
    fix: replaceFix(engineToFix(scene), [held.rule], held.architectures),
  };
}

interface Held {
  rule: Rule;
  errno: string | undefined;
  subject: string;
  architectures: string[];
}

/** A walk that ends at an interpreter that only the kernel still has, and the probe's run of it. */
function heldOf(scene: Scene): Held | undefined {
  const { facts, rules } = scene;
  const program = facts.traces.find(
    ({ trace }) => trace?.end.ok === 'unknown' && trace.end.what === 'held',
  );
  const taker = takerOf(scene, program?.trace?.hops ?? []);
  if (program === undefined || taker === undefined || 'unknown' in facts.kernel || !scene.failed)
    return undefined;
  const run = facts.kernel.runs.find(
    ({ head }) => rulesFor(scene, bytesOfBase64(head), '/program')[0] === taker.rule,
  );
  const { architecture } = taker.hop;
  return {
    rule: rules.find(({ name }) => name === taker.rule.name) ?? taker.rule,
    errno: run?.outcome === 'errno' ? run.errno : undefined,
    subject: nameOf(program),
    architectures: architecture === undefined ? [] : [architecture],
  };
}

const gaveUp = new Set([
  'foreign-architecture',
  'too-many-interpreters',
  'interpreter-needs-interpreter',
]);

function foreignInterpreter(scene: Scene): CauseMatch | undefined {
  return (
    ofInterpreter(scene, (failure, interpreted) => {
      const { hop } = interpreted;
      if (!gaveUp.has(failure.reason) || hop?.kind !== 'elf' || isNative(scene, hop))
        return undefined;
      return {
        message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreted.interpreter)} is itself ${withArticle(hop.architecture ?? 'unknown')} program`,
        evidence: lines(scene, interpreted.rule),
        fix: replace(scene, interpreted),
      };
    }) ?? foreignByFile(scene)
  );
}

function foreignByFile(scene: Scene): CauseMatch | undefined {
  const held = heldOf(scene);
  const file = held === undefined ? undefined : hostFile(scene, held.rule.interpreter);
  const kind = describeHead(bytesOfBase64(file?.head ?? ''));
  if (held === undefined || kind.kind !== 'elf' || !('elf' in kind)) return undefined;
  const name = architectureOfElf(kind.elf)?.name ?? '';
  if (scene.facts.native.includes(name)) return undefined;
  return {
    confidence: 'likely',
    message: `${held.subject} is taken by rule ${shown(held.rule.name)}, whose interpreter ${shown(held.rule.interpreter)} is itself ${withArticle(name)} program`,
    evidence: [ruleLine(held.rule)],
    fix: replaceFix(engineToFix(scene), [held.rule], held.architectures),
  };
}

function scriptInterpreter(scene: Scene): CauseMatch | undefined {
  return ofInterpreter(scene, (failure, interpreted) => {
    const { hop } = interpreted;
    if (hop?.taken.by !== 'script') return undefined;
    return {
      message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreted.interpreter)} is a script: its own interpreter ${shown(hop.taken.interpreter)} is looked up inside the container, where it is not the machine's`,
      evidence: lines(scene, interpreted.rule),
      fix: replace(scene, interpreted),
    };
  });
}

function broken(
  scene: Scene,
): { index: number; hops: readonly Hop[]; confidence: CauseMatch['confidence'] }[] {
  const refused = signsOf(scene, 'emulator-refuses').length > 0;
  const started = refused ? scene.running.filter(({ hops }) => takenByRule(hops)) : [];
  return [
    ...scene.failures.filter(({ hops }) => takenByRule(hops)),
    ...started.map(({ index, hops }) => ({ index, hops, confidence: 'certain' as const })),
  ];
}

function shadowed(scene: Scene): CauseMatch | undefined {
  for (const { index, hops, confidence } of broken(scene)) {
    const taker = takerOf(scene, hops);
    if (taker === undefined || isNative(scene, taker.hop)) continue;
    const { hop, rule } = taker;
    const [, ...others] = rulesFor(scene, headAt(scene, hop.path), hop.name);
    // A rule that has the same fault would be no help.
    const good = others.find(
      (other) =>
        other.flags.includes('F') &&
        (other.interpreter !== rule.interpreter || !rule.flags.includes('F')),
    );
    if (good === undefined) continue;
    return {
      confidence,
      message: `rule ${shown(rule.name)} takes ${shown(hop.name)} before rule ${shown(good.name)} is asked, and does not work`,
      evidence: [
        `first ${ruleLine(rule)}`,
        `then ${ruleLine(good)}`,
        'the newest rule is asked first',
      ],
      fix: advice('Remove the newer rule; the older one then takes the program.', [
        commandRuleFile(engineToFix(scene), rule.name, '-1'),
      ]),
      trace: index,
    };
  }
  return undefined;
}

function wrongEmulator(scene: Scene): CauseMatch | undefined {
  for (const { program, hops, index } of scene.running) {
    const interpreted = interpretedOf(hops);
    const architecture = interpreted?.program.architecture;
    if (
      interpreted === undefined ||
      architecture === undefined ||
      isNative(scene, interpreted.program)
    )
      continue;
    const named = emulatorFor(interpreted.interpreter);
    const refusal = signsOf(scene, 'emulator-refuses').find((sign) =>
      names(sign, shown(interpreted.program.name)),
    );
    const other = named !== undefined && named !== architecture && !isPair(named, architecture);
    if (refusal === undefined && !(other && scene.failed)) continue;
    return {
      confidence: refusal === undefined ? 'likely' : 'certain',
      message: `${nameOf(program)} (${withArticle(architecture)} program) is taken by rule ${shown(interpreted.rule)}, whose emulator ${shown(interpreted.interpreter)} is not one for ${architecture}`,
      evidence: [
        ...(refusal === undefined ? [] : [refusal.line]),
        ...lines(scene, interpreted.rule),
      ],
      fix: replace(scene, interpreted),
      trace: index,
    };
  }
  return undefined;
}

/** qemu-x86_64 is named for the 64-bit programs only; no other emulator runs two architectures. */
function isPair(one: string, other: string): boolean {
  return one === 'ppc64' && other === 'ppc64le';
}

function tooWide(scene: Scene): CauseMatch | undefined {
  const failing = ofFailures(scene, (failure) => {
    const interpreted = interpretedOf(failure.hops);
    if (interpreted === undefined) return undefined;
    const self = interpreted.hop?.taken.by === 'rule' && isNative(scene, interpreted.hop);
    if (!isNative(scene, interpreted.program) && !self) return undefined;
    return {
      message: wide(interpreted, self),
      evidence: lines(scene, interpreted.rule),
      fix: removal(scene, interpreted.rule),
    };
  });
  return failing ?? tooWideForRunning(scene);
}

function wide({ rule, program, interpreter }: Interpreted, self: boolean): string {
  return self && program.name !== interpreter
    ? `rule ${shown(rule)} takes ${shown(program.name)}, and its own interpreter ${shown(interpreter)} as well`
    : `rule ${shown(rule)} takes ${shown(program.name)}, which the machine could run itself: its mask is too wide`;
}

function removal(scene: Scene, rule: string) {
  return advice("Remove the rule, and register it with qemu's usual mask if it is needed.", [
    commandRuleFile(engineToFix(scene), rule, '-1'),
  ]);
}

/** The kernel starts the emulator, and it is the emulator that refuses. */
function tooWideForRunning(scene: Scene): CauseMatch | undefined {
  const { exitCode } = scene.facts.surface;
  for (const { hops, index } of scene.running) {
    const interpreted = interpretedOf(hops);
    if (interpreted === undefined || !isNative(scene, interpreted.program)) continue;
    const [sign] = signsOf(scene, 'emulator-refuses', 'emulator-loader', 'emulator-signal');
    if (sign === undefined && (!scene.failed || exitCode === 0)) continue;
    return {
      confidence: sign === undefined ? 'likely' : 'certain',
      message: wide(interpreted, false),
      evidence: [...(sign === undefined ? [] : [sign.line]), ...lines(scene, interpreted.rule)],
      fix: removal(scene, interpreted.rule),
      trace: index,
    };
  }
  return undefined;
}

const repair = 'Replace the rule by one with flag F and a static emulator for this machine.';
const packaged =
  'Let xbuild binfmt add, a package (qemu-user-static, qemu-user-binfmt of Debian 13) or tonistiigi/binfmt write the rules; xbuild preflight looks at each of them.';

/** A rule takes the program, and its interpreter cannot run it. */
export const family: Family = {
  id: 'rule-interpreters',
  title: 'Emulation: a rule takes the program, and its interpreter does not work',
  causes: [
    {
      id: 'rule-shadowed',
      title: 'a newer rule matches first, and it is the broken one',
      why: 'The kernel asks the newest rule first. A newer rule that also fits the program hides the older one that works.',
      seen: [formatError, missing, loop],
      proof:
        'Two enabled rules fit the program; the first one in the directory of binfmt_misc is the broken one.',
      remedy: "Remove the newer rule: write -1 to its file, as root on the engine's machine.",
      prevent:
        'Look at the rules that are there before another one is registered; xbuild preflight warns of rules in the shade.',
      before: [
        'rule-without-fix-binary',
        'rule-interpreter-missing',
        'rule-interpreter-not-executable',
        'rule-interpreter-dynamic',
        'rule-interpreter-foreign',
        'rule-interpreter-is-script',
        'rule-wrong-emulator',
      ],
      find: shadowed,
    },
    {
      id: 'rule-interpreter-missing',
      title: "the rule's interpreter is gone from the machine",
      why: 'A rule without flag F opens its interpreter by its path at every execve(2). When qemu is uninstalled or moved, the rule stays, and the kernel reports ENOENT as if the program were missing.',
      seen: [missing],
      proof:
        'The program is there, and the interpreter that the rule names is not on the machine either.',
      remedy: repair,
      prevent: packaged,
      before: ['rule-without-fix-binary'],
      find: interpreterMissing,
    },
    {
      id: 'rule-without-fix-binary',
      title: 'the rule has no flag F, and its interpreter is not inside the container',
      why: 'Without flag F (fix binary) the kernel looks the interpreter up in the root directory of the one who executes: inside the container, where no qemu is. ENOENT is about the interpreter, and the message names the program. A rule cannot be registered over one of its name (EEXIST), so an old one without F stays.',
      seen: [missing],
      proof:
        'The program is there, the rule has no F, and its interpreter is on the machine but not in the container.',
      remedy: repair,
      prevent: packaged,
      find: withoutF,
    },
    {
      id: 'rule-interpreter-not-executable',
      title: "the rule's interpreter is not executable",
      why: 'The kernel opens the interpreter of a rule without flag F for execution, and a file without permission to execute gives EACCES.',
      seen: ['exec /app: permission denied'],
      proof: 'The program itself is executable; the interpreter of its rule is not.',
      remedy: `Make the emulator executable (chmod 755), or: ${repair}`,
      prevent: packaged,
      find: notExecutable,
    },
    {
      id: 'rule-interpreter-is-script',
      title: "the rule's interpreter is a script",
      why: "The script's own #! line is followed inside the container. There /bin/sh is missing or of the foreign architecture, so the kernel goes round (ELOOP), or refuses a second interpreter where the rule has flag O or C (ENOEXEC).",
      seen: [formatError, loop, missing],
      proof: 'The file that the rule names begins with #! and not with ELF.',
      remedy:
        'Name the emulator itself in the rule, and give it options by its environment (QEMU_CPU …) in the container.',
      prevent: packaged,
      before: ['rule-interpreter-foreign', 'shebang-interpreter-missing', 'shebang-loop'],
      find: scriptInterpreter,
    },
    {
      id: 'rule-interpreter-dynamic',
      title: 'the emulator is dynamically linked',
      why: 'With flag F the kernel has the emulator open, but its loader and its libraries are still looked up inside the container, where they are missing or foreign.',
      seen: [missing, '/usr/bin/qemu-aarch64: error while loading shared libraries: libz.so.1: …'],
      proof:
        "The rule has F, and the emulator's file has a PT_INTERP that is not in the container.",
      remedy: repair,
      prevent: packaged,
      before: ['loader-missing', 'libc-mismatch', 'library-missing', 'loader-wrong-architecture'],
      find: dynamic,
    },
    {
      id: 'rule-interpreter-foreign',
      title: 'the emulator is built for another architecture than the machine',
      why: 'A qemu that was taken from the wrong package is a foreign program itself: its own rule takes it again until the kernel gives up (ELOOP), or at once where the rule has flag O or C (ENOEXEC).',
      seen: [loop, formatError],
      proof: "The e_machine of the emulator's own file is not the machine's.",
      remedy: repair,
      prevent: packaged,
      find: foreignInterpreter,
    },
    {
      id: 'rule-wrong-emulator',
      title: 'the rule names the emulator of another architecture',
      why: 'The rule matches, and the kernel starts its interpreter; it is the emulator that refuses the program.',
      seen: ['qemu-arm-static: /bin/busybox: Invalid ELF image for this architecture'],
      proof:
        "The message is the emulator's, and its name is not that of the program's architecture.",
      remedy: 'Register the rule with the emulator of its own architecture.',
      prevent: packaged,
      find: wrongEmulator,
    },
    {
      id: 'rule-too-wide',
      title: 'the rule also matches native programs, or its own interpreter',
      why: 'A mask that leaves out e_machine takes every program of the same class. Native programs go to an emulator that refuses them, or the emulator is taken by its own rule until the kernel gives up.',
      seen: [
        'qemu-aarch64-static: /bin/busybox: Invalid ELF image for this architecture',
        loop,
        formatError,
      ],
      proof:
        'The program is native and runs where the rule is not; the mask is 00 at bytes 18 and 19.',
      remedy: "Remove the rule, and register it with qemu's usual mask.",
      prevent: packaged,
      find: tooWide,
    },
  ],
};
