import { platformWords } from '../model/architecture.ts';
import type { Gathered } from '../facts/gather.ts';
import { resolveEndpoint, type EndpointFlags } from '../io/endpoint.ts';
import { connectEngine } from '../io/engine.ts';
import { describeTerminal } from '../io/terminal.ts';
import { XbuildError } from '../model/errors.ts';
import { isOn, parseArguments, valuesOf, type Flag } from '../model/flags.ts';
import { parsePlatformList } from '../model/platform.ts';
import { verifyDocument } from '../reporters/json.ts';
import { renderVerification } from '../reporters/verify-text.ts';
import { verifyImages, type NamedImage } from '../verify/verify-images.ts';
import type { Command, CommandContext } from './command.ts';
import { endpointFlags, endpointOf, outputFlags } from '../io/shared-flags.ts';

const flags: readonly Flag[] = [
  {
    name: 'platform',
    kind: 'value',
    values: platformWords,
    value: 'LIST',
    help: 'the platforms that each image must have (default: every one that it has in the store)',
  },
  ...endpointFlags,
  ...outputFlags,
];

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, flags);
  const references = [...new Set(parsed.positionals)];
  if (references.length === 0) throw noImage();
  const platforms = parsePlatformList(valuesOf(parsed, 'platform'));
  const gathered = await gather(endpointOf(parsed), context);
  const named: NamedImage[] = references.flatMap((reference) =>
    platforms.length === 0
      ? [{ reference }]
      : platforms.map((platform) => ({ reference, platform })),
  );
  const images = await verifyImages(named, gathered, context.signal);
  const terminal = describeTerminal(context.stdout, context.env);
  const text = isOn(parsed, 'json')
    ? `${JSON.stringify(verifyDocument(images), null, 2)}\n`
    : renderVerification(images, {
        width: terminal.columns,
        colour: terminal.paint,
        unicode: terminal.unicode,
      });
  context.stdout.write(text);
  return images.every(({ ok }) => ok) ? 0 : 4;
}

/** No more than verification needs: each image's own container tells what its platform can do here. */
async function gather(where: EndpointFlags, { env }: CommandContext): Promise<Gathered> {
  const engine = await connectEngine(resolveEndpoint(where, env));
  const notAsked = { unknown: 'verification does not need it' };
  const facts = { client: notAsked, builder: notAsked, kernel: notAsked };
  const version = await engine.readVersion();
  return { engine, facts: { engine: await engine.readFacts(version), ...facts } };
}

function noImage(): XbuildError {
  return new XbuildError(
    'bad-argument',
    'verify needs the name or id of at least one image; received none',
    'List what the engine has: docker images',
  );
}

export const verifyCommand: Command = {
  name: 'verify',
  usage: '[--platform LIST] [flags] IMAGE…',
  summary: 'prove that images run, and are what they say they are',
  examples: [
    'xbuild verify app:1',
    'xbuild verify --platform linux/amd64,linux/arm64 app:1',
    'xbuild verify --json app:1 tools:2',
  ],
  flags,
  run,
};
