import { resolve } from 'node:path';
import type { DiagnosisFacts, Target } from '../model/diagnosis.ts';
import { byteString } from '../model/bytes-text.ts';
import { localArchitecture, readLocalKernel } from './local-kernel.ts';
import { nativeOf } from './kernel-facts.ts';
import { FileReader } from './read-files.ts';
import { localSource } from './sources.ts';
import { traceAll } from './trace-programs.ts';

const mostRounds = 48;

/** Reads all facts of a file of the machine that xbuild runs on: its own kernel would execute it. */
export async function gatherFile(name: string): Promise<DiagnosisFacts> {
  const path = byteString(resolve(name));
  const target: Target = { kind: 'file', name, path };
  const kernel = await readLocalKernel();
  let facts: DiagnosisFacts = {
    schemaVersion: 1,
    target,
    surface: { stage: 'never', exitCode: null, lines: [], cut: false },
    platform: `linux/${localArchitecture()}`,
    native: nativeOf(localArchitecture(), kernel),
    kernel,
    files: [],
    hiddenFiles: [],
    traces: [],
    missing: [],
  };
  const reader = new FileReader(localSource);
  let tracing = traceAll(facts);
  for (let round = 0; round < mostRounds; round++) {
    if (!(await reader.read([path, ...tracing.needs]))) break;
    facts = { ...facts, files: reader.files };
    tracing = traceAll(facts);
  }
  const missing = tracing.needs.map((needed) => `what ${needed} is`);
  return { ...facts, traces: tracing.traces, missing };
}
