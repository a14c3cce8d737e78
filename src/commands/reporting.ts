import { checkReportFiles, writeWhole } from '../io/report-files.ts';
import { reportWithoutSecrets, type Report, type ReportEnd } from '../model/report.ts';
import type { ReportCommand } from '../model/report.ts';
import { parseReportTargets, type ReportTarget } from '../model/report-target.ts';
import { explainSystemError } from '../model/system-error.ts';
import type { Reported } from '../reporters/reporter.ts';
import type { TextOptions } from '../reporters/text-options.ts';
import { reportOfRefusal } from '../reports/refusal.ts';
import type { CommandContext } from './command.ts';
import { errorDocument, renderError, statusOf } from './report-error.ts';
import { textOptionsOf } from './text-options.ts';

declare const XBUILD_VERSION: string;

/** What a command found, to be printed in whatever way was asked for. */
export interface Result {
  exitStatus: number;
  report(this: void, end: ReportEnd): Report;
  document(this: void): object;
  text(this: void, options: TextOptions): string;
  /** Where the text goes; standard output by default. */
  textStream?: NodeJS.WriteStream;
}

/** What was asked for: the values of --report, and --json. */
export interface Asked {
  command: ReportCommand;
  reports: readonly string[];
  json: boolean;
}

/** Whether the text for people goes to standard output: neither --json nor a --report replaces it. */
export function printsText({ reports, json }: Asked): boolean {
  return !json && parseReportTargets(reports, json).every(({ file }) => file !== undefined);
}

/**
 * Does a command's work, and reports it: on standard output, in files, and to the CI system. A
 * number stands for work that is not reported, with its exit status. Errors are reported too, and
 * thrown on.
 */
export async function runReported(
  asked: Asked,
  context: CommandContext,
  work: () => Promise<Result | number>,
): Promise<number> {
  const targets = parseReportTargets(asked.reports, asked.json);
  checkReportFiles(targets.flatMap(({ file }) => (file === undefined ? [] : [file])));
  const started = process.uptime();
  const seconds = (): number => process.uptime() - started;
  let result: Result | number;
  try {
    result = await work();
  } catch (thrown) {
    const error = explainSystemError(thrown);
    const end = { exitStatus: statusOf(error), seconds: seconds() };
    await reportRefusal(error, { asked, targets, context, end });
    throw error;
  }
  if (typeof result === 'number') return result;
  const { exitStatus, textStream: stream } = result;
  const end = { exitStatus, seconds: seconds() };
  await deliver(result, { asked, targets, context, end, ...(stream && { stream }) });
  return exitStatus;
}

interface Delivery {
  asked: Asked;
  targets: readonly ReportTarget[];
  context: CommandContext;
  end: ReportEnd;
  /** Where the text for people went, where that is not standard output. */
  stream?: NodeJS.WriteStream;
}

const plain: TextOptions = { width: 100, unicode: true, colour: (_style, text) => text };

async function deliver(result: Result, delivery: Delivery): Promise<void> {
  const { asked, targets, context, end } = delivery;
  const { stdout, ci, env } = context;
  const ownText = printsText(asked);
  if (asked.json) stdout.write(`${JSON.stringify(result.document(), null, 2)}\n`);
  else if (ownText) {
    const stream = result.textStream ?? stdout;
    stream.write(result.text(textOptionsOf(stream, env)));
  }
  if (targets.length === 0 && ci === undefined) return;
  await writeReports(
    {
      report: reportWithoutSecrets(result.report(end)),
      document: result.document(),
      text: () => result.text(plain),
      version: versionOf(),
    },
    delivery,
  );
}

/** The words on standard error are the caller's. */
async function reportRefusal(error: unknown, delivery: Delivery): Promise<void> {
  const { asked, targets, context, end } = delivery;
  if (targets.length === 0 && context.ci === undefined) return;
  await writeReports(
    {
      report: reportWithoutSecrets(reportOfRefusal(error, asked.command, end)),
      document: errorDocument(error, asked.command),
      text: () => renderError(error, plain.colour),
      version: versionOf(),
    },
    delivery,
  );
}

async function writeReports(reported: Reported, delivery: Delivery): Promise<void> {
  const { targets, context, asked } = delivery;
  const [{ formats }, { tellSystem }] = await Promise.all([
    import('../reporters/formats.ts'),
    import('./tell-system.ts'),
  ]);
  for (const { format, file } of targets) {
    const text = formats[format](reported);
    if (file !== undefined) await writeWhole(file, text);
    else if (format === 'github') context.commandStreams.stdout.write(text);
    else context.stdout.write(text);
  }
  const annotated = targets.some(({ format, file }) => format === 'github' && file === undefined);
  const free = printsText(asked) && delivery.stream === undefined;
  const stream = free ? 'stdout' : 'stderr';
  await tellSystem(reported, context, { annotate: !annotated, stream });
}

/** Set when the package is built. */
function versionOf(): string {
  return typeof XBUILD_VERSION === 'undefined' ? '0.0.0' : XBUILD_VERSION;
}
