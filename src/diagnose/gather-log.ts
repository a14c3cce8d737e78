import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { DiagnosisFacts, Target } from '../model/diagnosis.ts';
import type { KernelFacts, Known } from '../model/facts.ts';
import { formatPlatform, parsePlatform, type Platform } from '../model/platform.ts';
import { clientPrograms } from './client-programs.ts';
import { complete, completeWith } from './complete.ts';
import { failsAlike, madeUpPrograms } from './made-up.ts';
import { withEngine } from './about-engine.ts';
import { readEngineSummary } from './engine-summary.ts';
import { readLog, type BoundedLog } from './log-source.ts';
import { platformOfLines, stageOfLines } from './log-stage.ts';
import type { Session } from './session.ts';

/** Opens a log: a file, or standard input for `-`. */
export async function readLogTarget(name: string, stdin: Readable): Promise<BoundedLog> {
  return readLog(name === '-' ? stdin : createReadStream(name));
}

/** What is known of a log beside its text. */
export interface KnownOfLog {
  platform?: Platform;
  /** The kernel's answer, where it was asked already. */
  asking?: Promise<Known<KernelFacts>>;
}

/**
 * Reads all facts of a log. The engine's rules are among them where there is an engine: they often
 * tell what the text does not.
 */
export async function gatherLog(
  log: BoundedLog,
  target: Target,
  session: Session | undefined,
  client: DiagnosisFacts['client'],
  known: KnownOfLog = {},
): Promise<DiagnosisFacts> {
  const platform = known.platform ?? platformNamed(log);
  const programs = await clientPrograms(log.lines, process.env);
  const base: DiagnosisFacts = {
    schemaVersion: 1,
    target,
    surface: { stage: stageOfLines(log.lines), exitCode: null, ...log },
    ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
    native: [],
    kernel: { unknown: 'the kernel: no engine answered' },
    ...(client === undefined ? {} : { client: { ...client, programs } }),
    files: [],
    hiddenFiles: [],
    traces: [],
    missing: [],
  };
  if (session === undefined) return base;
  const summary = readEngineSummary(session);
  summary.catch(() => undefined);
  const { asking } = known;
  const facts = await complete(base, session, {
    ...(platform === undefined ? {} : { platform }),
    ...(asking === undefined ? {} : { asking }),
  });
  return withEngine(await withMadeUp(facts), session, summary);
}

/** A log shows no file; where the rules alone explain what it says, a made-up program shows how. */
async function withMadeUp(facts: DiagnosisFacts): Promise<DiagnosisFacts> {
  for (const { source, path } of madeUpPrograms(facts)) {
    const walked = await completeWith(facts, source, [path]);
    if (failsAlike(walked)) return walked;
  }
  return facts;
}

function platformNamed({ lines }: BoundedLog): Platform | undefined {
  const text = platformOfLines(lines);
  try {
    return text === undefined ? undefined : parsePlatform(text);
  } catch {
    return undefined;
  }
}
