import { XbuildError } from '../model/errors.ts';
import type { BuilderFacts, ClientFacts } from '../model/preflight.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** One run of the docker command: what it printed, and how it ended. */
export interface CommandResult {
  exitStatus: number;
  stdout: string;
  stderr: string;
}

/** Runs the docker command to its end; a failure is a value. Throws `cli-missing`. */
export async function runDocker(
  argv: readonly string[],
  env: Environment = {},
): Promise<CommandResult> {
  const { execa } = await import('execa');
  const result = await execa(dockerCommand(), argv, { reject: false, env, stdin: 'ignore' });
  if (result.code === 'ENOENT') throw missingDocker();
  return { exitStatus: result.exitCode ?? 1, stdout: result.stdout, stderr: result.stderr };
}

/** The docker command: XBUILD_DOCKER, or `docker` of the PATH. */
export function dockerCommand(): string {
  return process.env['XBUILD_DOCKER'] || 'docker';
}

export function missingDocker(): XbuildError {
  return new XbuildError(
    'cli-missing',
    'xbuild builds with the docker command, and there is no docker on the PATH',
    'Install the docker command line (docker-ce-cli or docker-cli, with docker-buildx), or name it in XBUILD_DOCKER.',
  );
}

/** Asks the docker command which version it is, and whether it has buildx. Contacts no engine. */
export async function readClientFacts(): Promise<ClientFacts> {
  const [buildx, client] = await Promise.all([
    runDocker(['buildx', 'version']),
    runDocker(['--version']),
  ]);
  return {
    command: dockerCommand(),
    version: /version ([^\s,]+)/.exec(client.stdout)?.[1] ?? 'unknown',
    // An old client without the plugin answers `buildx version` with its help, and with success.
    buildx:
      buildx.exitStatus === 0 ? (/buildx v?(\d[^\s]*)/.exec(buildx.stdout)?.[1] ?? null) : null,
  };
}

/**
 * Finds out which builder will build, and by what driver; `globals` are --host or --context.
 *
 * Without --builder, BUILDX_BUILDER or a choice by `docker buildx use`, that is the engine's own
 * BuildKit, and no command is run to find out.
 */
export async function readBuilderFacts(
  asked: { builder?: string; chosen?: string },
  globals: readonly string[],
): Promise<BuilderFacts> {
  const name = asked.builder ?? asked.chosen;
  const source = asked.builder === undefined ? 'docker buildx use' : '--builder or BUILDX_BUILDER';
  if (name === undefined) return { name: 'default', driver: 'docker', source: 'default' };
  const result = await runDocker([...globals, 'buildx', 'inspect', name]);
  if (result.exitStatus !== 0) {
    throw new XbuildError(
      'builder-unusable',
      `there is no usable builder "${name}" (chosen by ${source}): ${result.stderr.trim().split('\n').at(-1) ?? ''}`,
      'See the builders with: docker buildx ls',
    );
  }
  const driver = /^Driver:\s+(\S+)/m.exec(result.stdout)?.[1] ?? 'unknown';
  return { name, driver: knownDriver(driver), source };
}

const drivers: readonly BuilderFacts['driver'][] = [
  'docker',
  'docker-container',
  'remote',
  'kubernetes',
  'cloud',
];

function knownDriver(word: string): BuilderFacts['driver'] {
  return drivers.find((driver) => driver === word) ?? 'unknown';
}
