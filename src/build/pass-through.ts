import { dockerCommand, missingDocker } from '../io/docker-cli.ts';
import { globalArguments } from '../io/endpoint.ts';
import { ownBuildFlags, buildFlags, type BuildRequest } from './request.ts';
import { parseArguments } from '../model/flags.ts';

/** Hands a request that builds nothing (--call, --check) to docker as it is; resolves to its status. */
export async function passThrough(request: BuildRequest): Promise<number> {
  const { execa } = await import('execa');
  const own = new Set(ownBuildFlags.map(({ name }) => name));
  const { flags, positionals } = parseArguments(request.argv, buildFlags);
  const words = flags.filter(({ name }) => !own.has(name)).flatMap((flag) => flag.words);
  const argv = [...globalArguments(request.endpoint), 'buildx', 'build', ...words, ...positionals];
  const result = await execa(dockerCommand(), argv, { reject: false, stdio: 'inherit' });
  if (result.code === 'ENOENT') throw missingDocker();
  return result.exitCode ?? 1;
}
