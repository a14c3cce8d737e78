import { closest } from '../model/closest.ts';
import { XbuildError } from '../model/errors.ts';
import type { CausesDocument } from '../reporters/documents.ts';
import type { TextOptions } from '../reporters/text-options.ts';
import { causes, families, renderCause, renderCauses } from './judging.ts';

/** `--list`: every cause that can be named. */
export function listText(json: boolean, options: TextOptions): string {
  if (!json) return renderCauses(causes, options);
  const listed = causes.map(({ id, family, title, why, prevent }) => ({
    id,
    family,
    title,
    why,
    prevent,
  }));
  const document: CausesDocument = {
    schemaVersion: 1,
    command: 'diagnose',
    ok: true,
    causes: listed,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** `--about ID`: one cause on a page. Throws `bad-argument`. */
export function pageText(id: string, options: TextOptions): string {
  const found = families.flatMap((family) => family.causes).find((cause) => cause.id === id);
  if (found !== undefined) return renderCause(found, options);
  const near = closest(
    id,
    causes.map((cause) => cause.id),
  );
  throw new XbuildError(
    'bad-argument',
    `no cause is called "${id}"`,
    near === undefined
      ? 'List them: xbuild diagnose --list'
      : `Did you mean: xbuild diagnose --about ${near}`,
  );
}
