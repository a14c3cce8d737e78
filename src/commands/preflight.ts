import { gatherFacts } from '../facts/gather.ts';
import { describeTerminal } from '../io/terminal.ts';
import { architectures } from '../model/architecture.ts';
import { XbuildError } from '../model/errors.ts';
import { isOn, lastValue, parseArguments, valuesOf, type Flag } from '../model/flags.ts';
import { parsePlatform, parsePlatformList, type Platform } from '../model/platform.ts';
import { preflightDocument } from '../reporters/json.ts';
import type { Command, CommandContext } from './command.ts';
import { endpointFlags, endpointOf, outputFlags } from '../io/shared-flags.ts';

const flags: readonly Flag[] = [
  {
    name: 'platform',
    kind: 'value',
    value: 'LIST',
    help: 'the platforms that are wanted (default: every one xbuild knows)',
  },
  { name: 'builder', kind: 'value', value: 'NAME', help: 'a builder of buildx' },
  ...endpointFlags,
  ...outputFlags,
];

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, flags);
  if (parsed.positionals.length > 0) throw unexpected(parsed.positionals);
  const given = valuesOf(parsed, 'platform');
  const named = given.length > 0 || Boolean(context.env['DOCKER_DEFAULT_PLATFORM']);
  const wanted = given.length > 0 ? given : [context.env['DOCKER_DEFAULT_PLATFORM'] ?? ''];
  const platforms = named ? parsePlatformList(wanted) : everyPlatform();
  const builder = lastValue(parsed, 'builder') ?? (context.env['BUILDX_BUILDER'] || undefined);
  const { facts } = await gatherFacts({
    endpoint: endpointOf(parsed),
    ...(builder === undefined ? {} : { builder }),
    probe: true,
    env: context.env,
    signal: context.signal,
    // Loaded while the engine starts the probe: together that takes one time and not two.
    whileWaiting: () => void loadJudges(),
  });
  const { judge, renderPreflight } = await loadJudges();
  const report = judge({ facts, platforms, named });
  const terminal = describeTerminal(context.stdout, context.env);
  const text = isOn(parsed, 'json')
    ? `${JSON.stringify(preflightDocument(report), null, 2)}\n`
    : renderPreflight(report, {
        width: terminal.columns,
        colour: terminal.paint,
        unicode: terminal.unicode,
      });
  context.stdout.write(text);
  return report.ok ? 0 : 3;
}

async function loadJudges() {
  const [{ judge }, { renderPreflight }] = await Promise.all([
    import('../checks/preflight.ts'),
    import('../reporters/preflight-text.ts'),
  ]);
  return { judge, renderPreflight };
}

function unexpected(words: readonly string[]): XbuildError {
  return new XbuildError(
    'bad-argument',
    `preflight takes flags only; received: ${words.join(' ')}`,
    `To name platforms: xbuild preflight --platform ${words.join(',')}`,
  );
}

/** Every platform that can be built for, with the variants that are told apart by running. */
function everyPlatform(): Platform[] {
  return architectures
    .filter(({ buildable }) => buildable)
    .flatMap(({ name }) => (name === 'arm' ? ['arm/v7', 'arm/v6', 'arm/v5'] : [name]))
    .map((word) => parsePlatform(`linux/${word}`));
}

export const preflightCommand: Command = {
  name: 'preflight',
  usage: '[--platform LIST] [flags]',
  summary: 'say which platforms the engine can build and run, and what stands in the way',
  examples: [
    'xbuild preflight',
    'xbuild preflight --platform linux/arm64,linux/arm/v7',
    'DOCKER_HOST=ssh://build@arm-box xbuild preflight --json',
  ],
  flags,
  run,
};
