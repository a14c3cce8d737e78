import type { FailedStep } from '../model/build.ts';
import type { DiagnosisFacts, Surface, Target } from '../model/diagnosis.ts';
import type { KernelFacts, Known } from '../model/facts.ts';
import { formatPlatform, parsePlatform } from '../model/platform.ts';
import { withoutSecrets } from '../model/secrets.ts';
import { withScratchContainer } from '../verify/scratch-container.ts';
import { complete } from './complete.ts';
import { withEngine } from './about-engine.ts';
import { readEngineSummary } from './engine-summary.ts';
import { gatherLog } from './gather-log.ts';
import { readImageFacts, type ReadImageFacts } from './image-facts.ts';
import { LogKeeper, type BoundedLog } from './log-source.ts';
import type { Session } from './session.ts';
import { containerSource, emptySource } from './sources.ts';
import { emptyStart } from './start-config.ts';

/** Where a step's files are: an image of what it started from, or nothing at all (FROM scratch). */
export type StageFiles = { image: string } | 'empty' | undefined;

/** What only files tell apart; the rest of what can fail in a step is the program's own matter. */
const aboutFiles =
  /exec format error|exec user process|no such file|not found|permission denied|operation not permitted|too many levels|error while loading|Error loading shared|Error relocating|cannot execute|can't execute|syntax error|text file busy|input\/output error|bad interpreter|corrupted shared library|^qemu-/i;

/** How a step ended, by BuildKit's error; null where it does not say. */
export function exitCodeOf(lines: readonly string[]): number | null {
  const found = lines
    .map((line) =>
      /(?:did not complete successfully|executor failed running .*): exit code: (?<code>\d+)/s.exec(
        line,
      ),
    )
    .findLast((match) => match !== null);
  return found?.groups?.['code'] === undefined ? null : Number(found.groups['code']);
}

/** Whether the files of a failed step are worth an image: its words leave several causes open. */
export function asksForFiles({ lines, argv }: FailedStep): boolean {
  if (argv === undefined) return false;
  const code = exitCodeOf(lines);
  return code === 126 || code === 127 || lines.some((line) => aboutFiles.test(line));
}

/**
 * Reads all facts of a failed step. Where its files are at hand they are walked as the kernel did;
 * else its words and the kernel's rules have to do. `kernel`: what was asked before the build.
 */
export async function gatherStep(
  session: Session,
  step: FailedStep,
  kernel: Known<KernelFacts>,
  files: StageFiles,
): Promise<DiagnosisFacts> {
  const log = logOf(step.lines);
  const platform = parsePlatform(step.platform);
  const place = { platform, asking: Promise.resolve(kernel) };
  if (files === undefined || step.argv === undefined) {
    const facts = await gatherLog(
      log,
      { kind: 'log', name: withoutSecrets(step.text) },
      session,
      session.client,
      place,
    );
    return { ...facts, surface: surfaceOf(log, step) };
  }
  const summary = readEngineSummary(session);
  summary.catch(() => undefined);
  const base = baseFacts(session, step, log);
  const image = files === 'empty' ? undefined : await imageOf(session, step, files.image);
  const known = image === undefined ? base : { ...base, image: image.facts };
  const completed =
    files === 'empty'
      ? await complete(known, session, { ...place, source: emptySource })
      : await withScratchContainer(
          session.engine.docker,
          { image: files.image, platform: formatPlatform(image?.platform ?? platform) },
          '-',
          (container) => complete(known, session, { ...place, source: containerSource(container) }),
        );
  return withEngine(completed, session, summary);
}

function logOf(lines: readonly string[]): BoundedLog {
  const keeper = new LogKeeper();
  for (const line of lines) keeper.add(line);
  return keeper.end();
}

function surfaceOf(log: BoundedLog, { lines }: FailedStep): Surface {
  return { stage: 'build', exitCode: exitCodeOf(lines), ...log };
}

function baseFacts({ client }: Session, step: FailedStep, log: BoundedLog): DiagnosisFacts {
  const exec = step.argv === undefined ? {} : { exec: step.argv.map(withoutSecrets) };
  const target: Target = { kind: 'step', name: withoutSecrets(step.text), ...exec };
  return {
    schemaVersion: 1,
    target,
    surface: surfaceOf(log, step),
    platform: step.platform,
    native: [],
    image: { reference: step.base ?? 'scratch', config: emptyStart, history: [] },
    kernel: { unknown: 'the engine was not asked' },
    client,
    files: [],
    hiddenFiles: [],
    traces: [],
    missing: [],
  };
}

/** What the stage's image says, under the name that the Dockerfile starts from. */
async function imageOf(
  { engine, native }: Session,
  { base }: FailedStep,
  id: string,
): Promise<ReadImageFacts | undefined> {
  const read = await readImageFacts(engine, id, { native });
  if (read === undefined || base === undefined) return read;
  return { ...read, facts: { ...read.facts, reference: base } };
}
