import type { BuildEvent, StepEvent } from './event.ts';
import { isCancelled } from './rawjson.ts';

/**
 * Makes a reader of `--progress=plain`, the only machine-readable output of clients without buildx.
 *
 * Lines look like `#5 [2/3] RUN make`, `#5 0.123 text`, `#5 DONE 1.2s`; times are given by `now`.
 */
export function plainReader(now: () => number = Date.now): (chunk: string) => BuildEvent[] {
  const names = new Map<string, string>();
  const starts = new Map<string, number>();
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    return lines.flatMap((line) => readLine(line.replace(/\r$/, ''), { names, starts, now }));
  };
}

interface Memory {
  names: Map<string, string>;
  starts: Map<string, number>;
  now: () => number;
}

const numbered = /^#(?<id>\d+) (?<rest>.*)$/;
const ended =
  /^(?:(?<done>DONE) [\d.]+s|(?<cached>CACHED)|(?<cancelled>CANCELED)|ERROR: (?<error>.*))$/;

function readLine(line: string, memory: Memory): BuildEvent[] {
  const groups = numbered.exec(line)?.groups;
  if (groups === undefined) return line.trim() === '' ? [] : [{ kind: 'message', text: line }];
  const id = groups['id'] ?? '';
  const rest = groups['rest'] ?? '';
  const end = ended.exec(rest)?.groups;
  if (end !== undefined) return [endOf(id, end, memory)];
  if (!memory.names.has(id)) {
    memory.names.set(id, rest);
    memory.starts.set(id, memory.now());
    return [stepEvent(id, 'running', memory)];
  }
  // What a program printed has its time in front; digests, transfers and repeated names have none.
  const output = /^\d+\.\d+ (?<text>.*)$/.exec(rest)?.groups;
  return output === undefined ? [] : [{ kind: 'output', id, text: `${output['text']}\n` }];
}

function endOf(id: string, end: Record<string, string>, memory: Memory): StepEvent {
  const error = end['error'];
  if (error !== undefined) {
    const state = isCancelled(error) ? 'cancelled' : 'failed';
    return { ...stepEvent(id, state, memory), completed: memory.now(), error };
  }
  if (end['cancelled'] !== undefined) return stepEvent(id, 'cancelled', memory);
  const state = end['cached'] === undefined ? 'done' : 'cached';
  return { ...stepEvent(id, state, memory), completed: memory.now() };
}

function stepEvent(id: string, state: StepEvent['state'], memory: Memory): StepEvent {
  const started = memory.starts.get(id);
  const name = memory.names.get(id) ?? '';
  return { kind: 'step', id, name, state, ...(started === undefined ? {} : { started }) };
}
