import { createHash } from 'node:crypto';
import { addAbortSignal, Readable } from 'node:stream';
import type { Engine } from '../io/engine.ts';
import { loadArchive, LoadFailure } from '../io/load-archive.ts';
import { writeTar } from '../io/write-tar.ts';
import type { BuiltPlatform } from '../model/build.ts';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import { formatReference, parseReference } from '../model/image-reference.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import { inspectImage } from '../verify/inspect-image.ts';
import type { BuildNode } from './nodes.ts';
import { removeNameless } from './names.ts';
import type { BuiltPart } from './part.ts';
import { interrupted } from './run.ts';

/** How an index names one of its manifests. Source: OCI image-spec, descriptor.md. */
interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  platform?: Platform;
  annotations?: Readonly<Record<string, string>>;
}

/** One image of all platforms, in one engine's store. */
export interface Brought {
  /** Its index's digest. */
  id: string;
  /** Each platform's manifest, by the platform's name. */
  digests: ReadonlyMap<string, string>;
}

/**
 * Brings the images of all parts into one engine's containerd store and joins them there to one
 * index, under all names at once. Throws `interrupted` on the signal, before there is a name.
 *
 * Each image comes as `docker save` gives it. The index comes as an archive that holds nothing else:
 * what it lists is in the store by then.
 */
export async function bringHome(
  parts: readonly BuiltPart[],
  home: BuildNode,
  { tags, signal }: { tags: readonly string[]; signal: AbortSignal },
): Promise<Brought> {
  const { engine } = home.gathered;
  const brought: string[] = [];
  try {
    const lists = await Promise.all(
      parts.flatMap((part) =>
        imagesOfPart(part).map(async (one) => {
          const isHere = part.node === home;
          const id = isHere ? one.id : await carry(part.node, home, { id: one.id, signal });
          if (!isHere) brought.push(id);
          return descriptorsOf(engine, id, one.platform);
        }),
      ),
    );
    const manifests = lists.flat();
    const digests = manifests.map(
      ({ platform, digest }) =>
        [platform === undefined ? '' : formatPlatform(platform), digest] as const,
    );
    signal.throwIfAborted();
    return { id: await loadIndex(engine, manifests, tags), digests: new Map(digests) };
  } catch (error) {
    throw signal.aborted ? interrupted() : error;
  } finally {
    // What the index lists stays; only their own entries without a name go.
    for (const id of brought) await removeNameless(engine, id);
  }
}

/** The images that a part has made: one for all of its platforms, or one for each. */
function imagesOfPart({ built }: BuiltPart): { id: string; platform: Platform }[] {
  const byId = new Map(built.map((one) => [one.imageId ?? '', one]));
  return [...byId].map(([id, { platform }]: [string, BuiltPlatform]) => ({ id, platform }));
}

async function carry(
  from: BuildNode,
  to: BuildNode,
  { id, signal }: { id: string; signal: AbortSignal },
): Promise<string> {
  const { engine } = from.gathered;
  const archive = (await engine.docker
    .getImage(id)
    .get()
    .catch((error: unknown) => {
      throw engine.failure(error);
    })) as Readable;
  addAbortSignal(signal, archive);
  const [loaded] = await load(to.gathered.engine, archive, `the image of ${from.name}`);
  if (loaded !== undefined) return loaded;
  throw new XbuildError(
    'engine-refused',
    `${to.name} has taken the image of ${from.name}, and does not say under which id`,
    'Send it through a registry instead: --push',
  );
}

async function load(engine: Engine, archive: Readable, what: string): Promise<string[]> {
  try {
    return await loadArchive(engine.docker, archive);
  } catch (error) {
    if (!(error instanceof LoadFailure)) throw engine.failure(error);
    throw new XbuildError(
      'engine-refused',
      `the engine could not load ${what}: ${escapeLine(error.message)}`,
      'Look whether its disk has room, or send the image through a registry: --push',
      { cause: error },
    );
  }
}

/** What an index says of an image: the image itself, or everything that is in it. */
async function descriptorsOf(
  engine: Engine,
  id: string,
  platform: Platform,
): Promise<Descriptor[]> {
  const image = await inspectImage(engine.docker, id, { manifests: true }).catch(
    (error: unknown) => {
      throw engine.failure(error);
    },
  );
  const whole = image.Descriptor as Descriptor | undefined;
  const inner = (image.Manifests ?? []).map(({ Descriptor: one }) => one as Descriptor);
  const [only, ...others] = inner;
  if (only !== undefined && (others.length > 0 || only.digest !== whole?.digest)) return inner;
  if (whole === undefined) throw new Error(`no descriptor of ${id}`);
  const { mediaType, digest, size } = whole;
  return [{ mediaType, digest, size, platform }];
}

const indexType = 'application/vnd.oci.image.index.v1+json';

async function loadIndex(
  engine: Engine,
  manifests: readonly Descriptor[],
  tags: readonly string[],
): Promise<string> {
  const index = json({ schemaVersion: 2, mediaType: indexType, manifests });
  const digest = createHash('sha256').update(index).digest('hex');
  const entry = { mediaType: indexType, digest: `sha256:${digest}`, size: index.length };
  const named = tags.map((tag) => ({ ...entry, annotations: namesOf(tag) }));
  const archive = writeTar([
    { path: 'oci-layout', mode: 0o644, bytes: json({ imageLayoutVersion: '1.0.0' }) },
    { path: `blobs/sha256/${digest}`, mode: 0o644, bytes: index },
    {
      path: 'index.json',
      mode: 0o644,
      bytes: json({ schemaVersion: 2, manifests: named.length === 0 ? [entry] : named }),
    },
  ]);
  await load(engine, Readable.from([archive]), 'the index of all platforms');
  return entry.digest;
}

/** containerd wants the whole name: `app` → `docker.io/library/app:latest`. */
function namesOf(reference: string): Record<string, string> {
  const whole = parseReference(reference);
  return {
    'io.containerd.image.name': formatReference(whole),
    'org.opencontainers.image.ref.name': whole.tag ?? 'latest',
  };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
