import type { Failed, Hop } from '../model/exec-trace.ts';
import type { FileNode } from '../model/file-view.ts';
import type { Finding } from '../model/finding.ts';
import { formatPlatform } from '../model/platform.ts';
import { shown } from '../model/bytes-text.ts';
import { describeNode, ownerLine, withArticle } from './describe.ts';
import type { ProgramScene } from './program-scene.ts';

/** A finding before its status and platform. */
export type Complaint = Omit<Finding, 'status' | 'platform'>;

/** What a failure is told with. */
export interface FailureContext {
  /** The program's path, a byte string. */
  path: string;
  /** The files that the kernel came by; the last one is where it ended. */
  hops: readonly Hop[];
  scene: ProgramScene;
}

/** Puts into words why a machine of the image's platform would not start a program. */
export function explainFailure(end: Failed, context: FailureContext): Complaint {
  const complaint = complaintOf(end, context);
  const files = context.hops.map(({ name, words }) => `${shown(name)}: ${words}`);
  return { ...complaint, evidence: [...files, ...(complaint.evidence ?? [])] };
}

function complaintOf(end: Failed, context: FailureContext): Complaint {
  if (end.opening === 'loader') return loaderFailed(end, context);
  if (end.opening === 'script-interpreter') return interpreterFailed(end, context);
  if (end.reason === 'foreign-architecture') return foreign(context);
  if (end.opening === 'program') return programRefused(end, context);
  return notProgram(end, context);
}

function nodeAt(path: string, { scene }: FailureContext): FileNode | undefined {
  const node = scene.view.lstat(path);
  return typeof node === 'object' ? node : undefined;
}

/** `/run.sh is a script for /bin/bash, which`, or only the program's path. */
function subject({ hops, path }: FailureContext): string {
  const [first, ...rest] = hops;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return shown(path);
  return `${shown(first.name)} is a script, and its interpreter ${shown(last.name)}`;
}

function foreign(context: FailureContext): Complaint {
  const platform = formatPlatform(context.scene.platform);
  const last = context.hops.at(-1);
  const found = last?.architecture;
  const what =
    found === undefined
      ? (last?.words ?? 'a program of an unknown kind')
      : `${withArticle(found)} program`;
  const deeper = context.hops.length > 1;
  return {
    id: deeper ? 'entrypoint-script' : 'entrypoint-architecture',
    message: `${subject(context)} is ${what}, and the image is for ${platform}`,
    why: `On a machine of ${platform} it ends in "exec format error". Where it does start, that is the work of an emulator, or of a machine that is not ${platform}.`,
    evidence: [
      `found ${found ?? 'no known architecture'}, expected ${context.scene.platform.architecture}`,
    ],
    fix: {
      text: `If the Dockerfile makes or downloads it: declare ARG TARGETARCH (without a default) in the stage that does, and use it there (GOARCH=$TARGETARCH, the name of the download). If it comes with the base image: leave the FROM of the last stage without --platform, and look at what that image is for.`,
      commands: [],
    },
  };
}

const libraries: readonly (readonly [pattern: RegExp, text: string])[] = [
  [
    /ld-musl/,
    'It was built for musl (Alpine), and the image has another C library. Build it in the image it runs in, or link it statically.',
  ],
  [
    /ld-linux|ld64|\/ld\.so/,
    'It was built for glibc, and the image has another C library (musl: Alpine) or none (scratch). Link it statically (CGO_ENABLED=0, -static), or use a base image with glibc of the same platform.',
  ],
];

function loaderFailed(end: Failed, context: FailureContext): Complaint {
  const loader = shown(end.name ?? end.at);
  const id = 'entrypoint-loader';
  const who = subject(context);
  if (end.reason === 'loader-wrong-architecture') {
    const node = nodeAt(end.at, context);
    const what = node === undefined ? 'of another architecture' : withArticle(describeNode(node));
    return {
      id,
      message: `${who} is started by the loader ${loader}, which is ${what}`,
      why: 'The kernel refuses it: the C library in the image is of another architecture than the program.',
      fix: { text: 'Install the C library for the platform of the image.', commands: [] },
    };
  }
  if (end.errno !== 'ENOENT') {
    return {
      id,
      message: `${who} needs the loader ${loader}, and it cannot be used: ${end.reason.replaceAll('-', ' ')} (${end.errno})`,
      why: 'The kernel starts a dynamically linked program through its loader.',
    };
  }
  const text =
    libraries.find(([pattern]) => pattern.test(loader))?.[1] ??
    'Link it statically, or install the C library that it was built with.';
  return {
    id,
    message: `${who} needs the loader ${loader}, and the image has no such file`,
    why: 'Starting it ends in "no such file or directory", although the program itself is there.',
    fix: { text, commands: [] },
  };
}

