import { createInterface } from 'node:readline/promises';

/** Where questions are asked. */
export interface Asking {
  stdin: NodeJS.ReadStream;
  stderr: NodeJS.WriteStream;
  signal: AbortSignal;
}

/** Whether somebody is there to answer. */
export function canAsk({ stdin, stderr }: Asking): boolean {
  return stdin.isTTY && stderr.isTTY;
}

/** Asks a question to be answered with yes; anything else, the end of input too, is no. */
export async function askYes(
  question: string,
  { stdin, stderr, signal }: Asking,
): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), ended]);
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
