import { XbuildError } from './errors.ts';
import { escapeLine } from './escape.ts';
import { parseReference, type ImageReference } from './image-reference.ts';

/** What `verify` is pointed at. */
export type VerifyTarget =
  /** An image of the engine's. */
  | { kind: 'image'; name: string }
  /** A container of the engine's, running or not. */
  | { kind: 'container'; name: string }
  /** An image in a registry, which is not pulled. */
  | { kind: 'registry'; reference: ImageReference }
  /** A folder with an OCI image layout; `name`: one of its images. */
  | { kind: 'layout'; path: string; name?: string }
  /** A file: what `docker save` writes, or an OCI image layout in a tar. */
  | { kind: 'archive'; path: string; name?: string };

const fileKinds = {
  oci: 'layout',
  'oci-archive': 'archive',
  'docker-archive': 'archive',
} as const;

/** For usage lines, and for the hint of an error. */
export const targetForms =
  'NAME, docker-daemon:NAME, docker://REFERENCE, oci:FOLDER[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME] or container:NAME';

/**
 * Reads what to verify, in the words of containers-transports(5), and `container:NAME`. A word
 * without a transport is a local image. Throws XbuildError `bad-argument`.
 */
export function parseVerifyTarget(word: string): VerifyTarget {
  const [, transport, rest = ''] = /^([a-z][a-z-]*):(.*)$/s.exec(word) ?? [];
  if (transport === 'docker' && rest.startsWith('//')) {
    return { kind: 'registry', reference: parseReference(rest.slice(2)) };
  }
  if (transport === 'docker-daemon') return { kind: 'image', name: required(word, rest) };
  if (transport === 'container') return { kind: 'container', name: required(word, rest) };
  if (transport !== undefined && Object.hasOwn(fileKinds, transport)) {
    const { path, name } = splitPath(required(word, rest));
    const kind = fileKinds[transport as keyof typeof fileKinds];
    return name === undefined ? { kind, path } : { kind, path, name };
  }
  return { kind: 'image', name: required(word, word) };
}

function required(word: string, rest: string): string {
  if (rest !== '' && !rest.startsWith('-')) return rest;
  throw new XbuildError(
    'bad-argument',
    `Cannot tell what to verify from "${escapeLine(word)}": it names nothing.`,
    `Write ${targetForms}.`,
  );
}

/** The first colon ends the path; a drive's letter is part of it. */
function splitPath(rest: string): { path: string; name?: string } {
  const colon = rest.indexOf(':', /^[A-Za-z]:[\\/]/.test(rest) ? 2 : 0);
  if (colon < 0) return { path: rest };
  const name = rest.slice(colon + 1);
  return { path: rest.slice(0, colon), ...(name === '' ? {} : { name }) };
}
