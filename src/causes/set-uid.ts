import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import type { Fix } from '../model/finding.ts';
import { replaceFix } from '../model/rule-fixes.ts';
import { engineToFix } from './engine-fix.ts';
import { advice } from './entry.ts';
import { ruleLine } from './foreign.ts';
import type { Sign } from './log-signatures.ts';
import { type Scene, signsOf, takerOf } from './scene.ts';
import { saysForeign } from './text-guess.ts';
import { baseName, modeText } from './words.ts';

/** A line about rights that a set-uid program did not get. */
function rightsSign(scene: Scene): Sign | undefined {
  return signsOf(scene, 'set-uid', 'no-new-privileges')[0];
}

export function noNewPrivileges(scene: Scene): CauseMatch | undefined {
  const sign = rightsSign(scene);
  const isSet = scene.facts.container?.host.noNewPrivileges === true;
  if (sign === undefined || !(isSet || sign.kind === 'no-new-privileges')) return undefined;
  return {
    confidence: isSet ? 'certain' : scene.facts.target.kind === 'log' ? 'possible' : 'likely',
    message: `${sign.path ?? 'a set-uid program'} does not get the rights of its owner: no-new-privileges is set`,
    evidence: [sign.line, ...(isSet ? ['HostConfig.SecurityOpt has no-new-privileges'] : [])],
    fix: advice(
      'Start the container as the user that is needed, or without the option (Kubernetes: allowPrivilegeEscalation: true).',
      ['docker run --user root …'],
    ),
  };
}

/** The file that should have the set-uid bit: it, or what its links lead to. */
function setuidFile(
  scene: Scene,
  { path = '' }: Sign,
): { path: string; mode: number; taker: ReturnType<typeof takerOf> } | undefined {
  for (const { hops, program } of scene.running) {
    const called = [program.argv[0] ?? '', ...program.argv.slice(1, 2)].map(baseName);
    const hop = hops[0];
    if (
      hop === undefined ||
      (!called.includes(baseName(path)) && baseName(hop.name) !== baseName(path))
    )
      continue;
    const mode = scene.facts.files.find((file) => file.path === hop.path)?.mode;
    if (mode !== undefined) return { path: hop.path, mode, taker: takerOf(scene, hops) };
  }
  const file = scene.facts.files.find(
    (one) => one.kind === 'file' && baseName(one.path) === baseName(path),
  );
  return file?.mode === undefined
    ? undefined
    : { path: file.path, mode: file.mode, taker: takerOf(scene, scene.running[0]?.hops ?? []) };
}

function hasNoNewPrivileges({ facts }: Scene, sign: Sign): boolean {
  return sign.kind === 'no-new-privileges' || facts.container?.host.noNewPrivileges === true;
}

export function withoutCredentials(scene: Scene): CauseMatch | undefined {
  const sign = rightsSign(scene);
  if (sign === undefined || hasNoNewPrivileges(scene, sign)) return undefined;
  const file = setuidFile(scene, sign);
  const taker =
    file?.taker ??
    takerOf(scene, scene.running.find(({ hops }) => hops[0]?.taken.by === 'rule')?.hops ?? []);
  if (
    taker !== undefined &&
    !taker.rule.flags.includes('C') &&
    (file === undefined || (file.mode & 0o4000) !== 0)
  ) {
    return {
      confidence: file === undefined ? 'likely' : 'certain',
      message: `${sign.path ?? 'a set-uid program'} does not get the rights of its owner: rule ${shown(taker.rule.name)} has no flag C`,
      evidence: [
        sign.line,
        ...(file === undefined ? [] : [`${shown(file.path)}: mode ${modeText(file.mode)}`]),
        ruleLine(taker.rule),
      ],
      fix: withC(scene, taker),
    };
  }
  if (scene.facts.target.kind !== 'log' || !saysForeign(scene)) return undefined;
  return {
    confidence: 'possible',
    message: `${sign.path ?? 'a set-uid program'} does not get the rights of its owner; under emulation that takes a rule with flag C`,
    evidence: [sign.line],
    fix: advice(
      'Register the rules again with flag C: xbuild binfmt add ARCH --replace sets it, and so does tonistiigi/binfmt.',
      [
        "docker run --privileged --rm tonistiigi/binfmt --uninstall 'qemu-*'",
        'docker run --privileged --rm tonistiigi/binfmt --install all',
      ],
    ),
  };
}

function withC(scene: Scene, { rule, hop }: NonNullable<ReturnType<typeof takerOf>>) {
  const { architecture } = hop;
  const { commands } = replaceFix(
    engineToFix(scene),
    [rule],
    architecture === undefined ? [] : [architecture],
  );
  return advice(
    'Register the rule again with flag C. A set-uid program of an image then runs the emulator with the rights of its owner: do it on machines where you trust the images.',
    commands,
  );
}

/** Programs that do nothing for another user than root without the bit. */
const wantsBit = new Set(['su', 'sudo', 'doas']);

/** One of them that a user who is not root is to start, and that has no bit; nothing was seen of it yet. */
function startedWithoutBit(scene: Scene): CauseMatch | undefined {
  if (scene.facts.surface.stage !== 'never') return undefined;
  for (const { hops, program, index } of scene.running) {
    const path = hops[0]?.path ?? '';
    const { argv, user, role, optional } = program;
    const name = argv
      .slice(0, baseName(argv[0] ?? '') === 'busybox' ? 2 : 1)
      .map(baseName)
      .at(-1);
    const isMeant = role !== 'mentioned' && role !== 'file' && optional !== true;
    if (!isMeant || name === undefined || !wantsBit.has(name) || user.uid === 0) continue;
    const mode = scene.facts.files.find((file) => file.path === path)?.mode;
    if (mode === undefined || (mode & 0o4000) !== 0) continue;
    return {
      confidence: 'likely',
      message: `${shown(path)} has no set-uid bit in the image, and ${shown(name)} needs it for a user who is not root`,
      evidence: [`${shown(path)}: mode ${modeText(mode)}`, `it is started as user ${user.uid}`],
      fix: setBit(path),
      trace: index,
    };
  }
  return undefined;
}

function setBit(file: string | undefined, name = ''): Fix {
  const target =
    file === undefined ? `"$(command -v ${shellQuote(baseName(name))})"` : shellQuote(shown(file));
  return advice(
    'Set the bit in the Dockerfile; BuildKit drops it from files that COPY takes from the context.',
    [`RUN chmod u+s ${target}`],
  );
}

export function bitLost(scene: Scene): CauseMatch | undefined {
  const [sign] = signsOf(scene, 'set-uid');
  if (sign === undefined) return startedWithoutBit(scene);
  if (hasNoNewPrivileges(scene, sign)) return undefined;
  const file = setuidFile(scene, sign);
  const name = sign.path ?? 'the program';
  const fix = setBit(file?.path, name);
  if (file !== undefined && (file.mode & 0o4000) === 0) {
    return {
      confidence: 'certain',
      message: `${shown(file.path)} has no set-uid bit in the image, and ${name} needs it`,
      evidence: [sign.line, `${shown(file.path)}: mode ${modeText(file.mode)}`],
      fix,
    };
  }
  if (scene.facts.target.kind !== 'log' || saysForeign(scene)) return undefined;
  return {
    confidence: 'possible',
    message: `${name} needs the set-uid bit, and may have lost it in the build`,
    evidence: [sign.line],
    fix,
  };
}
