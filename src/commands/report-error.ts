import { XbuildError } from '../model/errors.ts';
import { escapeText } from '../model/escape.ts';
import type { Paint } from '../model/paint.ts';
import type { ErrorDocument } from '../reporters/documents.ts';

/** An error for people: what and why, the evidence, and what to do. */
export function renderError(error: unknown, paint: Paint): string {
  if (error instanceof XbuildError) {
    const detail = error.detail.map((line) => `  ${escapeText(line)}\n`).join('');
    return `${paint('red', 'error:')} ${escapeText(error.message)}\n${detail}${paint('bold', 'hint:')}  ${escapeText(error.hint)}\n`;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${paint('red', 'error:')} this is a bug of xbuild, not of yours:\n${escapeText(text)}\n${paint('bold', 'hint:')}  Report it with this text, and the command that you ran.\n`;
}

/** The same as a JSON document. */
export function errorDocument(error: unknown, command: string): ErrorDocument {
  const fields =
    error instanceof XbuildError
      ? { code: error.code, message: error.message, hint: error.hint, detail: error.detail }
      : {
          code: 'bug' as const,
          message: String(error),
          hint: 'Report it with this text.',
          detail: [],
        };
  return { schemaVersion: 1, command, ok: false, error: fields };
}

/** The exit status for an error: its own, or 1 for a bug. */
export function statusOf(error: unknown): number {
  return error instanceof XbuildError ? error.exitStatus : 1;
}
