import { shown } from '../model/bytes-text.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { isElf, readElf } from '../model/elf.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, type Family, ofFailures, subjectOf } from './entry.ts';
import { type Foreign, foreignOf, nativeLine } from './foreign.ts';
import { architectureIn, formatError, imageWords, reference } from './image-words.ts';
import type { Failure } from './failures.ts';
import { imageArchitecture, type Scene, signsOf } from './scene.ts';
import { imageWord, withArticle } from './words.ts';

export const order = 52;

const asInDockerfile =
  'If the Dockerfile makes or downloads it: declare ARG TARGETARCH (without a default) in the stage that does, and use it there (GOARCH=$TARGETARCH, the name of the download). If a stage copies it: let that stage be for the same platform.';

function who({ hop, failure }: Foreign): string {
  const program = subjectOf(failure);
  return failure.hops.length < 2 ? program : `${program} is started by ${shown(hop.name)}, which`;
}

/** A foreign program in an image that is for something else. */
function isMixed(scene: Scene, foreign: Foreign): boolean {
  const own = imageArchitecture(scene);
  return foreign.architecture !== 'x32' && (own === undefined || own !== foreign.architecture);
}

function wrongArchitecture(scene: Scene): CauseMatch | undefined {
  return ofFailures(scene, (failure) => {
    const foreign = foreignOf(scene, failure) ?? unknownMachine(failure);
    if (foreign === undefined || !isMixed(scene, foreign)) return undefined;
    const { platform } = scene.facts;
    const beside =
      platform === undefined
        ? 'and this machine cannot run it'
        : `and the ${imageWord(scene.facts)} is for ${platform}`;
    return {
      message: `${who(foreign)} is ${withArticle(foreign.architecture)} program, ${beside}`,
      evidence: [nativeLine(scene)],
      fix: advice(asInDockerfile, verifyCommand(scene)),
    };
  });
}

/** A program for a machine that the table does not have. */
function unknownMachine(failure: Failure): Foreign | undefined {
  const { last: hop, reason } = failure;
  if (reason !== 'foreign-architecture' || hop === undefined || hop.architecture !== undefined)
    return undefined;
  return { failure, hop, architecture: hop.words.replace(/^.* for /, ''), head: new Uint8Array() };
}

function verifyCommand({ facts }: Scene): string[] {
  return facts.image === undefined ? [] : [`xbuild verify ${shellQuote(facts.image.reference)}`];
}

function mislabelled(scene: Scene): CauseMatch | undefined {
  const { image } = scene.facts;
  if (image === undefined) return undefined;
  const { indexPlatform, configPlatform } = image;
  const differ =
    indexPlatform !== undefined && configPlatform !== undefined && indexPlatform !== configPlatform;
  if (!differ || architectureIn(indexPlatform) === architectureIn(configPlatform))
    return imported(scene);
  return isFromBuildKit(scene) ? undefined : differentLabels(scene, indexPlatform, configPlatform);
}

/** Only BuildKit puts attestations into an index; one that is made by hand has none. */
function isFromBuildKit({ facts }: Scene): boolean {
  return facts.image?.entries?.some(({ kind }) => kind === 'attestation') === true;
}

function differentLabels(scene: Scene, index: string, config: string): CauseMatch | undefined {
  if (!scene.failed) return undefined;
  return {
    confidence: scene.failures.length > 0 ? 'certain' : 'likely',
    message: `the index says that ${imageWords(scene)} is for ${index}, and the image itself says ${config}`,
    evidence: [`descriptor in the index: ${index}`, `the image's configuration: ${config}`],
    fix: advice('Build the image again for each platform and let the builder write the index.', [
      `xbuild build --platform ${shellQuote(index)} -t ${shellQuote(reference(scene))} .`,
    ]),
  };
}

/** What is known of the programs of an image: the architectures of its ELF files. */
function contentOf({ facts }: Scene): Set<string> {
  const names = facts.files.flatMap(({ head }) => {
    const elf = head === undefined ? undefined : readElf(bytesOfBase64(head));
    return elf !== undefined && isElf(elf) ? [elf.architecture?.name ?? 'unknown'] : [];
  });
  return new Set(names);
}

/** docker import labels what it gets with the engine's own platform, and leaves no history. */
function imported(scene: Scene): CauseMatch | undefined {
  const { image, platform, target } = scene.facts;
  // What a step starts from has the stage's platform, whatever its files are.
  if (target.kind === 'step') return undefined;
  const made = image?.history.filter((line) => line.trim() !== '') ?? [];
  const wasImported = made.every((line) => /imported from/i.test(line));
  if (image === undefined || !wasImported || contentOf(scene).size !== 1) return undefined;
  return ofFailures(scene, (failure) => {
    const foreign = foreignOf(scene, failure);
    if (foreign === undefined || !isMixed(scene, foreign)) return undefined;
    return {
      confidence: 'likely',
      message: `${reference(scene)} says that it is for ${platform ?? 'another platform'}, and what is in it is for ${foreign.architecture}`,
      evidence: [
        'it was made without a Dockerfile (docker import labels what it gets with the platform of the engine)',
      ],
      fix: advice('Import it again and say what it is for.', [
        `docker import --platform linux/${foreign.architecture} rootfs.tar ${shellQuote(reference(scene))}`,
      ]),
    };
  });
}

function isForeignPlatform({ facts }: Scene): boolean {
  const own = architectureIn(facts.platform);
  return own !== undefined && facts.native.length > 0 && !facts.native.includes(own);
}

