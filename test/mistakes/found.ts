import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { findMistakes } from '../../src/mistakes/find.ts';
import type { MistakesInput } from '../../src/mistakes/scene.ts';
import type { Finding } from '../../src/model/finding.ts';
import { parsePlatform, parsePlatformList } from '../../src/model/platform.ts';

type Options = Omit<Partial<MistakesInput>, 'dockerfile' | 'platforms'> & {
  platforms?: string;
  buildArguments?: Record<string, string>;
};

/** What is found in a Dockerfile that an amd64 machine builds for amd64 and arm64. */
export function findingsIn(text: string, options: Options = {}): Finding[] {
  const { platforms = 'linux/amd64,linux/arm64', buildArguments = {}, ...rest } = options;
  return findMistakes({
    native: parsePlatform('linux/amd64'),
    engineVersion: '28.5.2',
    ...rest,
    dockerfile: parseDockerfile(text, { buildArguments }),
    platforms: parsePlatformList([platforms]),
  });
}

/** `LINE ID STATUS`, one a finding. */
export function foundIn(text: string, options: Options = {}): string[] {
  return findingsIn(text, options).map(
    ({ id, status, location }) => `${location?.source?.line} ${id} ${status}`,
  );
}

/** A row of a table of sentences: what, the Dockerfile, what is found, and the circumstances. */
export type Row = [what: string, text: string, found: string[], options?: Options];

export const lines = (...all: string[]): string => all.join('\n');
