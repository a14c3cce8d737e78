import { byteString } from '../../model/bytes-text.ts';
import { readLocalTable } from '../../binfmt/read-local.ts';
import type { Table } from '../../binfmt/table.ts';
import { endpointOf } from '../../io/shared-flags.ts';
import { isOn, lastValue, type ParsedArguments } from '../../model/flags.ts';
import { XbuildError } from '../../model/errors.ts';
import type { ReadingContext } from './subcommand.ts';

/**
 * Reads the table that the flags choose. `runs`: whether the probe's programs are run where it is an
 * engine's. The engine is loaded only then: --local must not wait for it.
 */
export async function openTable(
  parsed: ParsedArguments,
  context: ReadingContext,
  { runs }: { runs: boolean },
): Promise<Table> {
  const mount = lastValue(parsed, 'mount');
  if (mount !== undefined || isOn(parsed, 'local')) {
    refuseEngine(parsed);
    return readLocalTable(mount === undefined ? undefined : byteString(mount));
  }
  const [{ resolveEndpoint }, { connectEngine }, { readEngineTable }] = await Promise.all([
    import('../../io/endpoint.ts'),
    import('../../io/engine.ts'),
    import('../../binfmt/read-engine.ts'),
  ]);
  const { env, signal } = context;
  const engine = await connectEngine(resolveEndpoint(endpointOf(parsed), env));
  return readEngineTable(engine, { runs, signal });
}

function refuseEngine(parsed: ParsedArguments): void {
  const { host, context } = endpointOf(parsed);
  if (host === undefined && context === undefined) return;
  throw new XbuildError(
    'bad-argument',
    '--local and --mount ask this machine, --host and --context an engine',
    'Keep one of them.',
  );
}