function interpreterFailed(end: Failed, context: FailureContext): Complaint {
  const script = shown(context.hops.at(-1)?.name ?? context.path);
  const name = end.name ?? '';
  const id = 'entrypoint-script';
  if (name.endsWith('\r')) {
    return {
      id,
      message: `the #! line of ${script} ends in a carriage return, so the kernel looks for "${shown(name)}"`,
      why: 'Starting it ends in "no such file or directory": the file has the line ends of Windows.',
      fix: {
        text: 'Store it with Unix line ends; .gitattributes keeps git from changing them.',
        commands: [
          `sed -i 's/\\r$//' ${script.replace(/^.*\//, '')}`,
          "echo '*.sh text eol=lf' >> .gitattributes",
        ],
      },
    };
  }
  const missing = end.errno === 'ENOENT';
  const how = missing
    ? 'the image has no such file'
    : `it cannot be executed: ${end.reason.replaceAll('-', ' ')} (${end.errno})`;
  return {
    id,
    message: `${script} is a script for ${shown(name) || 'an interpreter without a name'}, and ${how}`,
    why: missing
      ? 'Starting it ends in "no such file or directory", although the script itself is there.'
      : 'The kernel starts a script through the program that its #! line names.',
    fix: {
      text: `Install ${shown(name)} in the last stage, or change the #! line to an interpreter that the image has.`,
      commands: [],
    },
  };
}

function userOf({ scene }: FailureContext): string {
  return scene.config.user === '' ? 'root' : `user ${scene.config.user}`;
}

function programRefused(end: Failed, context: FailureContext): Complaint {
  const path = shown(context.path);
  if (end.errno === 'ENOENT' || end.reason === 'not-a-directory') {
    const at = shown(end.at);
    return {
      id: 'entrypoint-missing',
      message: `the image is to start ${path}, and it has no such file`,
      why: 'Starting the image ends in "no such file or directory".',
      evidence: at === path ? [] : [`what is missing: ${at}`],
      fix: {
        text: 'COPY the file into the last stage of the Dockerfile, or name it by the path that it has there.',
        commands: [],
      },
    };
  }
  const node = nodeAt(end.at, context);
  const facts = node === undefined ? [] : [ownerLine(end.at, node)];
  const what: Readonly<Record<string, string>> = {
    'is-directory': `${path} is a directory`,
    'not-a-file': `${path} is no regular file`,
    'search-denied': `${userOf(context)} may not enter the directory ${shown(end.at)}`,
    'not-executable': `${path} is not executable for ${userOf(context)}`,
    'symlink-loop': `${path} is a symbolic link that leads back to itself`,
  };
  return {
    id: 'entrypoint-not-executable',
    message: what[end.reason] ?? `${path} cannot be executed: ${end.reason.replaceAll('-', ' ')}`,
    why: 'Starting the image ends in "permission denied".',
    evidence: facts,
    fix: {
      text: 'Give it the permission where it is copied.',
      commands: [`COPY --chmod=755 ${path.replace(/^.*\//, '')} ${path}`],
    },
  };
}

/** Nothing that a kernel starts: text without `#!`, an archive, a damaged program. */
function notProgram(end: Failed, context: FailureContext): Complaint {
  const last = context.hops.at(-1);
  const deeper = context.hops.length > 1;
  const why: Readonly<Record<string, string>> = {
    'script-too-long': 'its #! line is longer than the 256 bytes that the kernel reads',
    'script-without-interpreter': 'its #! line names no interpreter',
    'too-many-interpreters': 'it takes more than five interpreters to start it',
    'elf-not-executable': 'it is an ELF file that is no program',
    'elf-damaged': 'it is a damaged ELF file',
  };
  return {
    id: deeper ? 'entrypoint-script' : 'entrypoint-format',
    message: `${subject(context)} cannot be executed: ${why[end.reason] ?? `it is ${last?.words ?? 'no program'}`}`,
    why: `Starting it ends in "${end.errno === 'ELOOP' ? 'too many levels of symbolic links' : 'exec format error'}" on every machine.`,
    fix: {
      text:
        last?.kind === 'text'
          ? 'Begin the file with a #! line, as its very first bytes: #!/bin/sh'
          : 'Look at how the file came into the image; it is not what it was meant to be.',
      commands: [],
    },
  };
}
