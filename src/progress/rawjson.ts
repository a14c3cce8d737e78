import type { BuildEvent, StepEvent } from './event.ts';

/**
 * Makes a reader of `--progress=rawjson`: feed it text as it comes, it returns the events that are
 * complete.
 *
 * buildx 0.13 prints objects over several lines, 0.29 one a line, and both print plain text beside
 * them; so values are cut out by their braces, and what stands outside is a message.
 */
export function rawjsonReader(): (chunk: string) => BuildEvent[] {
  const cutter = new ValueCutter();
  const lines = new LineJoiner();
  return (chunk) => cutter.push(chunk).flatMap((piece) => eventsOf(piece, lines));
}

/** A program that never ends its line is shown in pieces of this many bytes. */
const LONGEST = 65_536;

/** Joins what a step writes to whole lines: BuildKit sends each write(2), in the middle of characters too. */
class LineJoiner {
  private readonly open = new Map<string, Buffer>();

  take(id: string, bytes: Buffer): string {
    const before = this.open.get(id);
    const all = before === undefined ? bytes : Buffer.concat([before, bytes]);
    const end = all.length > LONGEST ? all.length : all.lastIndexOf(0x0a) + 1;
    if (end < all.length) this.open.set(id, all.subarray(end));
    else this.open.delete(id);
    return all.toString('utf8', 0, end);
  }

  /** What is left of a step that has ended. */
  rest(id: string): string {
    const rest = this.open.get(id)?.toString('utf8') ?? '';
    this.open.delete(id);
    return rest;
  }
}

type Piece = { json: string } | { text: string };

/** Cuts a stream into JSON objects that begin at the start of a line, and the lines between. */
class ValueCutter {
  private rest = '';

  push(chunk: string): Piece[] {
    this.rest += chunk;
    const pieces: Piece[] = [];
    for (let piece = this.next(); piece !== undefined; piece = this.next()) pieces.push(piece);
    return pieces;
  }

  private next(): Piece | undefined {
    this.rest = this.rest.replace(/^\s+/, '');
    const end = this.rest.startsWith('{') ? objectEnd(this.rest) : this.rest.indexOf('\n');
    if (end < 0) return undefined;
    const piece = this.rest.slice(0, end + 1);
    const isJson = this.rest.startsWith('{');
    this.rest = this.rest.slice(end + 1);
    return isJson ? { json: piece } : { text: piece.trimEnd() };
  }
}

/** Index of the brace that closes the object at the start of the text; -1 where it is not there yet. */
function objectEnd(text: string): number {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return i;
  }
  return -1;
}

interface Status {
  vertexes?: Vertex[];
  logs?: { vertex?: string; data?: string }[];
}

interface Vertex {
  digest?: string;
  name?: string;
  inputs?: string[];
  started?: string;
  completed?: string;
  cached?: boolean;
  error?: string;
}

function eventsOf(piece: Piece, lines: LineJoiner): BuildEvent[] {
  if ('text' in piece) return [{ kind: 'message', text: piece.text }];
  const status = parse(piece.json);
  if (status === undefined) return [{ kind: 'message', text: piece.json }];
  const steps = (status.vertexes ?? []).map(stepOf);
  const written = (status.logs ?? []).map(({ vertex = '', data = '' }) => ({
    id: vertex,
    text: lines.take(vertex, Buffer.from(data, 'base64')),
  }));
  const ended = steps.filter(({ completed }) => completed !== undefined);
  const rests = ended.map(({ id }) => ({ id, text: lines.rest(id) }));
  const output = [...written, ...rests].filter(({ text }) => text !== '');
  return [...steps, ...output.map(({ id, text }) => ({ kind: 'output' as const, id, text }))];
}

function parse(json: string): Status | undefined {
  try {
    return JSON.parse(json) as Status;
  } catch {
    return undefined;
  }
}

function stepOf(vertex: Vertex): StepEvent {
  return {
    kind: 'step',
    id: vertex.digest ?? '',
    name: vertex.name ?? '',
    ...(vertex.inputs === undefined ? {} : { inputs: vertex.inputs }),
    state: stateOf(vertex),
    ...time('started', vertex.started),
    ...time('completed', vertex.completed),
    ...(vertex.error ? { error: vertex.error } : {}),
  };
}

function stateOf(vertex: Vertex): StepEvent['state'] {
  if (vertex.error) return isCancelled(vertex.error) ? 'cancelled' : 'failed';
  if (vertex.cached === true) return 'cached';
  if (vertex.started === undefined) return 'announced';
  return vertex.completed === undefined ? 'running' : 'done';
}

/**
 * BuildKit ends the other platforms' steps when one fails; they are not what went wrong. What it
 * killed reads `process "…" did not complete successfully: exit code: 137: context canceled`, where
 * the process may be the user's text: only the end counts.
 */
export function isCancelled(error: string): boolean {
  return /(?:^|[:=] )(?:context canceled|canceled)$/i.test(error.trim());
}

function time<K extends string>(key: K, text: string | undefined): Partial<Record<K, number>> {
  return text === undefined ? {} : ({ [key]: Date.parse(text) } as Record<K, number>);
}
