import { XbuildError } from './errors.ts';

/** The name of an image in a registry, in full. */
export interface ImageReference {
  /** `docker.io`, `ghcr.io`, `localhost:5000`. */
  host: string;
  /** `library/busybox`. */
  repository: string;
  /** Absent where only a digest is given. */
  tag?: string;
  digest?: string;
}

const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryPattern = new RegExp(`^${part}(?:/${part})*$`);
const hostPattern =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;

/**
 * Reads a name as docker does: `busybox` is `docker.io/library/busybox:latest`. Throws XbuildError
 * `bad-argument`. Source: distribution/reference, whose grammar this is.
 */
export function parseReference(text: string): ImageReference {
  const [name = '', digest, ...more] = text.split('@');
  if (more.length > 0) throw rejected(text, 'it has more than one @');
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const path = colon < 0 ? name : name.slice(0, colon);
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  const { host, repository } = splitHost(path);
  if (!hostPattern.test(host)) throw rejected(text, `"${host}" is no host`);
  if (!repositoryPattern.test(repository) || repository.length > 255) {
    throw rejected(text, `"${repository}" is no repository: those are lower case`);
  }
  if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag))
    throw rejected(text, `"${tag}" is no tag`);
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$|^sha512:[0-9a-f]{128}$/.test(digest)) {
    throw rejected(text, `"${digest}" is no digest`);
  }
  const found = tag ?? (digest === undefined ? 'latest' : undefined);
  return {
    host,
    repository,
    ...(found === undefined ? {} : { tag: found }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The first part is a host where it could be nothing else. */
function splitHost(path: string): { host: string; repository: string } {
  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(0, slash));
  const isHost = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || /[A-Z]/.test(first));
  const host = isHost ? first : 'docker.io';
  const rest = isHost ? path.slice(slash + 1) : path;
  if (host !== 'docker.io' && host !== 'index.docker.io') return { host, repository: rest };
  return { host: 'docker.io', repository: rest.includes('/') ? rest : `library/${rest}` };
}

function rejected(text: string, why: string): XbuildError {
  return new XbuildError(
    'bad-argument',
    `Cannot read the image name "${text}": ${why}.`,
    'Write [HOST/]REPOSITORY[:TAG][@DIGEST], for example ghcr.io/me/app:1.',
  );
}

/** Writes a name in full. */
export function formatReference({ host, repository, tag, digest }: ImageReference): string {
  const tagged = tag === undefined ? '' : `:${tag}`;
  return `${host}/${repository}${tagged}${digest === undefined ? '' : `@${digest}`}`;
}
