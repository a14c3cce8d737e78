import { styleText } from 'node:util';
import type { Paint } from '../model/paint.ts';

/** What a stream that people read can show. */
export interface Terminal {
  /** Whether it is a terminal that can be drawn on. */
  live: boolean;
  columns: number;
  unicode: boolean;
  paint: Paint;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds out what a stream can show. NO_COLOR (any text), FORCE_COLOR, TERM=dumb and CI are heeded.
 *
 * Source: no-color.org, and what docker does.
 */
export function describeTerminal(
  stream: { isTTY?: boolean; columns?: number },
  env: Environment,
): Terminal {
  const tty = stream.isTTY === true && env['TERM'] !== 'dumb';
  return {
    live: tty && !env['CI'],
    columns: stream.columns ?? 80,
    unicode: speaksUnicode(env),
    paint: wantsColour(tty, env) ? colourful : (_style, text) => text,
  };
}

function wantsColour(tty: boolean, env: Environment): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0';
  return tty;
}

function speaksUnicode(env: Environment): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  if (env['TERM'] === 'linux') return false;
  return /utf-?8/i.test(locale) || process.platform === 'darwin' || Boolean(env['WT_SESSION']);
}

const colourful: Paint = (style, text) => styleText(style, text, { validateStream: false });
