import { bytesOfBase64 } from '../model/bytes.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { isElf, readElf } from '../model/elf.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, ofFailures, subjectOf, type Entry, type Family } from './entry.ts';
import { foreignOf, nativeLine, type Foreign } from './foreign.ts';
import { imageArchitecture, signsOf, type Failure, type Scene } from './scene.ts';
import { baseName, imageWord, nameOf, shown, withArticle } from './words.ts';

export const order = 50;

/** The image's name, for commands; a log has none. */
function reference({ facts }: Scene): string {
  if (facts.image !== undefined) return facts.image.reference;
  return facts.target.kind === 'log' ? 'IMAGE' : facts.target.name;
}

/** The same, for sentences. */
function imageWords(scene: Scene): string {
  const name = reference(scene);
  return name === 'IMAGE' ? 'the image' : name;
}

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

function architectureIn(platform: string | undefined): string | undefined {
  return platform?.split('/')[1];
}

function mislabelled(scene: Scene): CauseMatch | undefined {
  const { image } = scene.facts;
  if (image === undefined) return undefined;
  const { indexPlatform, configPlatform } = image;
  const differ =
    indexPlatform !== undefined && configPlatform !== undefined && indexPlatform !== configPlatform;
  return differ && architectureIn(indexPlatform) !== architectureIn(configPlatform)
    ? differentLabels(scene, indexPlatform, configPlatform)
    : imported(scene);
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

function pinned(scene: Scene): CauseMatch | undefined {
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
    fix: advice(
      'Take --platform out of the FROM of the last stage, and choose platforms when building.',
      [`xbuild build --platform ${shellQuote(sign.asked ?? 'linux/amd64')} .`],
    ),
  };
}

function defaultPlatform(scene: Scene): CauseMatch | undefined {
  const { client, platform, image, surface } = scene.facts;
  const chosen = client?.defaultPlatform;
  if (chosen === undefined || chosen === '') return undefined;
  const wanted = architectureIn(chosen.includes('/') ? chosen : `linux/${chosen}`);
  const foreign =
    scene.facts.native.length > 0 && wanted !== undefined && !scene.facts.native.includes(wanted);
  const hits =
    architectureIn(platform) === wanted || surface.stage === 'pull' || image?.refusal !== undefined;
  const fails =
    scene.failures.length > 0 ||
    signsOf(scene, 'platform-missing').length > 0 ||
    image?.refusal !== undefined;
  if (!foreign || !hits || !fails) return undefined;
  return {
    confidence: 'likely',
    message: `DOCKER_DEFAULT_PLATFORM=${chosen} asks for images that are not this machine's (${nativeLine(scene)})`,
    evidence: [`DOCKER_DEFAULT_PLATFORM=${chosen}`],
    fix: advice('Take the variable out of the environment, or name the platform in the command.', [
      'unset DOCKER_DEFAULT_PLATFORM',
    ]),
  };
}

/** What was asked for, and what the image has instead. */
interface Refusal {
  asked: string | undefined;
  has: string[];
  line?: string;
}

function refusalOf(scene: Scene): Refusal | undefined {
  const { image } = scene.facts;
  const signs = signsOf(scene, 'platform-missing');
  const sign = signs.find(({ asked }) => asked !== undefined) ?? signs[0];
  const text = /manifest|platform|does not match|not provide/i;
  if (sign === undefined && (image?.refusal === undefined || !text.test(image.refusal)))
    return undefined;
  const entries =
    image?.entries?.filter(({ kind }) => kind === 'image').map(({ platform }) => platform) ?? [];
  const own = [sign?.actual ?? image?.configPlatform].filter((one) => one !== undefined);
  const line = sign?.line ?? image?.refusal;
  return {
    asked: sign?.asked ?? image?.askedPlatform,
    has: entries.length > 0 ? entries : own,
    ...(line === undefined ? {} : { line }),
  };
}

/** `linux/arm/v7` and `linux/arm/v6` differ in their variant only. */
function sameButVariant(one: string, other: string): boolean {
  return (
    one !== other && one.split('/').slice(0, 2).join('/') === other.split('/').slice(0, 2).join('/')
  );
}

