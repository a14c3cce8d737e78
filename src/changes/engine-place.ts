import { readFile } from 'node:fs/promises';
import type Dockerode from 'dockerode';
import type { Engine } from '../io/engine.ts';
import { bytesOfString } from '../model/bytes.ts';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import { isKnown, type EngineFacts } from '../model/facts.ts';
import { guestPath, LAUNCHER, PROBE_FOLDER, wordsOf, type ProbeCommand } from '../probe/command.ts';
import { readMountAnswer, readWriteAnswer, type ProbeStream } from '../probe/decode.ts';
import { makeProbeImage, packFile, PROBE_LABEL, type ProbeImage } from '../probe/image.ts';
import { readInterpreters } from '../probe/interpreters.ts';
import { withImage } from '../probe/load-image.ts';
import { probeKernel } from '../probe/probe.ts';
import { probeFailure } from '../probe/refusal.ts';
import { createContainer, removeContainer, runContainer } from '../probe/run-container.ts';
import { hardened, readOutput } from '../probe/run-probe.ts';
import type { Place, Written } from './place.ts';
import type { Source } from './plan/plan.ts';
import { inverseOf, pathOf, type Write } from './plan/write.ts';

const BINFMT = '/proc/sys/fs/binfmt_misc';
/** Not below the probe's folder: where that is a volume of another container, it is read-only. */
const TARGET = `${PROBE_FOLDER}-binfmt`;
const TIME_LIMIT = 60_000;
const OUTPUT_LIMIT = 1 << 20;

/**
 * The rule table of an engine's kernel, changed by containers of the probe's image: the only
 * privileged ones of xbuild, each for one row of writes. What they write comes as data; nothing in
 * them is a shell.
 *
 * Throws `change-refused` for a rootless engine, whose root is nobody to the kernel.
 */
export async function enginePlace(
  engine: Engine,
  facts: EngineFacts,
  forWriting: boolean,
): Promise<Place> {
  if (forWriting && facts.rootless) throw rootless(facts);
  const { docker } = engine;
  const image = await makeProbeImage(facts.architecture);
  // Not cut off by the signal: a change that was made is checked, and taken back.
  const session = { docker, image, signal: undefined };
  const { architecture, endpoint } = facts;
  return {
    kind: 'engine',
    name: escapeLine(`the engine at ${endpoint.url} (${endpoint.source})`),
    directory: BINFMT,
    architecture,
    sharesFiles: !facts.remote && !facts.desktop,
    read: (programs) => probeKernel(docker, { architecture, ...(programs && { programs }) }),
    look: (paths) => (paths.length === 0 ? Promise.resolve([]) : readInterpreters(session, paths)),
    write: (writes, sources) => writeThere({ docker, image, facts }, writes, sources),
    mount: () => mountThere({ docker, image, facts }),
  };
}

function rootless(facts: EngineFacts): XbuildError {
  return new XbuildError(
    'change-refused',
    `the engine ${escapeLine(facts.name)} runs without root, so no container of it may change the kernel's rules`,
    'As root on its machine: sudo xbuild binfmt … --local',
  );
}

interface Writer {
  docker: Dockerode;
  image: ProbeImage;
  facts: EngineFacts;
}

async function writeThere(
  writer: Writer,
  writes: readonly Write[],
  sources: Readonly<Record<string, Source>>,
): Promise<Written> {
  const mounts = [{ source: BINFMT, target: TARGET, readOnly: false }];
  const sent: { path: string; file: string }[] = [];
  let image: string | undefined;
  for (const [path, source] of Object.entries(sources)) {
    const text = textOf(path);
    if (source.from === 'there') mounts.push({ source: text, target: text, readOnly: true });
    if (source.from === 'here') sent.push({ path: text, file: source.file });
    if (source.from === 'image') ({ image } = source);
  }
  const commands = commandsOf(writes, writer.facts.architecture);
  const prepare = async (container: Dockerode.Container) => {
    for (const { path, file } of sent) {
      const archive = packFile(path.slice(1), await readFile(file));
      await container.putArchive(archive, { path: '/' });
    }
  };
  const stream = await runPrivileged(writer, { commands, mounts, prepare, image });
  const answer = readWriteAnswer(stream);
  const [broken] = answer.broken;
  // Without an answer nothing is known to be written; the table is read again in any case.
  const results = writes.map((_write, at) => answer.writes[at] ?? answer.problem ?? 'skipped');
  return { results, ...(broken === undefined ? {} : { broken: broken.errno }) };
}

