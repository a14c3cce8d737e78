import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dockerCommand, missingDocker } from '../io/docker-cli.ts';
import type { ClientFacts } from '../model/preflight.ts';
import type { BuildEvent } from '../progress/event.ts';
import { plainReader } from '../progress/plain.ts';
import { rawjsonReader } from '../progress/rawjson.ts';
import type { Solve } from './plan.ts';
import { rawLines } from './raw-lines.ts';
import { speaksJson } from './refuse.ts';
import { withTemporary } from './temporary.ts';

/** How one solve ended. */
export interface SolveResult {
  ok: boolean;
  interrupted: boolean;
  seconds: number;
  /** Id of the image in the engine's store, or the digest of what was pushed. */
  imageId?: string;
  /** What buildx wrote about the result. */
  metadata?: Record<string, unknown>;
}

export interface SolveOptions {
  client: ClientFacts;
  onEvent: (event: BuildEvent) => void;
  /** Raw bytes of the client's progress, for --progress=rawjson. */
  onRaw?: (chunk: string) => void;
  /** A file that stands in for standard input (context or Dockerfile `-`). */
  stdin?: string;
  /** Where the client's own standard output goes: only an --output to `-` uses it. */
  stdout: 'ignore' | 'inherit';
  signal: AbortSignal;
}

/**
 * Runs one solve to its end and reports its events; a build that fails is a value.
 *
 * On abort the client gets SIGINT, so that it tells the engine to stop, and SIGKILL after five
 * seconds.
 */
export async function runSolve(solve: Solve, options: SolveOptions): Promise<SolveResult> {
  const started = performance.now();
  return withTemporary('xbuild-solve-', async (folder) => {
    const exitStatus = await runClient(withFiles(solve, options.client, folder), solve, options);
    return {
      ok: exitStatus === 0,
      interrupted: options.signal.aborted,
      seconds: (performance.now() - started) / 1000,
      ...(exitStatus === 0 ? await readResult(folder) : {}),
    };
  });
}

/** The flags by which xbuild hears of progress and result stand before everything of the user's. */
function withFiles(solve: Solve, client: ClientFacts, folder: string): string[] {
  const at = solve.arguments.indexOf('build') + 1;
  // Without buildx a build whose output is no image fails for want of an id.
  const id = solve.arguments.includes('--output') ? [] : ['--iidfile', join(folder, 'iid')];
  const result = client.buildx === null ? id : ['--metadata-file', join(folder, 'metadata.json')];
  const progress = `--progress=${speaksJson(client) ? 'rawjson' : 'plain'}`;
  return [...solve.arguments.slice(0, at), progress, ...result, ...solve.arguments.slice(at)];
}

async function runClient(argv: string[], solve: Solve, options: SolveOptions): Promise<number> {
  const { execa } = await import('execa');
  const read = speaksJson(options.client) ? rawjsonReader() : plainReader();
  const child = execa(dockerCommand(), argv, {
    reject: false,
    buffer: false,
    env: solve.environment,
    stdin: options.stdin === undefined ? 'ignore' : { file: options.stdin },
    stdout: options.stdout,
    stderr: 'pipe',
    encoding: 'utf8',
    cancelSignal: options.signal,
    killSignal: 'SIGINT',
    forceKillAfterDelay: 5000,
  });
  const decoder = new TextDecoder();
  const raw = options.onRaw === undefined ? undefined : rawLines(options.onRaw);
  const take = (text: string) => {
    raw?.(text);
    for (const event of read(text)) options.onEvent(event);
  };
  child.stderr.on('data', (chunk: Buffer) => take(decoder.decode(chunk, { stream: true })));
  const result = await child;
  take('\n');
  if (result.code === 'ENOENT') throw missingDocker();
  return result.exitCode ?? 1;
}

async function readResult(folder: string): Promise<Pick<SolveResult, 'imageId' | 'metadata'>> {
  const metadata = await readOptional(join(folder, 'metadata.json'));
  if (metadata === undefined) {
    const id = (await readOptional(join(folder, 'iid')))?.trim();
    return id === undefined || id === '' ? {} : { imageId: id };
  }
  const fields = JSON.parse(metadata) as Record<string, unknown>;
  // The classic store knows an image by its configuration's digest, the containerd store by the
  // manifest's or the index's; buildx leaves the first one out where it is not the id.
  const config = fields['containerimage.config.digest'];
  const digest = fields['containerimage.digest'];
  const id = typeof digest === 'string' ? digest : config;
  return { metadata: fields, ...(typeof id === 'string' ? { imageId: id } : {}) };
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}