function variant(scene: Scene): CauseMatch | undefined {
  const refusal = refusalOf(scene);
  const { asked, has = [], line = '' } = refusal ?? {};
  if (asked === undefined) return undefined;
  const near = has.find((one) => sameButVariant(one, asked));
  const hasExactly = has.includes(asked);
  if (near !== undefined && !hasExactly) {
    return {
      confidence: scene.facts.image === undefined ? 'possible' : 'certain',
      message: `${asked} was asked for, and ${imageWords(scene)} has ${near}: the same architecture in another variant`,
      evidence: [line, `it has ${has.join(', ')}`],
      fix: advice('Ask for the variant that it has, or build the one that is wanted.', [
        `docker run --platform ${shellQuote(near)} ${shellQuote(reference(scene))}`,
      ]),
    };
  }
  if (has.length > 0 || !/^linux\/arm(?:\/|$)/.test(asked)) return undefined;
  // Only 32-bit Arm comes in variants that are told apart in practice.
  return {
    confidence: 'possible',
    message: `${asked} was asked for, and the image may have another variant of it`,
    evidence: [line],
    fix: advice('Look at what it has, and ask for that.', [
      `docker buildx imagetools inspect ${shellQuote(reference(scene))}`,
    ]),
  };
}

function notInImage(scene: Scene): CauseMatch | undefined {
  const refusal = refusalOf(scene);
  if (refusal === undefined) return undefined;
  const { asked, has, line = '' } = refusal;
  if (asked !== undefined && has.includes(asked)) return undefined;
  const what = asked === undefined ? 'nothing for the platform that is wanted' : `no ${asked}`;
  const there = has.length === 0 ? '' : `: it has ${has.join(', ')}`;
  return {
    confidence:
      scene.facts.target.kind === 'log' ? 'possible' : has.length === 0 ? 'likely' : 'certain',
    message: `${imageWords(scene)} has ${what}${there}`,
    evidence: [line],
    fix: advice(
      'Build the image for the platform as well, or run one that it has under emulation.',
      [
        `xbuild build --platform ${shellQuote(asked ?? 'linux/amd64,linux/arm64')} -t ${shellQuote(reference(scene))} .`,
        ...has
          .slice(0, 1)
          .map((one) => `docker run --platform ${shellQuote(one)} ${shellQuote(reference(scene))}`),
      ],
    ),
  };
}