/** The writes, the proof that a native program still starts, and the way back where none does. */
function commandsOf(writes: readonly Write[], architecture: string): ProbeCommand[] {
  const reverts = writes.flatMap((write, at): ProbeCommand[] => {
    const inverse = inverseOf(write);
    if (inverse === undefined) return [];
    return [{ do: 'revert', write: at, file: pathOf(inverse, TARGET), text: inverse.text }];
  });
  return [
    ...writes.map((write): ProbeCommand => ({
      do: 'write',
      file: pathOf(write, TARGET),
      text: write.text,
    })),
    { do: 'prove', program: guestPath(architecture === 'arm' ? 'arm-v5' : architecture) },
    ...reverts.toReversed(),
  ];
}

/** An engine is told paths as text, the kernel as bytes: those that are not UTF-8 cannot be told. */
function textOf(path: string): string {
  return new TextDecoder().decode(bytesOfString(path));
}

interface PrivilegedRun {
  commands: readonly ProbeCommand[];
  mounts: readonly { source: string; target: string; readOnly: boolean }[];
  prepare?: (container: Dockerode.Container) => Promise<void>;
  /** Another image than the probe's, in which an interpreter is. */
  image?: string | undefined;
  /** Share the machine's processes, to reach the mounts of its process 1. */
  withProcesses?: boolean;
}

async function runPrivileged(writer: Writer, run: PrivilegedRun): Promise<ProbeStream> {
  const { docker, image } = writer;
  try {
    const holder =
      run.image === undefined ? undefined : await withImage(docker, image, () => hold(writer));
    try {
      const output = await withImage(docker, image, () =>
        runContainer(docker, {
          create: containerOf(writer, run, holder?.id),
          timeLimit: TIME_LIMIT,
          outputLimit: OUTPUT_LIMIT,
          ...(run.prepare === undefined ? {} : { prepare: run.prepare }),
        }),
      );
      return readOutput(output);
    } finally {
      if (holder !== undefined) await removeContainer(holder);
    }
  } catch (error) {
    throw probeFailure('change its rules (a privileged container of the probe)', error);
  }
}

/** A container that is never started, whose volume brings the probe into another image's. */
async function hold({ docker, image }: Writer): Promise<Dockerode.Container> {
  return createContainer(docker, {
    Image: image.tag,
    Labels: { [PROBE_LABEL]: '1' },
    HostConfig: {
      NetworkMode: 'none',
      Mounts: [{ Type: 'volume', Source: '', Target: PROBE_FOLDER }],
    },
  });
}

function containerOf(
  { image, facts }: Writer,
  run: PrivilegedRun,
  holder: string | undefined,
): Dockerode.ContainerCreateOptions {
  const { SecurityOpt: _none, ReadonlyRootfs: _writable, ...limits } = hardened;
  return {
    Image: run.image ?? image.tag,
    Entrypoint: [LAUNCHER],
    Cmd: wordsOf(run.commands),
    User: '0:0',
    WorkingDir: '/',
    Healthcheck: { Test: ['NONE'] },
    AttachStdout: true,
    AttachStderr: true,
    Labels: { [PROBE_LABEL]: '1' },
    HostConfig: {
      ...limits,
      Privileged: true,
      // With userns-remap the container's root would be nobody to the kernel.
      ...(facts.usernsRemap ? { UsernsMode: 'host' } : {}),
      ...(run.withProcesses === true ? { PidMode: 'host' } : {}),
      ...(holder === undefined ? {} : { VolumesFrom: [`${holder}:ro`] }),
      Mounts: run.mounts.map(({ source, target, readOnly }) => ({
        Type: 'bind' as const,
        Source: source,
        Target: target,
        ReadOnly: readOnly,
      })),
    },
  };
}

async function mountThere(writer: Writer): ReturnType<Place['mount']> {
  const answer = readMountAnswer(
    await runPrivileged(writer, {
      commands: [{ do: 'mount', directory: BINFMT }],
      mounts: [],
      withProcesses: true,
    }),
  );
  if (isKnown(answer)) return answer;
  throw new XbuildError(
    'change-failed',
    `binfmt_misc could not be mounted on ${escapeLine(writer.facts.name)}: ${escapeLine(answer.unknown)}`,
    `As root on its machine: mount -t binfmt_misc binfmt_misc ${BINFMT}`,
  );
}
