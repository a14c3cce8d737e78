import { platformWords } from '../model/architecture.ts';
import { gatherTarget, type Question } from '../diagnose/find-target.ts';
import { lastFailedBuild, type FailedBuild } from '../diagnose/last-build.ts';
import { loadFacts, saveFacts } from '../diagnose/saved-facts.ts';
import type { Session } from '../diagnose/session.ts';
import { openSession } from '../diagnose/open-session.ts';
import { commandWords } from '../diagnose/shell-words.ts';
import { endpointFlags, endpointOf, outputFlags, reportFlag } from '../io/shared-flags.ts';
import { closest } from '../model/closest.ts';
import type { DiagnosisFacts, TargetKind } from '../model/diagnosis.ts';
import { XbuildError } from '../model/errors.ts';
import {
  isOn,
  lastValue,
  parseArguments,
  valuesOf,
  type Flag,
  type ParsedArguments,
} from '../model/flags.ts';
import { formatPlatform, parsePlatform } from '../model/platform.ts';
import { reportOfDiagnosis } from '../reports/diagnose.ts';
import type { Command, CommandContext } from './command.ts';
import { runReported, type Result } from './reporting.ts';
import { textOptionsOf } from './text-options.ts';

const flags: readonly Flag[] = [
  {
    name: 'platform',
    kind: 'value',
    values: platformWords,
    value: 'PLATFORM',
    help: 'which one, of an image with several',
  },
  {
    name: 'exec',
    kind: 'value',
    value: 'COMMAND',
    help: 'say why this command would not run in the container or image',
  },
  {
    name: 'kind',
    kind: 'value',
    value: 'KIND',
    help: 'what TARGET is, where its name could be several: container, image, file, log',
  },
  {
    name: 'save-facts',
    kind: 'value',
    value: 'FILE',
    values: 'files',
    help: 'write what was read, without secrets: for a bug report',
  },
  {
    name: 'facts',
    kind: 'value',
    value: 'FILE',
    values: 'files',
    help: 'judge facts that were saved, also elsewhere',
  },
  { name: 'list', kind: 'bool', help: 'list every cause that can be named' },
  { name: 'about', kind: 'value', value: 'ID', help: 'explain one cause' },
  reportFlag,
  ...endpointFlags,
  ...outputFlags,
];

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, flags);
  const options = textOptionsOf(context.stdout, context.env);
  const json = isOn(parsed, 'json');
  const about = lastValue(parsed, 'about');
  if (isOn(parsed, 'list') || about !== undefined) {
    const { listText, pageText } = await import('./catalogue.ts');
    context.stdout.write(about === undefined ? listText(json, options) : pageText(about, options));
    return 0;
  }
  const reports = valuesOf(parsed, 'report');
  return runReported({ command: 'diagnose', reports, json }, context, () => work(parsed, context));
}

async function work(parsed: ParsedArguments, context: CommandContext): Promise<Result> {
  const { facts, also, build } = await readFacts(parsed, context);
  const file = lastValue(parsed, 'save-facts');
  if (file !== undefined) await saveFacts(file, facts);
  const { diagnose, causes, ...reporters } = await import('./judging.ts');
  const diagnosis = diagnose(facts, causes);
  return {
    exitStatus: 0,
    report: (end) => reportOfDiagnosis(diagnosis, end),
    document: () => ({
      ...reporters.diagnoseDocument(diagnosis),
      ...(build && { build: buildWords(build) }),
    }),
    text: (options) => {
      const about = build === undefined ? '' : `${reporters.renderFailedBuild(build, options)}\n`;
      return about + reporters.renderDiagnosis(diagnosis, options, also);
    },
  };
}

/** Which build was meant, where no target was named. */
function buildWords({ when, context, platform, log, others }: FailedBuild) {
  return { when, context: context ?? null, platform, log, others };
}

async function readFacts(
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<{ facts: DiagnosisFacts; also: string[]; build?: FailedBuild }> {
  const saved = lastValue(parsed, 'facts');
  if (saved !== undefined) return { facts: await loadFacts(saved), also: [] };
  const [name, ...words] = parsed.positionals;
  if (name === undefined) return readLastBuild(parsed, context);
  const kind = kindOf(parsed);
  const platform = lastValue(parsed, 'platform');
  const exec = lastValue(parsed, 'exec');
  const command = exec === undefined ? words : commandWords(exec);
  const question: Question = {
    name,
    ...(kind === undefined ? {} : { kind }),
    ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
    ...(command.length === 0 ? {} : { exec: command }),
    stdin: context.stdin,
  };
  return gatherTarget(question, () => open(parsed, context));
}

async function open(parsed: ParsedArguments, { env, signal }: CommandContext): Promise<Session> {
  return openSession(endpointOf(parsed), { env, signal, whileWaiting: loadWhatComesNext });
}

/** Loaded while the engine starts the probe: together that takes one time and not two. */
function loadWhatComesNext(): void {
  void import('./judging.ts');
}

/** What was known when the build failed; of one that kept no facts, its log. */
async function readLastBuild(
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<{ facts: DiagnosisFacts; also: string[]; build: FailedBuild }> {
  const asked = lastValue(parsed, 'platform');
  const platform = asked === undefined ? undefined : formatPlatform(parsePlatform(asked));
  const build = await lastFailedBuild(context.env, platform);
  if (build === undefined) throw noTarget(platform);
  if (build.facts !== undefined) return { facts: build.facts, also: [], build };
  const question = { name: build.log, kind: 'log' as const, stdin: context.stdin };
  return { ...(await gatherTarget(question, () => open(parsed, context))), build };
}

const kinds: readonly TargetKind[] = ['container', 'image', 'file', 'log'];

function kindOf(parsed: ParsedArguments): TargetKind | undefined {
  const word = lastValue(parsed, 'kind');
  const kind = kinds.find((one) => one === word);
  if (word === undefined || kind !== undefined) return kind;
  throw new XbuildError(
    'bad-argument',
    `--kind takes one of ${kinds.join(', ')}; received "${word}"`,
    `Write for example: --kind ${closest(word, kinds) ?? 'image'}`,
  );
}

function noTarget(platform: string | undefined): XbuildError {
  const whose = platform === undefined ? '' : ` for ${platform}`;
  return new XbuildError(
    'bad-argument',
    `diagnose needs a target, and no build of xbuild${whose} has failed lately`,
    'Name a container, an image, a file, or a log (- reads it from standard input).',
  );
}

export const diagnoseCommand: Command = {
  name: 'diagnose',
  usage: '[flags] [CONTAINER | IMAGE | FILE | IMAGE:PATH | LOG | -] [-- COMMAND…]',
  summary: 'say why something does not run: one cause, the evidence, the fix',
  examples: [
    'xbuild diagnose web',
    'xbuild diagnose --platform linux/arm64 app:1',
    'xbuild diagnose app:1:/usr/bin/tool',
    "xbuild diagnose web --exec '/app/tool --version'",
    'docker run app:1 2>&1 | xbuild diagnose -',
    'xbuild diagnose    # the last build that failed',
    'xbuild diagnose --about rule-without-fix-binary',
  ],
  flags,
  completes: 'files',
  run,
};
