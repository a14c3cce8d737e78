import { runDocker } from '../io/docker-cli.ts';
import type { BuildReport } from '../model/build.ts';
import { XbuildError } from '../model/errors.ts';
import { formatPlatform } from '../model/platform.ts';
import type { ClientFacts } from '../model/preflight.ts';
import type { BuildPlan } from './plan.ts';

/**
 * Pushes what a plan says, and joins the names of single platforms to one index a name. Everything
 * is read back from the registry, where the docker command has buildx to read it with.
 */
export async function pushAll(
  plan: BuildPlan,
  client: ClientFacts,
  globals: readonly string[],
): Promise<BuildReport['indexes']> {
  const pushed: BuildReport['indexes'] = [];
  for (const { reference, from } of plan.pushes) {
    await pushNames(from.length === 0 ? [reference] : from, globals);
    if (from.length > 0) pushed.push(await pushIndex(reference, from, globals));
    else if (client.buildx === null) pushed.push({ reference, digest: '', platforms: [] });
    else pushed.push(await readIndex(reference, globals));
  }
  return pushed;
}

/** Pushes names that an engine has, one after the other: they share most of what they hold. */
export async function pushNames(
  names: readonly string[],
  globals: readonly string[],
): Promise<void> {
  for (const name of names) await mustRun([...globals, 'push', '--quiet', name], `push ${name}`);
}

/** Makes one index, in the registry, of what was pushed under other names, and reads it back. */
export async function pushIndex(
  reference: string,
  from: readonly string[],
  globals: readonly string[],
): Promise<BuildReport['indexes'][number]> {
  await joinIndex(reference, from, globals);
  return readIndex(reference, globals);
}

async function joinIndex(
  reference: string,
  from: readonly string[],
  globals: readonly string[],
): Promise<void> {
  const create = ['buildx', 'imagetools', 'create', '--tag', reference, ...from];
  await mustRun([...globals, ...create], `make the index ${reference}`);
}

/** Reads an index back from its registry: its digest and the platforms that it holds. */
export async function readIndex(
  reference: string,
  globals: readonly string[],
): Promise<BuildReport['indexes'][number]> {
  const command = [
    ...globals,
    'buildx',
    'imagetools',
    'inspect',
    '--format',
    '{{json .Manifest}}',
    reference,
  ];
  const answer = await mustRun(command, `read ${reference} back`);
  const manifest = JSON.parse(answer) as {
    digest?: string;
    manifests?: { platform?: { os: string; architecture: string; variant?: string } }[];
  };
  // Attestations stand in an index as unknown/unknown; they are no platforms.
  const platforms = (manifest.manifests ?? [])
    .map(({ platform }) => platform)
    .filter((platform) => platform !== undefined && platform.os !== 'unknown')
    .map((platform) => formatPlatform(platform ?? { os: '', architecture: '' }));
  return { reference, digest: manifest.digest ?? '', platforms };
}

async function mustRun(argv: string[], what: string): Promise<string> {
  const result = await runDocker(argv);
  if (result.exitStatus === 0) return result.stdout;
  const said = result.stderr.trim().split('\n').at(-1) ?? '';
  throw new XbuildError(
    'engine-refused',
    `could not ${what}: ${said}`,
    'Check that you are logged in to the registry (docker login) and may write there.',
  );
}
