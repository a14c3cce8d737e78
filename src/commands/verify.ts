import { platformWords } from '../model/architecture.ts';
import type { Gathered } from '../facts/gather.ts';
import { resolveEndpoint, type EndpointFlags } from '../io/endpoint.ts';
import { connectEngine, type Engine } from '../io/engine.ts';
import { XbuildError } from '../model/errors.ts';
import { isOn, parseArguments, valuesOf, type Flag, type ParsedArguments } from '../model/flags.ts';
import { parsePlatformList } from '../model/platform.ts';
import type { ImageVerification } from '../model/verification.ts';
import { targetForms } from '../model/verify-target.ts';
import { verifyDocument } from '../reporters/json.ts';
import { renderVerification } from '../reporters/verify-text.ts';
import { reportOfVerification } from '../reports/verify.ts';
import { parseAllowance } from '../faults/allow.ts';
import { recogniseTarget } from '../inventory/recognise-target.ts';
import { withProgressLine } from '../io/progress-line.ts';
import { cacheOf } from '../verify/verified-image.ts';
import { verifySources } from '../verify/verify-sources.ts';
import type { Command, CommandContext } from './command.ts';
import { endpointFlags, endpointOf, outputFlags, reportFlag } from '../io/shared-flags.ts';
import { runReported, type Result } from './reporting.ts';

const flags: readonly Flag[] = [
  {
    name: 'platform',
    kind: 'value',
    values: platformWords,
    value: 'LIST',
    help: 'verify these platforms, and each must be there (default: all that an image has)',
  },
  {
    name: 'require',
    kind: 'value',
    values: platformWords,
    value: 'LIST',
    help: 'platforms that each image must have, whatever else it has',
  },
  {
    name: 'allow',
    kind: 'value',
    value: "'GLOB=REASON'",
    help: 'let faults of these files pass, and say why (one fault: FAULT:GLOB=REASON)',
  },
  { name: 'no-cache', kind: 'bool', help: 'read layers again that were read before' },
  reportFlag,
  ...endpointFlags,
  ...outputFlags,
];

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, flags);
  const references = [...new Set(parsed.positionals)];
  if (references.length === 0) throw noImage();
  const asked = { reports: valuesOf(parsed, 'report'), json: isOn(parsed, 'json') };
  return runReported({ command: 'verify', ...asked }, context, async () =>
    resultOf(await verify(references, parsed, context)),
  );
}

function resultOf(images: readonly ImageVerification[]): Result {
  return {
    exitStatus: images.every(({ ok }) => ok) ? 0 : 4,
    report: (end) => reportOfVerification(images, end),
    document: () => verifyDocument(images),
    text: (options) => renderVerification(images, options),
  };
}

/** Says how far it is where that takes long. */
async function verify(
  references: readonly string[],
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<ImageVerification[]> {
  let gathered: Promise<Gathered> | undefined;
  const request = {
    platforms: parsePlatformList(valuesOf(parsed, 'platform')),
    required: parsePlatformList(valuesOf(parsed, 'require')),
    allow: valuesOf(parsed, 'allow').map(parseAllowance),
    cache: cacheOf(context.env, !isOn(parsed, 'no-cache')),
    signal: context.signal,
    gather: (connected: (engine: Engine) => void) =>
      (gathered ??= gather(endpointOf(parsed), context, connected)),
  };
  const targets = await Promise.all(references.map(recogniseTarget));
  const { stderr: stream, env } = context;
  const title = `verifying ${references.join(', ')}`;
  const images = await withProgressLine({ stream, env }, title, (onProgress) =>
    verifySources({ ...request, targets, onProgress }),
  );
  const asked = await gathered;
  if (asked === undefined) return images;
  const inEngine = new Set(targets.flatMap((one) => (one.kind === 'image' ? [one.name] : [])));
  const isThere = ({ reference }: ImageVerification) => inEngine.has(reference);
  return Promise.all(
    images.map(async (image) => (isThere(image) ? explained(image, asked, context) : image)),
  );
}

/** The causes are loaded only where something did not run. */
async function explained(
  image: ImageVerification,
  gathered: Gathered,
  context: CommandContext,
): Promise<ImageVerification> {
  if (image.ok && image.uname.actual !== null) return image;
  const { isForDiagnosis, diagnoseImage } = await import('./diagnose-images.ts');
  if (!isForDiagnosis(image)) return image;
  const diagnosis = await diagnoseImage(image, gathered, context);
  return diagnosis === undefined ? image : { ...image, diagnosis };
}

/** No more than verification needs: each image's own container tells what its platform can do here. */
async function gather(
  where: EndpointFlags,
  { env }: CommandContext,
  connected: (engine: Engine) => void,
): Promise<Gathered> {
  const engine = await connectEngine(resolveEndpoint(where, env));
  connected(engine);
  const notAsked = { unknown: 'verification does not need it' };
  const facts = { client: notAsked, builder: notAsked, kernel: notAsked };
  return { engine, facts: { engine: await engine.readFacts(), ...facts } };
}

function noImage(): XbuildError {
  return new XbuildError(
    'bad-argument',
    'verify needs at least one image; received none',
    `Write ${targetForms}. What the engine has is listed by: docker images`,
  );
}

const details = `An IMAGE is one of:
  NAME                a local image; a folder or file that holds one
  docker://REFERENCE  an image in a registry, which is not pulled
  oci:FOLDER[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME]
  container:NAME      a container as it is
Every file is looked at; images of an engine are also run. Exit status 4: an
image is not what it says.`;

export const verifyCommand: Command = {
  name: 'verify',
  usage: '[--platform LIST] [flags] IMAGE…',
  details,
  summary: 'prove that images run, and are what they say they are',
  examples: [
    'xbuild verify app:1',
    'xbuild verify --platform linux/amd64,linux/arm64 app:1',
    'xbuild verify --require linux/amd64,linux/arm64 docker://ghcr.io/me/app:1',
    "xbuild verify --allow '/opt/firmware/**=runs on the device' app:1",
    'xbuild verify --json app:1 tools:2',
  ],
  flags,
  run,
};
