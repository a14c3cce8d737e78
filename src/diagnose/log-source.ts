import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { SurfaceLine } from '../model/diagnosis.ts';
import { withoutSecrets } from '../model/secrets.ts';

const longestLine = 2000;
const firstKept = 60;
const lastKept = 200;
const tellingKept = 70;

/**
 * Lines from the middle of a long log that are worth keeping: those that are about a program that
 * does not start, and those that may be. A web server says `not found` all day.
 */
const telling = [
  /exec format error|exec user process|exec: |exec container|error while loading|Error loading shared|Error relocating|uncaught target signal|illegal instruction|x86-64-v[234]|GLIBC_|kernel too old|cannot execute|can't execute|text file busy|rosetta|\bptrace\b|must be suid|effective uid|OCI runtime|did not complete successfully|bad interpreter/i,
  /no such file|not found|permission denied|operation not permitted|too many levels|platform|manifest|syntax error|input\/output error|binfmt/i,
] as const;

/** A log, bounded: the first lines, the last ones, and what is telling between them. */
export interface BoundedLog {
  lines: SurfaceLine[];
  cut: boolean;
}

/** Keeps of a log of any size as much as a diagnosis can use. */
export class LogKeeper {
  readonly #first: SurfaceLine[] = [];
  readonly #telling: readonly SurfaceLine[][] = telling.map(() => []);
  #last: SurfaceLine[] = [];
  #number = 0;
  #dropped = false;

  add(line: string): void {
    this.#number++;
    if (line.length > longestLine) this.#dropped = true;
    // Cleaned at the end: of a long log nearly all lines are thrown away.
    const kept: SurfaceLine = {
      from: 'log',
      text: line.slice(0, longestLine),
      number: this.#number,
    };
    if (this.#first.length < firstKept) this.#first.push(kept);
    else this.#last.push(kept);
    if (this.#last.length > 20 * lastKept) this.#leave(this.#last.length - lastKept);
  }

  #leave(count: number): void {
    this.#dropped = true;
    for (const line of this.#last.slice(0, count)) {
      const kept = this.#telling[telling.findIndex((words) => words.test(line.text))];
      if (kept !== undefined && kept.length < tellingKept) kept.push(line);
    }
    this.#last = this.#last.slice(count);
  }

  end(): BoundedLog {
    if (this.#last.length > lastKept) this.#leave(this.#last.length - lastKept);
    const between = this.#telling
      .flat()
      .toSorted((one, other) => (one.number ?? 0) - (other.number ?? 0));
    const lines = [...this.#first, ...between, ...this.#last];
    return {
      lines: lines.map((line) => ({ ...line, text: withoutSecrets(cleanLine(line.text)) })),
      cut: this.#dropped,
    };
  }
}

/** A complaint about a name that ends in a carriage return goes on behind it. */
const goesOn = /\r(?=['’"\u0060]?: )/g;

/** Without escape sequences, and without what a carriage return has overwritten. */
function cleanLine(line: string): string {
  const bare = line.includes('\u001b') ? stripVTControlCharacters(line) : line;
  const whole = bare.endsWith('\r') ? bare.slice(0, -1) : bare;
  return whole.replaceAll(goesOn, String.raw`\r`).replace(/^.*\r(?=[^\r])/s, '');
}

/** Reads a log to its end, however long it and its lines are, in little memory. */
export async function readLog(stream: Readable | AsyncIterable<Buffer>): Promise<BoundedLog> {
  const keeper = new LogKeeper();
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const addAll = (text: string) => {
    const pieces = text.split('\n');
    pieces[0] = rest + (pieces[0] ?? '');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) keeper.add(piece);
    // The rest of an endless line is thrown away as it comes.
    if (rest.length > 2 * longestLine) rest = rest.slice(0, longestLine + 1);
  };
  for await (const chunk of stream) addAll(decoder.write(chunk as Buffer));
  if (rest !== '') keeper.add(rest);
  return keeper.end();
}
