import { platformWords } from '../model/architecture.ts';
import { gatherFacts } from '../facts/gather.ts';
import { architectures } from '../model/architecture.ts';
import { XbuildError } from '../model/errors.ts';
import {
  isOn,
  lastValue,
  parseArguments,
  valuesOf,
  type Flag,
  type ParsedArguments,
} from '../model/flags.ts';
import type { PreflightReport } from '../model/preflight.ts';
import { parsePlatform, parsePlatformList, type Platform } from '../model/platform.ts';
import { preflightDocument } from '../reporters/json.ts';
import { reportOfPreflight } from '../reports/preflight.ts';
import type { Command, CommandContext } from './command.ts';
import { endpointFlags, endpointOf, outputFlags, reportFlag } from '../io/shared-flags.ts';
import { printsText, runReported, type Asked, type Result } from './reporting.ts';
import { textOptionsOf } from './text-options.ts';

const flags: readonly Flag[] = [
  {
    name: 'platform',
    kind: 'value',
    values: platformWords,
    value: 'LIST',
    help: 'the platforms that are wanted (default: every one xbuild knows)',
  },
  { name: 'builder', kind: 'value', value: 'NAME', help: 'a builder of buildx' },
  {
    name: 'fix',
    kind: 'bool',
    help: 'make the platforms run: show each change, ask, make it, check it, undo what did not help',
  },
  { name: 'yes', short: 'y', kind: 'bool', help: 'with --fix: do not ask' },
  { name: 'dry-run', kind: 'bool', help: 'with --fix: only show the changes' },
  reportFlag,
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
  const look = () => lookAt({ parsed, context, builder, platforms, named });
  const asked = askedOf(parsed);
  return runReported(asked, context, async () => {
    const report = await look();
    return isOn(parsed, 'fix') ? fixAndLook(report, look, parsed, context) : resultOf(report);
  });
}

function askedOf(parsed: ParsedArguments): Asked {
  return {
    command: 'preflight',
    reports: valuesOf(parsed, 'report'),
    json: isOn(parsed, 'json'),
  };
}

interface Question {
  parsed: ParsedArguments;
  context: CommandContext;
  builder: string | undefined;
  platforms: readonly Platform[];
  named: boolean;
}

async function lookAt(question: Question): Promise<PreflightReport> {
  const { parsed, context, builder, platforms, named } = question;
  const { facts } = await gatherFacts({
    endpoint: endpointOf(parsed),
    ...(builder === undefined ? {} : { builder }),
    probe: true,
    env: context.env,
    signal: context.signal,
    // Loaded while the engine starts the probe: together that takes one time and not two.
    whileWaiting: () => void loadJudges(),
  });
  const { judge } = await loadJudges();
  return judge({ facts, platforms, named });
}

async function resultOf(
  report: PreflightReport,
  fix?: readonly Record<string, unknown>[],
): Promise<Result> {
  const { renderPreflight } = await loadJudges();
  return {
    exitStatus: report.ok ? 0 : 3,
    report: (end) => reportOfPreflight(report, end),
    document: () => ({ ...preflightDocument(report), ...(fix && { fix }) }),
    text: (options) => renderPreflight(report, options),
  };
}

/** Changes what stands in the way of platforms, and says how it is afterwards. */
async function fixAndLook(
  report: PreflightReport,
  look: () => Promise<PreflightReport>,
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<Result> {
  const broken = report.platforms.filter(({ support }) => support === 'none');
  const names = new Set(broken.map(({ platform }) => parsePlatform(platform).architecture));
  names.delete(report.facts.engine.architecture);
  if (names.size === 0) return resultOf(report, []);
  const asked = askedOf(parsed);
  const ownText = printsText(asked);
  if (ownText) {
    const { renderPreflight } = await loadJudges();
    context.stdout.write(renderPreflight(report, textOptionsOf(context.stdout, context.env)));
  }
  const [{ fixArchitectures }, { openSession }] = await Promise.all([
    import('./preflight-fix.ts'),
    import('./binfmt/session.ts'),
  ]);
  // What is told on the way must not stand before a report on standard output.
  const aside = ownText || asked.json ? context : { ...context, stdout: context.stderr };
  const session = await openSession(parsed, aside, ['add', ...names]);
  const steps = await fixArchitectures(session, [...names]);
  if (ownText) context.stdout.write('\n');
  return resultOf(isOn(parsed, 'dry-run') ? report : await look(), steps);
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
    'xbuild preflight --platform linux/arm64 --fix',
    'DOCKER_HOST=ssh://build@arm-box xbuild preflight --json',
  ],
  flags,
  run,
};
