import { resolveEndpoint } from '../io/endpoint.ts';
import { connectEngine } from '../io/engine.ts';
import { XbuildError } from '../model/errors.ts';
import { parseArguments } from '../model/flags.ts';
import { removeProbeImage } from '../probe/probe.ts';
import type { Command, CommandContext } from './command.ts';
import { endpointFlags, endpointOf, outputFlags } from '../io/shared-flags.ts';
import { isOn } from '../model/flags.ts';

const flags = [...endpointFlags, ...outputFlags];

async function run(argv: readonly string[], { env, stdout }: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, flags);
  const [word] = parsed.positionals;
  if (word !== undefined) throw takesNoWords(word);
  const engine = await connectEngine(resolveEndpoint(endpointOf(parsed), env));
  const removed = await removeProbeImage(engine.docker).catch((error: unknown) => {
    throw engine.failure(error);
  });
  if (isOn(parsed, 'json')) {
    stdout.write(
      `${JSON.stringify({ schemaVersion: 1, command: 'clean', ok: true, removed }, null, 2)}\n`,
    );
  } else {
    stdout.write(removed.length === 0 ? 'nothing to remove\n' : `removed ${removed.join(', ')}\n`);
  }
  return 0;
}

function takesNoWords(word: string): XbuildError {
  return new XbuildError(
    'bad-argument',
    `clean takes flags alone; received "${word}"`,
    "It removes xbuild's own image. Others are removed by: docker rmi",
  );
}

export const cleanCommand: Command = {
  name: 'clean',
  usage: '[flags]',
  summary: 'remove what xbuild left in the engine: one small image, the probe',
  examples: ['xbuild clean'],
  flags,
  run,
};
