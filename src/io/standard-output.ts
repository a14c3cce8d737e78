import { fstatSync, writeSync } from 'node:fs';

/** A stream that text for people or programs goes to. */
export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** `xbuild . | head` must not end in a stack trace. */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(onPipeError)) stream.on('error', onPipeError);
  }
}

function onPipeError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** Linux's number of /dev/null and its like: Documentation/admin-guide/devices.txt. */
const MEMORY_DEVICES = 1;

/** Whether what is written may go to a terminal; then Node's own stream says how wide it is. */
function mayBeTerminal(): boolean {
  const stats = fstatSync(1);
  return stats.isCharacterDevice() && stats.rdev >> 8 !== MEMORY_DEVICES;
}

function nodesOutput(): Output {
  ignoreClosedPipes();
  return process.stdout;
}

/** Writes to a file or a pipe; what a pipe does not take at once is left to Node's stream. */
function writeNow(text: string): void {
  const bytes = Buffer.from(text);
  let done = 0;
  try {
    while (done < bytes.length) done += writeSync(1, bytes, done);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') return;
    if (code !== 'EAGAIN') throw error;
    nodesOutput();
    process.stdout.write(bytes.subarray(done));
  }
}

/**
 * Standard output, without Node's stream where it is no terminal: to make that takes 5 ms of the 40
 * that Node takes to start.
 */
export function quickOutput(): Output {
  return mayBeTerminal() ? nodesOutput() : { write: writeNow };
}
