import type { ClientDiagnosisFacts, DiagnosisFacts, EngineSummary } from '../model/diagnosis.ts';
import { isKnown } from '../model/facts.ts';
import { clientPrograms } from './client-programs.ts';
import { localKernelName } from './local-kernel.ts';
import type { Session } from './session.ts';

/**
 * Completes facts with what the engine says of itself. Where it is on this machine, what is here is a
 * fact, too: its own programs that could not be started, and, where its kernel had no rule for a
 * program, this machine's rules: a user namespace may have a table of its own, and the two then differ.
 */
export async function withEngine(
  facts: DiagnosisFacts,
  { readOwnRules }: Session,
  summary: Promise<EngineSummary>,
): Promise<DiagnosisFacts> {
  const engine = await summary;
  if (facts.client === undefined || engine.remote) return { ...facts, engine };
  const client: ClientDiagnosisFacts = { ...facts.client };
  const refused = facts.surface.lines.filter(({ from }) => from === 'state');
  if (client.programs.length === 0) client.programs = await clientPrograms(refused, process.env);
  if (metNoRule(facts) && isThisKernel(facts)) client.binfmt = await readOwnRules();
  return { ...facts, client, engine };
}

function metNoRule({ traces }: DiagnosisFacts): boolean {
  return traces.some(
    ({ trace }) => trace?.end.ok === false && trace.end.reason === 'foreign-architecture',
  );
}

/** The same build of the kernel; a virtual machine beside it (Docker Desktop) has another. */
function isThisKernel({ kernel }: DiagnosisFacts): boolean {
  const { release, version } = localKernelName();
  return isKnown(kernel) && kernel.release === release && kernel.version === version;
}
