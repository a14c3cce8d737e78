import type Dockerode from 'dockerode';
import { refusalOf } from '../probe/refusal.ts';
import { inspectContainer } from './container-facts.ts';

/** How long a detached container is watched: those that die at once are what is looked for. */
const WATCH = 1500;

/** What became of a detached container. `gone`: --rm has taken it away. */
export type Became = 'well' | 'failed' | { gone: number };

/**
 * Watches a container that was just started, until it ends or has been up for a moment. `removed`:
 * with --rm the engine takes it away.
 */
export async function watchContainer(
  docker: Dockerode,
  { id, removed }: { id: string; removed: boolean },
): Promise<Became> {
  const started = Math.floor(Date.now() / 1000) - 60;
  const ended = await firstEnd(docker, id);
  try {
    const { State: state, RestartCount: restarts = 0 } = await inspectContainer(docker, id);
    if (state.Restarting || restarts > 0) return 'failed';
    if (state.Running || state.ExitCode === 0) return 'well';
    // The engine is taking it away, and shows an empty folder as its files.
    const going = state.Status === 'removing' || state.Status === 'dead';
    return going || removed ? { gone: state.ExitCode } : 'failed';
  } catch (error) {
    if (refusalOf(error)?.statusCode !== 404) throw error;
    const status = ended ?? (await statusOf(docker, id, started));
    return status === 0 || status === undefined ? 'well' : { gone: status };
  }
}

/** Its exit status where it ends while it is watched; undefined where it does not, or is gone already. */
async function firstEnd(docker: Dockerode, id: string): Promise<number | undefined> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), WATCH);
  try {
    const container = docker.getContainer(id);
    const options = { condition: 'not-running' as const, abortSignal: stop.signal };
    const answer = (await container.wait(options)) as { StatusCode?: number };
    return answer.StatusCode;
  } catch (error) {
    if (stop.signal.aborted || refusalOf(error)?.statusCode === 404) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What the engine's events tell of a container that is gone. */
async function statusOf(docker: Dockerode, id: string, since: number): Promise<number | undefined> {
  const until = Math.ceil(Date.now() / 1000) + 1;
  const filters = JSON.stringify({ container: [id], event: ['die'] });
  const stream = await docker.getEvents({ since, until, filters });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  const found = /"exitCode":"(?<status>\d+)"/.exec(text)?.groups?.['status'];
  return found === undefined ? undefined : Number(found);
}
