import { findArchitecture } from '../model/architecture.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { DiagnosisFacts } from '../model/diagnosis.ts';
import { isKnown, type KernelFacts, type Known } from '../model/facts.ts';
import { describeHead } from '../model/file-kind.ts';
import { programOf, type Platform } from '../model/platform.ts';
import { lookAtMachine } from '../probe/probe.ts';
import { furtherPaths } from './further-paths.ts';
import { asksForLibraries, withLibraries } from './library-facts.ts';
import { joinKernels, narrowerOf, nativeOf, readKernelFacts } from './kernel-facts.ts';
import { FileReader, type FileSource } from './read-files.ts';
import type { Session } from './session.ts';
import { traceAll, type Tracing } from './trace-programs.ts';

/** A script names an interpreter, that one a loader, each behind links: so often is asked. */
const mostRounds = 48;

/** Where the files of a target are, and for which platform it is. */
export interface Place {
  source?: FileSource;
  platform?: Platform;
  /** The kernel's answer, where it was asked already (askKernel). */
  asking?: Promise<Known<KernelFacts>>;
}

/** Asks the kernel what a platform's programs come to; it takes as long as a container does. */
export async function askKernel(
  session: Session,
  platform: Platform | undefined,
): Promise<Known<KernelFacts>> {
  const foreign = platform === undefined ? undefined : foreignProgram(platform, session);
  return ask(session, foreign === undefined ? [] : [foreign]);
}

async function ask(
  { engine, version, signal, whileWaiting }: Session,
  programs: readonly string[],
): Promise<Known<KernelFacts>> {
  return readKernelFacts(engine, { architecture: version.Arch, programs, signal, whileWaiting });
}

/**
 * Completes facts: asks the kernel and reads the files that its execve(2) would look at, until the
 * traces need no more. The kernel's answer does not wait for the files, nor the files for it.
 */
export async function complete(
  facts: DiagnosisFacts,
  session: Session,
  { source, platform, asking: asked }: Place,
): Promise<DiagnosisFacts> {
  const reader = source === undefined ? undefined : new FileReader(source);
  const { architecture } = { architecture: session.version.Arch };
  const asking = asked ?? askKernel(session, platform);
  asking.catch(() => undefined);
  const native = nativeOf(session.version.Arch, facts.kernel);
  let now = await readOn({ ...facts, native }, reader);
  const kernel = await asking;
  now = await readOn({ ...now.facts, kernel, native: nativeOf(architecture, kernel) }, reader);
  const programs = programsFor(now);
  if (programs.length > 0) {
    const more = joinKernels(now.facts.kernel, await ask(session, programs));
    now = await readOn(
      { ...now.facts, kernel: more, native: nativeOf(architecture, more) },
      reader,
    );
  }
  const looked = await lookAtHeld(now, session, reader);
  return lookAtLibraries(finish(looked), reader, source);
}

async function lookAtLibraries(
  facts: DiagnosisFacts,
  reader: FileReader | undefined,
  source: FileSource | undefined,
): Promise<DiagnosisFacts> {
  if (reader === undefined || source === undefined || !asksForLibraries(facts)) return facts;
  return withLibraries(facts, reader, source);
}

/** Interpreters that no run has shown: of rules that take the machine's own programs. */
async function lookAtHeld(
  now: Step,
  { engine, version, signal }: Session,
  reader: FileReader | undefined,
): Promise<Step> {
  const { kernel } = now.facts;
  const paths = [...new Set(now.tracing.held.map(({ interpreter }) => interpreter))];
  if (paths.length === 0 || !isKnown(kernel)) return now;
  const options = { architecture: version.Arch, signal };
  // What the engine refuses to show is named as missing at the end.
  const found = await lookAtMachine(engine.docker, options, paths).catch(() => []);
  const interpreters = [...kernel.interpreters, ...found];
  return readOn({ ...now.facts, kernel: { ...kernel, interpreters } }, reader);
}

/** Reads the files of another source, these first, and traces anew: nothing is asked of the engine. */
export async function completeWith(
  facts: DiagnosisFacts,
  source: FileSource,
  paths: readonly string[],
): Promise<DiagnosisFacts> {
  const reader = new FileReader(source);
  await reader.read(paths);
  return finish(await readOn({ ...facts, files: reader.files }, reader));
}

interface Step {
  facts: DiagnosisFacts;
  tracing: Tracing;
}

/** Traces, reads what the traces need, and traces again. */
async function readOn(facts: DiagnosisFacts, reader: FileReader | undefined): Promise<Step> {
  let now = facts;
  let tracing = traceAll(now);
  if (reader === undefined) return { facts: { ...now, traces: tracing.traces }, tracing };
  for (let round = 0; round < mostRounds; round++) {
    const further = furtherPaths({ ...now, traces: tracing.traces });
    if (!(await reader.read([...tracing.needs, ...further]))) break;
    now = { ...now, files: reader.files };
    tracing = traceAll(now);
  }
  return { facts: { ...now, traces: tracing.traces }, tracing };
}

/** The probe's program for a platform that is not the engine's own. */
function foreignProgram(platform: Platform, { native }: Session): string | undefined {
  return platform.architecture === native.architecture ? undefined : programOf(platform);
}

/** The probe's programs that show what rules do with the files that were met. */
function programsFor({ facts, tracing }: Step): string[] {
  const { kernel, files } = facts;
  if (!isKnown(kernel)) return [];
  const ran = new Set(kernel.runs.map(({ program }) => program));
  const paths = new Set([...tracing.held.map(({ path }) => path), ...foreignEnds(facts)]);
  const programs = files.flatMap(({ path, head }) => {
    if (!paths.has(path) || head === undefined) return [];
    const kind = describeHead(bytesOfBase64(head));
    const name = 'elf' in kind ? kind.architecture?.name : undefined;
    const architecture = name === undefined ? undefined : findArchitecture(name)?.name;
    if (architecture === undefined) return [];
    return programOf({ os: 'linux', architecture }) ?? [];
  });
  return [...new Set(programs)].filter((program) => !ran.has(program));
}

/** Where foreign programs met no rule, or only most kernels run them: whether this one does is worth knowing. */
function foreignEnds({ traces, kernel, native }: DiagnosisFacts): string[] {
  const hasRules = isKnown(kernel) && kernel.binfmt.rules.length > 0;
  const own = native[0] ?? '';
  return traces.flatMap(({ trace }) => {
    const last = trace?.hops.at(-1);
    if (trace === null || last === undefined) return [];
    const isForeign = trace.end.ok === false && trace.end.reason === 'foreign-architecture';
    const isNarrow = last.architecture !== undefined && last.architecture === narrowerOf(own);
    const runs = last.taken.by === 'native' && isNarrow;
    return (isForeign && (hasRules || isNarrow)) || runs ? [last.path] : [];
  });
}

function finish({ facts, tracing }: Step): DiagnosisFacts {
  const missing = [
    ...facts.missing,
    ...(isKnown(facts.kernel) ? [] : [facts.kernel.unknown]),
    ...tracing.needs.map((path) => `what ${path} is`),
    ...tracing.held.map(({ path }) => `the emulator that the kernel holds open for ${path}`),
  ];
  return { ...facts, missing: [...new Set(missing)] };
}
