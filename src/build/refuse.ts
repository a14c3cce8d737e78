import { XbuildError } from '../model/errors.ts';
import type { ClientFacts } from '../model/preflight.ts';
import { buildxOnly } from './docker-flags.ts';
import { isLocalOutput } from './local-output.ts';
import type { Join } from './plan-join.ts';
import type { PlanInput } from './plan.ts';
import type { BuildRequest } from './request.ts';

/** Whether a client can print its progress as JSON: buildx 0.13 and newer. */
export function speaksJson({ buildx }: ClientFacts): boolean {
  const [major = 0, minor = 0] = (buildx ?? '0.0').split('.').map(Number);
  return major > 0 || minor >= 13;
}

/** Progress as JSON is handed through from buildx. */
export function refuseRawProgress({ client, request }: PlanInput): void {
  if (request.progress !== 'rawjson' || speaksJson(client)) return;
  throw new XbuildError(
    'bad-flag',
    '--progress=rawjson needs buildx 0.13 or newer, and this docker command has none',
    'Use --progress=plain, or install docker-buildx.',
  );
}

/** A docker command without buildx can do less, and from 23 on nothing. */
export function refuseLegacyClient({ client, request, platforms }: PlanInput): void {
  if (client.buildx !== null) return;
  if (Number(client.version?.split('.')[0]) >= 23) {
    throw new XbuildError(
      'builder-unusable',
      `docker ${client.version} cannot use BuildKit without its buildx plugin, and the plugin is not installed`,
      'Install it: sudo apt-get install docker-buildx-plugin (or docker-buildx, with packages of Debian and Ubuntu).',
    );
  }
  const flag = request.passed.find(({ name }) => buildxOnly.has(name));
  const builder = request.builder === undefined ? undefined : 'builder';
  const joins = platforms.length > 1 || request.nodes.length > 1;
  const push = request.output === 'push' && joins ? 'push' : undefined;
  const name = flag?.name ?? builder ?? push;
  if (name === undefined) return;
  throw new XbuildError(
    'builder-unusable',
    `--${name} needs buildx, and docker ${client.version} here has no buildx plugin`,
    `Install docker-buildx, or leave out --${name}.`,
  );
}

/** For --output of several platforms, where the engine's store cannot write them. */
export function notFromClassicStore(outputs: readonly string[]): XbuildError {
  return new XbuildError(
    'builder-unusable',
    `this engine's classic image store cannot write --output ${outputs.join(' ')} for several platforms at once`,
    'Switch on the containerd image store ("features": {"containerd-snapshotter": true} in daemon.json), or build one platform at a time.',
  );
}

/** What several nodes cannot do together. Throws `bad-flag`. */
export function refuseForParts(request: BuildRequest, join: Join): void {
  const { output, outputs, iidfile, progress } = request;
  const spec = outputs.find((one) => !isLocalOutput(one));
  if (output === 'other' && spec !== undefined) {
    throw new XbuildError(
      'bad-flag',
      `--output ${spec} is one file, and several nodes cannot write it together`,
      'Push the image (--push), write files with --output type=local,dest=FOLDER, or build on one node.',
    );
  }
  if (output === 'push' && spec !== undefined) {
    throw new XbuildError(
      'bad-flag',
      `--output ${spec} pushes an index from each node, and the last one would be left`,
      'Write --push: it joins what all nodes have built to one index.',
    );
  }
  if (iidfile !== undefined && join.kind === 'apart') {
    throw new XbuildError(
      'bad-flag',
      `--iidfile is for one image, and each node keeps its own: ${join.why}`,
      'Push the image (--push), or ask for --metadata-file, which has an entry a platform.',
    );
  }
  if (progress === 'rawjson') {
    throw new XbuildError(
      'bad-flag',
      '--progress=rawjson is what one engine says, and this build is on several',
      'Write --progress=plain, or build on one node.',
    );
  }
}
