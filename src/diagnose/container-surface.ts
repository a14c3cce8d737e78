import type Dockerode from 'dockerode';
import type { Stage, Surface, SurfaceLine } from '../model/diagnosis.ts';
import type { ContainerFacts } from '../model/container.ts';
import { refusalOf } from '../probe/refusal.ts';
import { readLog, type BoundedLog } from './log-source.ts';

const lastLines = 400;

/** The end of a container's log; why there is none, where the engine does not keep it. */
export async function readContainerLog(
  container: Dockerode.Container,
  tty: boolean,
): Promise<BoundedLog | { unknown: string }> {
  try {
    const bytes = await container.logs({
      follow: false,
      stdout: true,
      stderr: true,
      tail: lastLines,
    });
    return await readLog(streams(tty ? bytes : withoutFrames(bytes)));
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return { unknown: `the container's log: ${refusal.message}` };
  }
}

async function* streams(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** Frames of 8 bytes (stream, 3 zeros, length) and content. */
function withoutFrames(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at + 4);
    pieces.push(bytes.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(pieces);
}

const execLine =
  /^(?:standard_init_linux\.go:\d+: )?exec (?:user process caused|\S+: (?:exec format error|no such file or directory|permission denied|too many levels|input\/output error|operation not permitted|accessing a corrupted|invalid argument|argument list|text file busy|bad address|not a directory|is a directory|file name too long|cannot allocate))|exec container process/i;

/** What people saw of a container: its state, its healthcheck, its log. */
export function surfaceOf(container: ContainerFacts, log: BoundedLog): Surface {
  const { state } = container;
  const lines: SurfaceLine[] = [
    ...(state.error === '' ? [] : [{ from: 'state' as const, text: state.error }]),
    ...failedChecks(container),
    ...log.lines,
  ];
  const running = state.running && !state.restarting && state.restartCount === 0;
  return {
    stage: stageOf(container, log),
    exitCode: running || state.status === 'created' ? codeOfCreated(container) : state.exitCode,
    lines,
    cut: log.cut,
  };
}

function codeOfCreated({ state }: ContainerFacts): number | null {
  return state.status === 'created' && state.error !== '' ? state.exitCode : null;
}

function failedChecks({ state }: ContainerFacts): SurfaceLine[] {
  const failed = (state.health?.log ?? []).filter(({ exitCode }) => exitCode !== 0);
  const texts = failed.flatMap(({ output }) => output.split('\n').filter(Boolean));
  return [...new Set(texts)].slice(-20).map((text) => ({ from: 'health', text }));
}

function stageOf({ state }: ContainerFacts, log: BoundedLog): Stage {
  const loops = state.restarting || state.restartCount > 0;
  const last = log.lines.slice(-20);
  if (state.running && !loops) return 'running';
  if (state.error !== '') return 'runtime';
  if (state.status === 'created') return 'never';
  if (last.some(({ text }) => execLine.test(text))) return 'exec';
  return state.exitCode === 0 && !loops ? 'ended' : 'program';
}
