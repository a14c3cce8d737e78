import { randomUUID } from 'node:crypto';
import { appendText } from '../io/report-files.ts';
import { annotationLines } from '../reporters/github.ts';
import { renderMarkdown } from '../reporters/markdown.ts';
import type { Reported } from '../reporters/reporter.ts';
import type { CommandContext } from './command.ts';

/**
 * Tells the CI system that this runs in, where there is one, in its own words: annotations, the
 * job's summary, the step's outputs.
 */
export async function tellSystem(
  reported: Reported,
  { ci, env, commandStreams }: CommandContext,
  how: { annotate: boolean; stream: 'stdout' | 'stderr' },
): Promise<void> {
  if (ci === undefined) return;
  const lines = how.annotate ? annotationLines(reported.report, ci) : [];
  commandStreams[how.stream].write(lines.map((line) => `${line}\n`).join(''));
  const summary = ci.summaryVariable === undefined ? undefined : env[ci.summaryVariable];
  if (summary) await appendText(summary, renderMarkdown(reported));
  const { outputs } = ci;
  const file = outputs === undefined ? undefined : env[outputs.variable];
  if (outputs === undefined || !file) return;
  const { exitStatus, outputs: values } = reported.report;
  const all = { 'exit-status': String(exitStatus), ...values };
  await appendText(file, outputs.format(all, `xbuild-${randomUUID()}`));
}
