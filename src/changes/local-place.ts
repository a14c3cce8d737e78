import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BINFMT_DIRECTORY, readLocalTable } from '../binfmt/read-local.ts';
import { XbuildError } from '../model/errors.ts';
import { isKnown, type FileFacts, type KernelFacts } from '../model/facts.ts';
import { wordsOf, type ProbeCommand } from '../probe/command.ts';
import {
  decodeStream,
  judgeGuest,
  readFileAnswers,
  readKernelAnswer,
  readRunAnswers,
  type ProbeStream,
} from '../probe/decode.ts';
import { guestHead, makeProbeImage, type ProbeImage } from '../probe/image.ts';
import type { Place, Written } from './place.ts';
import { inverseOf, pathOf, type Write } from './plan/write.ts';

const GO_NAMES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
  mips64el: 'mips64le',
};

/** This machine's architecture in Go's words. */
export function ownArchitecture(): string {
  return GO_NAMES[process.arch] ?? process.arch;
}

/**
 * The rule table of this machine's kernel (of its user namespace, strictly), changed by this
 * process. Throws `bad-argument` where this machine is no Linux.
 */
export async function localPlace(directory: string = BINFMT_DIRECTORY): Promise<Place> {
  // Says what is wrong where there is nothing to read.
  readLocalTable(directory);
  const architecture = ownArchitecture();
  const image = await makeProbeImage(architecture);
  return {
    kind: 'machine',
    name: directory === BINFMT_DIRECTORY ? 'this machine' : `this machine (${directory})`,
    directory,
    architecture,
    sharesFiles: true,
    read: (programs) => readHere(image, directory, programs),
    look: (paths) => lookHere(image, paths),
    write: (writes) => inPrograms(image, (folder) => writeHere(writes, directory, folder)),
    mount: () => Promise.resolve(mountHere(directory)),
  };
}

/** Puts the probe's programs where they can be executed, for as long as `work` takes. */
async function inPrograms<T>(image: ProbeImage, work: (folder: string) => T): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'xbuild-binfmt-'));
  try {
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'launcher'), image.launcher, { mode: 0o755 });
    await Promise.all(
      Array.from(image.guests, ([name, bytes]) =>
        writeFile(join(folder, name), bytes, { mode: 0o755 }),
      ),
    );
    return work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function launch(folder: string, commands: readonly ProbeCommand[]): ProbeStream {
  const launcher = join(folder, 'launcher');
  const { stdout, error } = spawnSync(launcher, wordsOf(commands), { maxBuffer: 16 << 20 });
  if (error === undefined) return decodeStream(stdout);
  throw new XbuildError(
    'probe-failed',
    `this machine does not run the probe, a native program without needs: ${error.message}`,
    'Look for a rule that takes native programs: xbuild binfmt list --local. Or TMPDIR is mounted noexec.',
    { cause: error },
  );
}

async function readHere(
  image: ProbeImage,
  directory: string,
  programs: readonly string[] = Array.from(image.guests.keys()),
): Promise<KernelFacts> {
  return inPrograms(image, (folder) => {
    const { binfmt } = readLocalTable(directory);
    const runs = programs.map((name): ProbeCommand => ({ do: 'run', words: [join(folder, name)] }));
    const stream = launch(folder, [{ do: 'kernel' }, ...runs]);
    const kernel = readKernelAnswer(stream);
    if (!isKnown(kernel)) {
      throw new XbuildError('probe-failed', kernel.unknown, 'Run it again.');
    }
    const { binfmtListed: _listed, ...facts } = kernel;
    const answers = readRunAnswers(stream);
    return {
      ...facts,
      binfmt,
      runs: programs.flatMap((name, at) => {
        const answer = answers[at];
        return answer === undefined ? [] : [judgeGuest(name, guestHead(image, name), answer)];
      }),
      interpreters: [],
    };
  });
}

/** What each path leads to in the end, links followed; the probe tells every step on the way. */
function lookHere(image: ProbeImage, paths: readonly string[]): Promise<FileFacts[]> {
  return inPrograms(image, (folder) =>
    paths.flatMap((path) => {
      const files = readFileAnswers(launch(folder, [{ do: 'look', path }]));
      const found = endOf(path, files);
      return found === undefined ? [] : [{ ...found, path }];
    }),
  );
}

function endOf(path: string, files: readonly FileFacts[]): FileFacts | undefined {
  // Links come before what they lead to; an error ends the walk.
  const end = files.find(({ kind }) => kind !== 'symlink' && kind !== 'directory');
  return end ?? files.find((file) => file.path === path);
}

/** In this process, which goes on running whatever the rules do: it can take them back. */
function writeHere(writes: readonly Write[], directory: string, folder: string): Written {
  const results: string[] = [];
  for (const write of writes) {
    const failed = results.some((errno) => errno !== 'ok');
    results.push(failed ? 'skipped' : writeOnce(write, directory));
  }
  const own = ownArchitecture();
  const program = join(folder, own === 'arm' ? 'arm-v5' : own);
  const { error, status } = spawnSync(program, { stdio: ['ignore', 'ignore', 'ignore'] });
  if (error === undefined && status === 0) return { results };
  for (const [at, write] of Array.from(writes.entries()).toReversed()) {
    const inverse = inverseOf(write);
    if (results[at] === 'ok' && inverse !== undefined) writeOnce(inverse, directory);
  }
  return { results, broken: error === undefined ? 'died' : errnoOf(error) };
}

function errnoOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'EIO';
}

function writeOnce(write: Write, directory: string): string {
  let file: number | undefined;
  try {
    file = openSync(Buffer.from(pathOf(write, directory), 'latin1'), constants.O_WRONLY);
    writeSync(file, Buffer.from(write.text, 'latin1'));
    return 'ok';
  } catch (error) {
    return errnoOf(error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function mountHere(directory: string): { errno: string; how: 'mounted' | 'was mounted' } {
  // Reading it has set off systemd's automount, where there is one.
  if (readLocalTable(directory).binfmt.mount === 'binfmt_misc') {
    return { errno: 'ok', how: 'was mounted' };
  }
  const words = ['-t', 'binfmt_misc', 'binfmt_misc', directory];
  const { status, stderr, error } = spawnSync('mount', words, { encoding: 'utf8' });
  if (status === 0) return { errno: 'ok', how: 'mounted' };
  const [first = ''] = stderr.trim().split('\n');
  return { errno: error?.message ?? first, how: 'mounted' };
}
