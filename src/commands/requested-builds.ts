import { XbuildError } from '../model/errors.ts';
import { formatPlatform } from '../model/platform.ts';
import { findConfig } from '../config/find-config.ts';
import { buildFlags, parseBuildRequest, type BuildRequest } from '../build/request.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** One build that was asked for. */
export interface RequestedBuild {
  /** The image's name in xbuild.yaml, where it has one. */
  name?: string;
  request: BuildRequest;
}

/**
 * The builds that a command line asks for: one, or those of xbuild.yaml. Throws as parseBuildRequest
 * and configuredBuilds do.
 */
export async function requestedBuilds(
  argv: readonly string[],
  env: Environment,
): Promise<RequestedBuild[]> {
  if (!mayBeConfigured(argv)) return [{ request: parseBuildRequest(argv, env) }];
  const { configuredBuilds } = await import('../config/effective.ts');
  const { faults } = await import('../faults/index.ts');
  const ids = faults.map(({ id }) => id);
  const builds = configuredBuilds({ argv, flags: buildFlags, env, faults: ids });
  if (builds === undefined) return [{ request: parseBuildRequest(argv, env) }];
  const { verificationOf } = await import('../config/verification.ts');
  return builds.map(({ name, argv: words, settings, config }) => {
    const { require, ...verification } = verificationOf(settings);
    const request = { ...parseBuildRequest(words, env), ...verification };
    const missing = require.filter(
      (one) => !request.platforms.some((p) => formatPlatform(p) === one),
    );
    if (request.output === 'push' && missing.length > 0)
      throw missingPlatforms(config.file, missing);
    return { ...(name === undefined ? {} : { name }), request };
  });
}

function missingPlatforms(file: string, missing: readonly string[]): XbuildError {
  return new XbuildError(
    'bad-configuration',
    `${file} requires ${missing.join(', ')} of what is pushed, and this build is not for it`,
    'Build for it too, or push without it: --no-config.',
  );
}

/** Reading a configuration takes its time; most command lines have none. */
function mayBeConfigured(argv: readonly string[]): boolean {
  const named = argv.some((word) => word === '--config' || word.startsWith('--config='));
  return named || findConfig() !== undefined;
}
