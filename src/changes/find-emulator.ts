import { byteString } from '../model/bytes-text.ts';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Engine } from '../io/engine.ts';
import { base64OfBytes } from '../model/bytes.ts';
import { isElf, readElf } from '../model/elf.ts';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import type { FileFacts } from '../model/facts.ts';
import { makeImageProbe } from '../probe/image-probe.ts';
import type { Place } from './place.ts';
import { emulatorPackage, emulatorPaths, type EmulatorPackage } from './plan/emulator.ts';
import { interpreterFault } from './plan/interpreter.ts';
import type { Source } from './plan/plan.ts';

/** A file that can be a rule's interpreter, and how the kernel gets to see it. */
export interface FoundInterpreter {
  /** As the rule names it, a byte string. */
  path: string;
  source: Source;
  file: FileFacts;
}

/** What the user says about where the emulator is to come from. */
export interface Wish {
  /** A path on the machine whose kernel it is. */
  interpreter?: string | undefined;
  /** A file of this machine. */
  fromFile?: string | undefined;
  /** An image that the engine has. */
  image?: string | undefined;
}

/** What a file of this machine is, links followed; never throws. */
export function describeFile(path: string): FileFacts {
  const facts = { path: byteString(path) };
  let file: number | undefined;
  try {
    const status = statSync(path);
    if (!status.isFile()) return { ...facts, errno: 'ok', kind: 'other' };
    file = openSync(path, 'r');
    const head = Buffer.alloc(Math.min(4096, status.size));
    const bytes = head.subarray(0, readSync(file, head, 0, head.length, 0));
    const elf = readElf(bytes);
    const loader = isElf(elf) && elf.interpreter && 'path' in elf.interpreter;
    return {
      ...facts,
      errno: 'ok',
      kind: 'file',
      mode: status.mode & 0o7777,
      size: status.size,
      head: base64OfBytes(bytes),
      ...(loader && isElf(elf) && elf.interpreter && 'path' in elf.interpreter
        ? { interpreter: elf.interpreter.path }
        : {}),
    };
  } catch (error) {
    return { ...facts, errno: (error as NodeJS.ErrnoException).code ?? 'EIO' };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Runs an emulator with `--version` and returns the first line; undefined where its file is not one
 * of this machine's. Not for an interpreter of any kind: who knows what that does when it is run.
 */
export function askVersion(
  { path, source, file }: FoundInterpreter,
  { sharesFiles }: Place,
): string | undefined {
  if (file.errno !== 'ok' || source.from === 'image') return undefined;
  if (source.from === 'there' && !sharesFiles) return undefined;
  const program = source.from === 'here' ? source.file : Buffer.from(path, 'latin1').toString();
  if (!program.startsWith('/')) return undefined;
  const { stdout, status } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 5000 });
  return status === 0 ? stdout.split('\n')[0] : undefined;
}

/** What one file of this machine would be as an interpreter there. */
function fromHere(path: string, place: Place): FoundInterpreter {
  const file = describeFile(path);
  const real = file.errno === 'ok' ? realpathSync(path) : path;
  const source: Source =
    place.kind === 'machine' ? { from: 'there' } : { from: 'here', file: real };
  return { path: byteString(real), source, file };
}

/** The interpreter that the user named; undefined where none was. */
export async function namedInterpreter(
  wish: Wish,
  place: Place,
  engine: Engine | undefined,
): Promise<FoundInterpreter | undefined> {
  if (wish.fromFile !== undefined) return fromHere(wish.fromFile, place);
  if (wish.image !== undefined) {
    if (engine === undefined) throw imageWithoutEngine();
    const { image, interpreter } = wish;
    if (interpreter !== undefined) return inImage(engine, place, image, [interpreter]);
    return undefined;
  }
  if (wish.interpreter === undefined) return undefined;
  const path = byteString(wish.interpreter);
  const [file] = await place.look([path]);
  return { path, source: { from: 'there' }, file: file ?? { path, errno: 'ENOENT' } };
}

function imageWithoutEngine(): XbuildError {
  return new XbuildError(
    'bad-argument',
    '--image takes the emulator from an image of an engine, and --local means no engine',
    'Leave --local out, or name a file with --from-file.',
  );
}

