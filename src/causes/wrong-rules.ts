import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import type { Hop } from '../model/exec-trace.ts';
import { shellQuote } from '../model/escape.ts';
import { commandRuleFile, RULES } from '../model/rule-fixes.ts';
import { engineToFix } from './engine-fix.ts';
import { advice, type Family, ofFailures } from './entry.ts';
import { emulatorFor, type Interpreted, interpretedOf, ruleLine, takenByRule } from './foreign.ts';
import {
  formatError,
  isNative,
  lines,
  loop,
  missing,
  packaged,
  replace,
} from './interpreter-failure.ts';
import { headAt, rulesFor, type Scene, signsOf, takerOf } from './scene.ts';
import { names } from './text-guess.ts';
import { nameOf, withArticle } from './words.ts';

export const order = 24;

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
  return failing ?? tooWideForRunning(scene) ?? tooWideForEngine(scene);
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

/** What the engine itself starts for a container. */
const ofEngine = /\/(?:containerd-shim[\w-]*|runc|crun)$/;

/** The file is one that this machine runs, so it is not the file that the engine's kernel refused. */
function startsHere({ facts }: Scene, path: string | undefined): boolean {
  return (
    facts.client?.programs.some(
      ({ trace }) => trace.argv[0] === path && trace.trace?.end.ok === true,
    ) ?? false
  );
}

/**
 * The engine's own programs go to an emulator, or to none: nothing that would ask the kernel for
 * its rules can be started, either.
 */
function tooWideForEngine(scene: Scene): CauseMatch | undefined {
  const sign = signsOf(scene, 'host-program').find(({ path = '' }) => ofEngine.test(path));
  const local = scene.facts.client?.programs.find(
    ({ role, trace }) =>
      role === 'runtime' && trace.trace?.end.ok === false && takenByRule(trace.trace.hops),
  );
  const taken = interpretedOf(local?.trace.trace?.hops ?? []);
  const rule = taken === undefined ? 'NAME' : shown(taken.rule);
  // It was found, and its loader was there before: a rule sends it somewhere else.
  const isTaken = sign?.errno === 'ELOOP' || sign?.errno === 'ENOENT';
  const isSound = sign?.errno === 'ENOEXEC' && startsHere(scene, sign.path);
  if (taken === undefined && !isTaken && !isSound) return undefined;
  const isLikely = isSound || sign?.errno === 'ELOOP';
  return {
    confidence: taken !== undefined ? 'certain' : isLikely ? 'likely' : 'possible',
    message: `the engine's own ${shown(taken?.program.name ?? sign?.path ?? 'runtime')} does not start any more: ${taken === undefined ? 'a rule' : `rule ${rule}`} takes programs that the machine could run itself`,
    evidence: [
      ...(sign === undefined ? [] : [sign.line]),
      ...(taken === undefined ? [] : [`its interpreter: ${shown(taken.interpreter)}`]),
    ],
    fix: advice(
      "Remove the rule, from a shell on the engine's machine that is open already: nothing else starts there.",
      [`for f in ${RULES}/*; do echo "$f"; done`, `echo -1 > ${shellQuote(`${RULES}/${rule}`)}`],
    ),
  };
}

/** A rule takes what it should not. */
export const family: Family = {
  id: 'wrong-rules',
  title: 'Emulation: the wrong rule takes the program',
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
      before: ['host-program-foreign'],
      find: tooWide,
    },
  ],
};
