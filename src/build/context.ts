import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { XbuildError } from '../model/errors.ts';
import type { BuildRequest } from './request.ts';

/** Whether a context or a Dockerfile is fetched by BuildKit: a URL or a git reference. */
export function isRemoteContext(context: string): boolean {
  return /^(?:https?|git|ssh):\/\/|^git@|^github\.com\//.test(context);
}

/**
 * Looks at the context and the Dockerfile before anything runs.
 *
 * Returns the Dockerfile's path, or undefined where it comes from elsewhere (standard input, a URL).
 * Throws `context-missing` or `dockerfile-missing`.
 */
export function findDockerfile(request: BuildRequest): string | undefined {
  const { context, file } = request;
  if (context === '-' || isRemoteContext(context)) return undefined;
  checkContext(context);
  if (file === '-' || (file !== undefined && isRemoteContext(file))) return undefined;
  const path = file ?? join(context, 'Dockerfile');
  if (existsSync(path) && statSync(path).isFile()) return path;
  throw missingDockerfile(path, request);
}

function checkContext(context: string): void {
  const stat = statSync(context, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new XbuildError(
      'context-missing',
      `there is no folder "${context}" to build from`,
      'Name the folder that holds the Dockerfile; for the current one: xbuild .',
    );
  }
  if (stat.isDirectory()) return;
  throw new XbuildError(
    'context-missing',
    `the context "${context}" is a file, and a build needs a folder`,
    `Name the folder, and the Dockerfile with -f: xbuild -f ${context} ${dirname(context)}`,
  );
}

function missingDockerfile(path: string, { context, file }: BuildRequest): XbuildError {
  const inContext = file !== undefined && !isAbsolute(file) ? join(context, file) : undefined;
  if (inContext !== undefined && existsSync(inContext)) {
    return new XbuildError(
      'dockerfile-missing',
      `there is no Dockerfile at ${path}: -f is looked up from the current folder, not from the context`,
      `Write -f ${inContext}`,
    );
  }
  const folder = dirname(path);
  const others = existsSync(folder)
    ? readdirSync(folder).filter((name) => looksLikeDockerfile(name))
    : [];
  const found = others.find((name) => name !== basename(path));
  return new XbuildError(
    'dockerfile-missing',
    `there is no Dockerfile at ${path}`,
    found === undefined
      ? 'Write one there, or name another with -f FILE.'
      : `Name the one that is there: -f ${join(folder, found)}`,
  );
}

function looksLikeDockerfile(name: string): boolean {
  return (
    /^(?:.*\.)?(?:docker|container)file(?:\..*)?$/i.test(name) && !name.endsWith('.dockerignore')
  );
}

/** The Dockerfile's text, or undefined where it cannot be read. */
export function readDockerfile(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
