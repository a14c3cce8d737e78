import { chosenBuilder } from '../io/buildx-state.ts';
import { readBuilderFacts, readClientFacts } from '../io/docker-cli.ts';
import { globalArguments, resolveEndpoint, type EndpointFlags } from '../io/endpoint.ts';
import { connectEngine, type Engine } from '../io/engine.ts';
import { XbuildError } from '../model/errors.ts';
import type { KernelFacts, Known } from '../model/facts.ts';
import type { BuilderFacts, PreflightFacts } from '../model/preflight.ts';
import { probeKernel } from '../probe/probe.ts';

/** What is asked of the machine before anything is judged. */
export interface GatherInput {
  endpoint: EndpointFlags;
  builder?: string;
  /** False leaves the kernel unknown: no container is run. */
  probe: boolean;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  /** Called while the engine is busy: the time to load what comes next. */
  whileWaiting?: () => void;
}

/** An open connection, and the facts read through it. */
export interface Gathered {
  engine: Engine;
  facts: PreflightFacts;
}

/**
 * Reads every fact that preflight judges, side by side where they do not need each other.
 *
 * Throws where the engine cannot be reached. What else cannot be read is an unknown fact.
 */
export async function gatherFacts(input: GatherInput): Promise<Gathered> {
  const endpoint = resolveEndpoint(input.endpoint, input.env);
  const client = known(readClientFacts(input.env));
  const builder = readBuilder(input, endpoint);
  // Both may fail while the engine is still being asked; they are awaited below.
  builder.catch(() => undefined);
  const engine = await connectEngine(endpoint);
  const version = await engine.readVersion();
  // GET /info takes its time; the probe only needs the architecture.
  const [engineFacts, kernel] = await Promise.all([
    engine.readFacts(version),
    readKernel(engine, version.Arch, await builder, input),
  ]);
  return {
    engine,
    facts: { engine: engineFacts, client: await client, builder: await builder, kernel },
  };
}

async function known<T extends object>(fact: Promise<T>): Promise<Known<T>> {
  try {
    return await fact;
  } catch (error) {
    if (error instanceof XbuildError) return { unknown: error.message };
    throw error;
  }
}

async function readBuilder(
  input: GatherInput,
  endpoint: ReturnType<typeof resolveEndpoint>,
): Promise<BuilderFacts> {
  const chosen = chosenBuilder(endpoint, input.env);
  return readBuilderFacts(
    {
      ...(input.builder === undefined ? {} : { builder: input.builder }),
      ...(chosen === undefined ? {} : { chosen }),
    },
    globalArguments(input.endpoint),
  );
}

async function readKernel(
  engine: Engine,
  architecture: string,
  builder: BuilderFacts,
  input: GatherInput,
): Promise<Known<KernelFacts>> {
  if (!input.probe) return { unknown: 'the engine’s kernel was not asked' };
  if (!['docker', 'docker-container', 'unknown'].includes(builder.driver)) {
    return {
      unknown: `the builder "${builder.name}" (driver ${builder.driver}) runs its steps on another machine`,
    };
  }
  try {
    return await probeKernel(engine.docker, {
      architecture,
      signal: input.signal,
      onStarting: input.whileWaiting,
    });
  } catch (error) {
    const failure = engine.failure(error);
    if (failure instanceof XbuildError && failure.code.startsWith('engine-')) throw failure;
    if (input.signal.aborted) throw new XbuildError('interrupted', 'interrupted', 'Run it again.');
    return { unknown: `the probe could not run: ${failure.message}` };
  }
}