/**
 * BuildKit writes into the index what was asked for, and into the configuration what the last FROM
 * has: they differ where that names a platform itself.
 */
function pinnedByLabels(scene: Scene): CauseMatch | undefined {
  const { indexPlatform, configPlatform } = scene.facts.image ?? {};
  if (indexPlatform === undefined || configPlatform === undefined) return undefined;
  const [asked, own] = [architectureIn(indexPlatform), architectureIn(configPlatform)];
  if (asked === own || !isFromBuildKit(scene)) return undefined;
  return ofFailures(scene, (failure) => {
    if (foreignOf(scene, failure)?.architecture !== own) return undefined;
    return {
      message: `${imageWords(scene)} was built for ${indexPlatform}, and its Dockerfile names ${configPlatform} in the last FROM: that is what it became`,
      evidence: [
        `descriptor in the index, which BuildKit wrote: ${indexPlatform}`,
        `the image's configuration: ${configPlatform}`,
      ],
      fix: unpin(indexPlatform),
    };
  });
}

function unpin(platform: string) {
  return advice(
    'Take --platform out of the FROM of the last stage, and choose platforms when building.',
    [`xbuild build --platform ${shellQuote(platform)} .`],
  );
}

function pinned(scene: Scene): CauseMatch | undefined {
  return pinnedByLabels(scene) ?? pinnedByWarning(scene);
}

function pinnedByWarning(scene: Scene): CauseMatch | undefined {
  const constants = signsOf(scene, 'platform-pinned');
  const failing = scene.signs.some(
    ({ kind, errno }) => (kind === 'exec' && errno === 'ENOEXEC') || kind === 'buildkit-emulator',
  );
  const sign =
    constants.find(({ asked }) => architectureIn(asked) === architectureIn(scene.facts.platform)) ??
    constants[0];
  // The warning is printed for every constant, also where that is meant.
  if (sign === undefined || !failing) return undefined;
  const certainly =
    isForeignPlatform(scene) &&
    scene.failures.some((failure) => foreignOf(scene, failure) !== undefined);
  return {
    confidence: certainly ? 'likely' : 'possible',
    message: `the Dockerfile has FROM --platform=${sign.asked ?? '…'} as a constant, so the image is for that platform wherever it is built`,
    evidence: [sign.line],
    fix: unpin(sign.asked ?? 'linux/amd64'),
  };
}

function x32(scene: Scene): CauseMatch | undefined {
  return ofFailures(scene, (failure) => {
    const foreign = foreignOf(scene, failure);
    if (foreign?.architecture !== 'x32') return undefined;
    return {
      message: `${who(foreign)} is an x32 program (x86-64 with 32-bit pointers), which this kernel does not run`,
      evidence: [nativeLine(scene)],
      fix: advice(
        'Build it for x86-64 (gcc -m64, not -mx32), or boot a kernel with CONFIG_X86_X32_ABI and syscall.x32=y.',
      ),
    };
  });
}

/** Architectures that do not go together. */
export const family: Family = {
  id: 'architectures',
  title: 'Architectures mixed up',
  causes: [
    {
      id: 'image-mislabelled',
      title: 'the image says that it is for another platform than its content is',
      why: 'The label is only text: a hand-made index, docker import, or a build that ignores TARGETARCH can say linux/amd64 over arm64 programs. Docker then chooses it, and does not warn.',
      seen: [formatError],
      proof:
        "The index and the image's configuration differ, or all programs in it are for another architecture.",
      remedy: 'Build the image again and let the builder write the labels.',
      prevent: 'xbuild verify compares labels with content before anything is pushed.',
      before: ['wrong-architecture', 'no-rule'],
      find: mislabelled,
    },
    {
      id: 'platform-pinned',
      title: 'FROM --platform is hard-coded',
      why: 'A constant in FROM (left over from a Mac, say) wins over the platform of the build. Without a RUN step the build succeeds, and the image is for the wrong platform.',
      seen: [
        'FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value "linux/arm64"',
        formatError,
      ],
      proof:
        'The Dockerfile has FROM --platform=linux/…, and the image is for that platform on every machine.',
      remedy: 'Take --platform out of FROM, or write $BUILDPLATFORM in stages that only build.',
      prevent: 'docker build --check warns of it.',
      before: ['no-rule', 'wrong-architecture'],
      find: pinned,
    },
    {
      id: 'x32-program',
      title: 'an x32 program',
      why: 'x32 is x86-64 with 32-bit pointers. Its header looks like x86-64 at first sight, and most kernels are built without it.',
      seen: [formatError],
      proof: 'ELFCLASS32 and e_machine 62.',
      remedy: 'Build it for x86-64 (-m64).',
      prevent: 'Do not use -mx32 for images.',
      before: ['wrong-architecture', 'no-rule'],
      find: x32,
    },
    {
      id: 'wrong-architecture',
      title: 'a program of another architecture than its image',
      why: 'The image is for this machine, so Docker does not warn, and a program in it is for another: a download with linux-amd64 in its name, ARG TARGETARCH that is set by nobody, COPY --from a stage of another platform. The kernel refuses it with ENOEXEC; busybox, env and tini give it to sh, which sees no script.',
      seen: [
        formatError,
        '/app/tool: line 1: syntax error: unexpected word (expecting ")")',
        '[FATAL tini (7)] exec /app failed: Exec format error',
      ],
      proof: "The e_machine of the file is not that of the image's platform.",
      remedy: asInDockerfile,
      prevent: 'xbuild verify reads every ELF file of an image before it is pushed.',
      find: wrongArchitecture,
    },
  ],
};