/** The first of some paths that an image has. */
async function inImage(
  engine: Engine,
  place: Place,
  image: string,
  paths: readonly string[],
): Promise<FoundInterpreter> {
  await ensureImage(engine, image);
  const probe = await makeImageProbe(engine.docker, { architecture: place.architecture });
  const commands = paths.map((path) => ({ do: 'look' as const, path }));
  const { files } = await probe.run({ image, commands });
  for (const path of paths) {
    const file = files.find((one) => one.path === path);
    if (file?.errno !== 'ok') continue;
    const end =
      file.kind === 'symlink' ? (files.find((one) => one.path === file.target) ?? file) : file;
    return { path, source: { from: 'image', image }, file: { ...end, path } };
  }
  throw new XbuildError(
    'bad-argument',
    `the image ${escapeLine(image)} has none of: ${paths.join(', ')}`,
    'Say where in it the emulator is: --interpreter PATH',
  );
}

/**
 * Whether an image has to be pulled. Throws `image-missing` for one that is not there and is not
 * named by its digest.
 */
export async function mustPull(engine: Engine, image: string): Promise<boolean> {
  const there = await engine.docker
    .getImage(image)
    .inspect()
    .then(
      () => true,
      (error: { statusCode?: number }) => {
        if (error.statusCode === 404) return false;
        throw engine.failure(error);
      },
    );
  if (there) return false;
  if (!/@sha256:[0-9a-f]{64}$/.test(image)) {
    throw new XbuildError(
      'image-missing',
      `the engine has no image ${escapeLine(image)}, and what a bare name stands for may change: it is not pulled to be run with all rights`,
      'Pull it yourself, or name it with its digest: --image tonistiigi/binfmt@sha256:…',
    );
  }
  return true;
}

/** Pulls an image that is given by digest and not there: what comes is what was named. */
async function ensureImage(engine: Engine, image: string): Promise<void> {
  if (!(await mustPull(engine, image))) return;
  try {
    const stream = await engine.docker.pull(image);
    await new Promise<void>((resolve, reject) => {
      engine.docker.modem.followProgress(stream, (error: Error | null) =>
        error === null ? resolve() : reject(error),
      );
    });
  } catch (error) {
    throw new XbuildError(
      'image-missing',
      `the engine could not pull ${escapeLine(image)}: ${escapeLine(engine.failure(error).message)}`,
      'Check the name and the engine’s network, or send a file of this machine: --from-file /usr/bin/qemu-aarch64-static',
      { cause: error },
    );
  }
}

/** What came of looking for an emulator. */
export type Search =
  | { found: FoundInterpreter }
  /** Why each file that is there will not do, and the package that would bring one. */
  | { unsuitable: string[]; installable?: EmulatorPackage };

/** Looks for a static emulator of an architecture, in the image if there is one, else on this machine. */
export async function findEmulator(
  architecture: string,
  place: Place,
  native: readonly string[],
  { image, engine }: { image?: string | undefined; engine?: Engine | undefined },
): Promise<Search> {
  const paths = emulatorPaths(architecture, process.env['PATH'] ?? '');
  if (image !== undefined) {
    if (engine === undefined) throw imageWithoutEngine();
    const inside = paths.filter((path) => path.startsWith('/usr/'));
    return { found: await inImage(engine, place, image, inside) };
  }
  const unsuitable: string[] = [];
  for (const path of paths.filter((one) => existsSync(one))) {
    const found = fromHere(path, place);
    const fault = interpreterFault(found.file, native);
    if (fault === undefined) return { found: await asNear(found, place) };
    unsuitable.push(`${path}: ${fault}`);
  }
  const release = place.sharesFiles ? osRelease() : '';
  const installable = emulatorPackage(release, architecture);
  return { unsuitable, ...(installable === undefined ? {} : { installable }) };
}

/** Where the file is also on that machine, it is opened there instead of being sent. */
async function asNear(found: FoundInterpreter, place: Place): Promise<FoundInterpreter> {
  if (!place.sharesFiles || found.source.from !== 'here') return found;
  const [there] = await place.look([found.path]);
  const same =
    there?.errno === 'ok' && there.size === found.file.size && there.head === found.file.head;
  return same ? { ...found, source: { from: 'there' } } : found;
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
