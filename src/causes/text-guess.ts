import { isKnown } from '../model/facts.ts';
import {
  formatError,
  ofExec,
  ofLookup,
  ofScriptLine,
  ofShell,
  ofSignal,
  type Told,
} from './guess-by-errno.ts';
import type { Sign, SignKind } from './log-signatures.ts';
import { onlyText, type Scene, signsOf } from './scene.ts';
import { baseName } from './words.ts';

/** A cause that the words of an error allow, when there is nothing else to go by. */
export interface Guess {
  id: string;
  /** The program that the text complains about. */
  subject: string;
  evidence: string[];
}

const isLoader = /\/ld[-.0-9]/;

function idsOf(told: Told): string[] {
  const { sign, path, foreign } = told;
  switch (sign.kind) {
    case 'exec':
      return ofExec[sign.errno ?? '']?.(told) ?? [];
    case 'lookup':
      // A credential helper that is not there is the machine's matter, not the image's.
      return path.startsWith('docker-credential-')
        ? []
        : (ofLookup[sign.errno ?? 'ENOENT']?.(told) ?? []);
    case 'shell':
      return ofShell(told);
    case 'shell-open':
      return sign.errno === 'EACCES' ? ['script-not-readable'] : ['command-not-found'];
    case 'shell-read':
      return formatError(told);
    case 'env':
    case 'bad-interpreter':
      return ofScriptLine(told);
    case 'mount-type':
      return ['mount-created-directory'];
    case 'crlf':
      return ['shebang-crlf'];
    case 'bad-system-call':
      return ['seccomp-architecture'];
    case 'shell-signal':
    case 'exit-code':
      return ofSignal(told);
    case 'buildkit-emulator':
      return ['no-rule'];
    case 'emulator-loader':
      return isLoader.test(path) ? ['loader-missing', 'libc-mismatch'] : [];
    case 'emulator-refuses':
      if (isLoader.test(path)) return ['loader-wrong-architecture'];
      return foreign
        ? ['rule-wrong-emulator', 'wrong-architecture']
        : ['rule-too-wide', 'wrong-architecture'];
    default:
      return [];
  }
}

function architectureOf(platform: string | undefined): string | undefined {
  return platform?.split('/')[1];
}

/** Whether the text, or the image's own word, says that the image is for another architecture. */
export function saysForeign(scene: Scene): boolean {
  const { facts } = scene;
  const warned = signsOf(scene, 'platform-warning').some(
    ({ actual, host }) => architectureOf(actual) !== architectureOf(host),
  );
  const own = architectureOf(facts.platform);
  return warned || (own !== undefined && facts.native.length > 0 && !facts.native.includes(own));
}

/** Whether the probe's program for the platform ran here: its rule works, then. */
function isEmulated({ facts }: Scene): boolean {
  const { kernel, platform } = facts;
  const architecture = architectureOf(platform);
  return (
    isKnown(kernel) &&
    // Of 32-bit Arm the programs are named arm-v6 and arm-v7.
    kernel.runs.some(
      ({ program, outcome }) => outcome === 'ran' && program.split('-')[0] === architecture,
    )
  );
}

/** Those who know most come first: a shell only repeats what it was told. */
const kinds: readonly SignKind[] = [
  'bad-interpreter',
  'env',
  'crlf',
  'emulator-loader',
  'emulator-refuses',
  'buildkit-emulator',
  'mount-type',
  'lookup',
  'exec',
  'shell-read',
  'shell-open',
  'shell',
  'bad-system-call',
  'shell-signal',
  'exit-code',
];

/**
 * The causes that the text allows, the best first; none where a trace tells more than the text.
 * Docker's warning about platforms makes none by itself: it is printed where all works, too.
 */

export function guessOfText(scene: Scene): Guess[] {
  if (!onlyText(scene)) return [];
  const foreign = saysForeign(scene);
  const unemulated = foreign && !isEmulated(scene);
  const warning = signsOf(scene, 'platform-warning').map(({ line }) => line);
  const telling = kinds.flatMap((kind) => signsOf(scene, kind));
  const guesses = telling.flatMap((sign) => {
    const path = (sign.path ?? sign.word ?? '').trim();
    const subject = path === '' ? 'The program' : path;
    const evidence = [sign.line, ...(foreign ? warning : [])];
    // In a build without emulation it is the base image's own programs that fail first.
    const ofBase = scene.facts.surface.stage === 'build' && /^\/(?:usr\/)?s?bin\//.test(path);
    const told = { sign, path, foreign: foreign || ofBase, unemulated: unemulated || ofBase };
    return idsOf(told).map((id) => ({ id, subject, evidence }));
  });
  return guesses.filter(({ id }, at) => guesses.findIndex((one) => one.id === id) === at);
}

/** Whether a sign names a program, by its path or its last part. */
export function names({ path }: Sign, program: string): boolean {
  return path === program || (path !== undefined && baseName(path) === baseName(program));
}