function attestation(scene: Scene): CauseMatch | undefined {
  const { image, platform, target } = scene.facts;
  const isUnknown = [platform, image?.configPlatform, image?.indexPlatform].some(
    (one) => one?.startsWith('unknown/') === true,
  );
  const [sign] = signsOf(scene, 'no-command');
  const byDigest = /@sha256:/.test(target.name) || /@sha256:/.test(image?.reference ?? '');
  if (!isUnknown && (sign === undefined || (target.kind !== 'log' && !byDigest))) return undefined;
  return {
    confidence: isUnknown ? 'certain' : 'possible',
    message: `${imageWords(scene)} is an attestation (provenance or SBOM) beside an image, not an image`,
    evidence: [
      ...(sign === undefined ? [] : [sign.line]),
      ...(isUnknown ? ['its platform is unknown/unknown'] : []),
    ],
    fix: advice('Use the tag, or the digest of the entry for your platform.', [
      `docker buildx imagetools inspect ${shellQuote(reference(scene).replace(/@.*$/, ''))}`,
    ]),
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

const roles = {
  plugin: "Docker's command line plugin",
  'credential-helper': 'the credential helper',
  runtime: 'the OCI runtime',
  file: 'the program',
} as const;

function hostProgram(scene: Scene): CauseMatch | undefined {
  const broken = scene.facts.client?.programs.find(
    ({ role, trace }) => role !== 'file' && trace.trace?.end.ok === false,
  );
  const [sign] = signsOf(scene, 'host-program');
  if (broken === undefined && sign === undefined) return undefined;
  const path = broken === undefined ? (sign?.path ?? '') : nameOf(broken.trace);
  const what = broken?.trace.trace?.hops.at(-1)?.words;
  const role = broken === undefined ? 'a program of this machine' : roles[broken.role];
  return {
    confidence: broken === undefined ? 'possible' : 'certain',
    message: `${role} ${path} cannot run on this machine${what === undefined ? '' : `: it is ${what}`}; no container is to blame`,
    evidence: [
      ...(sign === undefined ? [] : [sign.line]),
      `this machine is ${scene.facts.client?.architecture ?? 'of an architecture that is not known'}`,
    ],
    fix: advice(
      `Install ${baseName(path) || 'it'} for this machine.${path.endsWith('.exe') || /credential-desktop/.test(path) ? ' A helper of Windows under WSL: take credsStore out of ~/.docker/config.json.' : ''}`,
      path.startsWith('/')
        ? [`file ${shellQuote(path)}`, 'uname -m']
        : ['ls -l ~/.docker/cli-plugins', 'uname -m'],
    ),
  };
}

const formatError = 'exec /app: exec format error';

const labels: readonly Entry[] = [
  {
    id: 'host-program-foreign',
    title: 'a program of Docker itself on this machine is for another architecture',
    why: "Docker's command starts plugins and credential helpers, the engine starts the OCI runtime. Where such a file was downloaded for another architecture it is that one which fails, before any container.",
    seen: [
      'fork/exec …/cli-plugins/docker-buildx: exec format error',
      "docker: 'buildx' is not a docker command",
      'error storing credentials - err: fork/exec …/docker-credential-desktop.exe: exec format error',
    ],
    proof: 'The message names a file of the machine, and no container was made.',
    remedy: 'Install that program for the architecture of the machine.',
    prevent: 'Install plugins from packages, or choose the download by uname -m.',
    before: ['no-rule', 'wrong-architecture', 'windows-program'],
    find: hostProgram,
  },
  {
    id: 'attestation-not-image',
    title: 'an attestation was taken for an image',
    why: 'BuildKit puts provenance beside the images of an index, as entries for unknown/unknown. Their digest can be pulled, and there is nothing in it to run.',
    seen: ['no command specified', 'mismatched image rootfs and manifest layers'],
    proof: 'The platform is unknown/unknown, and the index annotates it as attestation-manifest.',
    remedy: 'Use the tag, or the digest of an entry with a real platform.',
    prevent: 'Read digests from xbuild build --metadata-file, or build with --provenance=false.',
    find: attestation,
  },
  {
    id: 'variant-mismatch',
    title: 'the architecture is right, the variant is not',
    why: 'linux/arm/v6 and linux/arm/v7 are two platforms. Engine 28 with the containerd store wants the very one that was asked for, though a v7 CPU runs v6 programs.',
    seen: [
      'image with reference X was found but does not provide the specified platform (linux/arm/v7)',
    ],
    proof: 'The image has the same architecture in another variant.',
    remedy: 'Ask for the variant that the image has, or build the one that is wanted.',
    prevent: 'Name the variants in --platform when building: linux/arm/v6,linux/arm/v7.',
    before: ['platform-not-in-image'],
    find: variant,
  },
  {
    id: 'default-platform-set',
    title: 'DOCKER_DEFAULT_PLATFORM asks for another platform',
    why: 'The variable works like --platform in every command, and silently: no warning is printed, since the platform was asked for.',
    seen: [formatError, 'no matching manifest for linux/arm64 in the manifest list entries'],
    proof: 'The variable is set, and names another architecture than the machine has.',
    remedy: 'Unset DOCKER_DEFAULT_PLATFORM.',
    prevent: 'Put platform: into the compose file of the one project that needs it.',
    before: ['no-rule', 'platform-not-in-image', 'platform-pinned'],
    find: defaultPlatform,
  },
  {
    id: 'platform-not-in-image',
    title: 'the image has no such platform',
    why: 'A tag may be an index of some platforms. Where the one that is wanted is not among them, pulling or running it is refused.',
    seen: [
      'no matching manifest for linux/amd64 in the manifest list entries',
      'its platform (linux/arm64) does not match the specified platform (linux/amd64)',
    ],
    proof: 'docker buildx imagetools inspect lists other platforms.',
    remedy: 'Build the image for that platform as well, or run one that it has under emulation.',
    prevent: 'Build all platforms in one command: xbuild build --platform linux/amd64,linux/arm64.',
    find: notInImage,
  },
];

/** Architectures that do not go together. */
export const family: Family = {
  id: 'architectures',
  title: 'Architectures mixed up',
  causes: [
    ...labels,
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
      before: ['no-rule'],
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
