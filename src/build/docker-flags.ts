import { platformWords } from '../model/architecture.ts';
import type { Flag } from '../model/flags.ts';

const value = (names: string): Flag[] => names.split(' ').map((name) => ({ name, kind: 'value' }));
const bool = (names: string): Flag[] => names.split(' ').map((name) => ({ name, kind: 'bool' }));

/**
 * Every flag of `docker build` and `docker buildx build`, so that a command line that users know is
 * taken unchanged. Those with a help text are the ones that xbuild itself acts on.
 *
 * Source: docker/buildx commands/build.go (0.29), docker/cli command/image/build.go (20.10 to 28).
 */
export const dockerFlags: readonly Flag[] = [
  {
    name: 'platform',
    kind: 'value',
    values: platformWords,
    value: 'LIST',
    help: 'platforms to build for: linux/arm64,linux/amd64',
  },
  { name: 'tag', short: 't', kind: 'value', value: 'NAME', help: 'name and tag of the image' },
  {
    name: 'file',
    short: 'f',
    kind: 'value',
    value: 'FILE',
    values: 'files',
    help: 'the Dockerfile (default: CONTEXT/Dockerfile)',
  },
  { name: 'target', kind: 'value', value: 'STAGE', help: 'the stage to build' },
  { name: 'build-arg', kind: 'value', value: 'K=V', help: 'a build argument' },
  { name: 'push', kind: 'bool', help: 'push the image, one index for all platforms' },
  { name: 'load', kind: 'bool', help: "keep the image in the engine's store (default)" },
  {
    name: 'output',
    short: 'o',
    kind: 'value',
    value: 'SPEC',
    help: 'another kind of output, as in docker buildx build',
  },
  {
    name: 'progress',
    kind: 'value',
    value: 'KIND',
    values: ['auto', 'tty', 'plain', 'quiet', 'rawjson'],
    help: 'auto, tty, plain, quiet or rawjson',
  },
  { name: 'quiet', short: 'q', kind: 'bool', help: 'print the image id only' },
  { name: 'builder', kind: 'value', value: 'NAME', help: 'a builder of buildx' },
  { name: 'iidfile', kind: 'value', values: 'files' },
  { name: 'metadata-file', kind: 'value', values: 'files' },
  { name: 'debug', short: 'D', kind: 'bool' },
  { name: 'memory', short: 'm', kind: 'value' },
  { name: 'cpu-shares', short: 'c', kind: 'value' },
  ...value('add-host allow annotation attest build-context cache-from cache-to call cgroup-parent'),
  ...value(
    'label network no-cache-filter print provenance resource sbom secret shm-size ssh ulimit',
  ),
  ...value('cpu-period cpu-quota cpuset-cpus cpuset-mems isolation memory-swap security-opt'),
  ...value('policy server-config root invoke'),
  ...bool('check compress disable-content-trust force-rm no-cache pull rm squash stream detach'),
];

/** Flags that a docker client without buildx does not have. */
export const buildxOnly: ReadonlySet<string> = new Set(
  'allow annotation attest build-context builder cache-to call check load metadata-file no-cache-filter policy print provenance push sbom'.split(
    ' ',
  ),
);
