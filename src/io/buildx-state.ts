import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFolder } from './endpoint.ts';

/**
 * The builder that `docker buildx use` chose for an engine, or undefined where it is the engine's
 * own.
 *
 * buildx keeps the choice in BUILDX_CONFIG (or DOCKER_CONFIG/buildx), file `current`: JSON with the
 * engine's key and the builder's name. Source: docker/buildx store/store.go, GetCurrentInstance.
 */
export function chosenBuilder(
  endpoint: { url: string; context?: string },
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const folder = env['BUILDX_CONFIG'] || join(configFolder(env), 'buildx');
  const current = readCurrent(join(folder, 'current'));
  const name = current?.Name;
  if (name === undefined || name === '' || name === 'default') return undefined;
  const applies = current?.Global === true || current?.Key === (endpoint.context ?? endpoint.url);
  return applies && name !== endpoint.context ? name : undefined;
}

function readCurrent(file: string): { Key?: string; Name?: string; Global?: boolean } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as {
      Key?: string;
      Name?: string;
      Global?: boolean;
    };
  } catch {
    return undefined;
  }
}
