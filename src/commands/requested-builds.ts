import { XbuildError } from '../model/errors.ts';
import type { ConfiguredBuild } from '../config/effective.ts';
import { formatPlatform } from '../model/platform.ts';
import { findConfig } from '../config/find-config.ts';
import { buildFlags, parseBuildRequest, type BuildRequest } from '../build/request.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** One build that was asked for. */
export interface RequestedBuild {
  /** The image's name in xbuild.yaml, where it has one. */
  name?: string;
  request: BuildRequest;
  /** An error about what xbuild.yaml names, with its line; any other error as it is. */
  locate?: (error: unknown) => unknown;
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
  return builds.map((build) => {
    const { name, argv: words, settings, config } = build;
    const { require, ...verification } = verificationOf(settings);
    const request = { ...parseBuildRequest(words, env), ...verification };
    const missing = require.filter(
      (one) => !request.platforms.some((p) => formatPlatform(p) === one),
    );
    if (request.output === 'push' && missing.length > 0)
      throw missingPlatforms(config.file, missing);
    const locate = (error: unknown) => withPlace(error, build);
    return { ...(name === undefined ? {} : { name }), request, locate };
  });
}

/** The keys of xbuild.yaml that errors are about. */
const keyOf: Readonly<Record<string, string>> = {
  'context-missing': 'context',
  'dockerfile-missing': 'dockerfile',
};

function withPlace(error: unknown, { config, given }: ConfiguredBuild): unknown {
  if (!(error instanceof XbuildError)) return error;
  const said = given.find((one) => one.key === keyOf[error.code] && one.replacedBy === undefined);
  if (said === undefined) return error;
  return config.refuse([{ path: said.path, message: error.message, hint: error.hint }]);
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
