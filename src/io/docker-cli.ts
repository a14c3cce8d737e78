import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { XbuildError } from '../model/errors.ts';
import type { BuilderFacts, ClientFacts } from '../model/preflight.ts';
import { configFolder, readConfig } from './endpoint.ts';

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
  const named = process.env['XBUILD_DOCKER'];
  return new XbuildError(
    'cli-missing',
    named
      ? `xbuild builds with the docker command, and XBUILD_DOCKER names one that is not there: ${named}`
      : 'xbuild builds with the docker command, and there is no docker on the PATH',
    'Install the docker command line (docker-ce-cli or docker-cli, with docker-buildx), or name it in XBUILD_DOCKER.',
  );
}

/**
 * Finds out whether the docker command has buildx, and which version; contacts no engine.
 *
 * The plugin is asked itself, which costs one process and not three; the docker command is asked
 * only where there is no plugin. Throws `cli-missing`.
 */
export async function readClientFacts(env: Environment): Promise<ClientFacts> {
  const command = dockerCommand();
  const plugin = findPlugin('docker-buildx', env);
  const metadata = plugin === undefined ? undefined : await askPlugin(plugin);
  if (metadata !== undefined && onPath(command, env)) {
    return { command, version: null, buildx: metadata.Version?.replace(/^v/, '') ?? 'unknown' };
  }
  const { stdout } = await runDocker(['--version']);
  return { command, version: /version ([^\s,]+)/.exec(stdout)?.[1] ?? 'unknown', buildx: null };
}

/**
 * Where the docker command finds a plugin. Source: docker/cli, cli-plugins/manager/manager.go.
 */
function findPlugin(name: string, env: Environment): string | undefined {
  const extra = readConfig(env)['cliPluginsExtraDirs'];
  const folders = [
    ...(Array.isArray(extra) ? extra.filter((folder) => typeof folder === 'string') : []),
    join(configFolder(env), 'cli-plugins'),
    '/usr/local/lib/docker/cli-plugins',
    '/usr/local/libexec/docker/cli-plugins',
    '/usr/lib/docker/cli-plugins',
    '/usr/libexec/docker/cli-plugins',
    '/Applications/Docker.app/Contents/Resources/cli-plugins',
  ];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function onPath(command: string, env: Environment): boolean {
  if (command.includes('/')) return existsSync(command);
  return (env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));
}

/** A plugin that cannot be run, for another architecture say, is as good as none. */
async function askPlugin(file: string): Promise<{ Version?: string } | undefined> {
  try {
    // Not execa: this is asked before every build, and loading execa takes longer than the answer.
    const { stdout } = await promisify(execFile)(file, ['docker-cli-plugin-metadata']);
    return JSON.parse(stdout) as { Version?: string };
  } catch {
    return undefined;
  }
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
  const result = await runDocker([...globals, 'buildx', 'inspect', '--', name]);
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
