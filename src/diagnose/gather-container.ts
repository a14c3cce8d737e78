import type Dockerode from 'dockerode';
import type { Engine } from '../io/engine.ts';
import type { DiagnosisFacts, Surface } from '../model/diagnosis.ts';
import type { ContainerFacts } from '../model/container.ts';
import { XbuildError } from '../model/errors.ts';
import type { FileFacts } from '../model/facts.ts';
import { formatPlatform, normalizePlatform, type Platform } from '../model/platform.ts';
import { refusalOf } from '../probe/refusal.ts';
import { readThroughArchive } from '../verify/read-archive.ts';
import { withScratchContainer } from '../verify/scratch-container.ts';
import { containerFactsOf, type InspectedContainer } from './container-facts.ts';
import { readContainerLog, surfaceOf } from './container-surface.ts';
import { askKernel, complete } from './complete.ts';
import { withEngine } from './about-engine.ts';
import { readEngineSummary } from './engine-summary.ts';
import { readImageFacts } from './image-facts.ts';
import type { Session } from './session.ts';
import { containerSource, countEntries } from './sources.ts';
import { asksForOptions, readMountOptions } from './mount-options.ts';
import { isBelow, traceAll } from './trace-programs.ts';

/** Reads all facts of a container. */
export async function gatherContainer(
  session: Session,
  inspected: InspectedContainer,
  target: DiagnosisFacts['target'],
): Promise<DiagnosisFacts> {
  const { engine } = session;
  const container = engine.docker.getContainer(inspected.Id);
  const facts = containerFactsOf(inspected);
  const summary = readEngineSummary(session);
  summary.catch(() => undefined);
  // Newer engines say at once for which platform a container is.
  const own = inspected.ImageManifestDescriptor?.platform;
  const asking = own === undefined ? undefined : askKernel(session, normalizePlatform(own));
  asking?.catch(() => undefined);
  const [image, log] = await Promise.all([
    readImageOf(session, inspected),
    readContainerLog(container, inspected.Config.Tty === true),
  ]);
  const missing = 'unknown' in log ? [log.unknown] : [];
  const surface = surfaceOf(facts, 'unknown' in log ? { lines: [], cut: false } : log);
  const platform = image?.platform;
  const base: DiagnosisFacts = {
    schemaVersion: 1,
    target,
    surface: target.exec === undefined ? surface : surfaceOfExec(surface),
    ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
    native: [],
    container: facts,
    ...(image === undefined ? {} : { image: image.facts }),
    kernel: { unknown: 'the engine was not asked' },
    client: session.client,
    files: [],
    hiddenFiles: [],
    traces: [],
    missing,
  };
  const completed = await complete(base, session, {
    source: containerSource(container, tmpfsOf(facts)),
    ...(platform === undefined ? {} : { platform }),
    ...(asking === undefined ? {} : { asking }),
  });
  const mounted = await withOptions(completed, session, inspected, platform);
  const looked = await lookBelowMounts(mounted, container, engine, inspected, platform);
  return withEngine(looked, session, summary);
}

/** A bind mount has the options of its source, which only a container shows. */
async function withOptions(
  facts: DiagnosisFacts,
  session: Session,
  { Id: id, Image: image }: InspectedContainer,
  platform: Platform | undefined,
): Promise<DiagnosisFacts> {
  const { container } = facts;
  if (container === undefined || platform === undefined || !asksForOptions(facts)) return facts;
  const target = { image, platform: formatPlatform(platform) };
  try {
    const mounts = await readMountOptions(session, target, { id, mounts: container.mounts });
    const known = { ...facts, container: { ...container, mounts } };
    return { ...known, traces: traceAll(known).traces };
  } catch (error) {
    if (!(error instanceof XbuildError) || error.code.startsWith('engine-')) {
      throw session.engine.failure(error);
    }
    return { ...facts, missing: [...facts.missing, `the mounts' options: ${error.message}`] };
  }
}

function tmpfsOf({ mounts }: ContainerFacts): string[] {
  return mounts.flatMap(({ type, destination }) => (type === 'tmpfs' ? [destination] : []));
}

/** Of --exec nothing was seen yet. */
function surfaceOfExec(surface: Surface): Surface {
  return { ...surface, stage: 'never', exitCode: null, lines: [] };
}

async function readImageOf(
  { engine, native }: Session,
  inspected: InspectedContainer,
): Promise<{ facts: NonNullable<DiagnosisFacts['image']>; platform?: Platform } | undefined> {
  const own = inspected.ImageManifestDescriptor?.platform;
  const question = { native, ...(own === undefined ? {} : { asked: own }) };
  const image = await readImageFacts(engine, inspected.Image, question);
  if (image === undefined)
    return own === undefined ? undefined : { facts: lost(inspected), platform: own };
  const { askedPlatform: _asked, ...facts } = image.facts;
  const platform = own === undefined ? image.platform : normalizePlatform(own);
  return {
    facts: { ...facts, reference: inspected.Config.Image },
    ...(platform === undefined ? {} : { platform }),
  };
}

/** An image that was removed after its container was made. */
function lost(inspected: InspectedContainer): NonNullable<DiagnosisFacts['image']> {
  return { reference: inspected.Config.Image, history: [] };
}

const mostHidden = 8;

/** Where a mount is over a program's path: what the image has there, and what the mount holds. */
async function lookBelowMounts(
  facts: DiagnosisFacts,
  container: Dockerode.Container,
  engine: Engine,
  inspected: InspectedContainer,
  platform: Platform | undefined,
): Promise<DiagnosisFacts> {
  const { container: own, traces } = facts;
  const covered = own === undefined ? [] : coveringMounts(own, facts);
  if (own === undefined || covered.length === 0) return facts;
  const paths = traces.flatMap(({ lookup }) => ('path' in lookup ? [lookup.path] : []));
  const hidden = paths
    .filter((path) => covered.some((mount) => isBelow(path, mount)))
    .slice(0, mostHidden);
  const mounts = await Promise.all(
    own.mounts.map(async (mount) => {
      if (!covered.includes(mount.destination)) return mount;
      const kind = facts.files.find(({ path }) => path === mount.destination)?.kind;
      if (kind !== 'directory') return { ...mount, ...(kind === undefined ? {} : { kind }) };
      const entries = await countEntries(container, mount.destination);
      return { ...mount, kind, ...(entries === undefined ? {} : { entries }) };
    }),
  );
  const hiddenFiles =
    platform === undefined
      ? []
      : await readInImage(engine, inspected.Image, platform, hidden).catch((error: unknown) => {
          if (refusalOf(error) === undefined) throw engine.failure(error);
          return [];
        });
  return { ...facts, container: { ...own, mounts }, hiddenFiles };
}

/** The mounts that a program's path leads into. */
function coveringMounts({ mounts }: ContainerFacts, { traces }: DiagnosisFacts): string[] {
  const paths = traces.flatMap(({ lookup }) => ('path' in lookup ? [lookup.path] : []));
  return mounts
    .map(({ destination }) => destination)
    .filter((destination) => paths.some((path) => isBelow(path, destination)));
}

async function readInImage(
  engine: Engine,
  image: string,
  platform: Platform,
  paths: readonly string[],
): Promise<FileFacts[]> {
  const target = { image, platform: formatPlatform(platform) };
  return withScratchContainer(engine.docker, target, '-', (container) =>
    Promise.all(paths.map((path) => readThroughArchive(container, path))),
  );
}
