/** A command that must run in an image, and what is expected of it. */
export interface Smoke {
  /** A list of words; a text is for /bin/sh. */
  run: string[] | string;
  /** Formatted platforms; absent for all. */
  platforms?: string[];
  /** Milliseconds. */
  timeLimit: number;
  /** The exit status that it must end with. */
  status: number;
  /** What its standard output must hold. */
  output?: string;
}

/** What came of a smoke command. Text is untrusted. */
export type SmokeResult =
  | { outcome: 'ended'; status: number; stdout: string; stderr: string }
  | { outcome: 'timeout'; stdout: string; stderr: string }
  /** The engine did not start it; its words. */
  | { outcome: 'refused'; message: string };

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** A time such as `500ms`, `10s`, `2m`, or a number of seconds, in milliseconds. */
export function millisecondsOf(time: string | number): number {
  if (typeof time === 'number') return time * 1000;
  const [, count = '', unit = ''] = /^(\d+)(ms|s|m)$/.exec(time) ?? [];
  return Number(count) * (units[unit] ?? Number.NaN);
}
