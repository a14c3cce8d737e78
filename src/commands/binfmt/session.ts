import { openPlace, type OpenPlace } from '../../changes/open-place.ts';
import type { Situation } from '../../changes/plan/add.ts';
import { tableOf } from '../../changes/plan/plan.ts';
import { nativeArchitectures } from '../../changes/plan/programs.ts';
import { endpointOf } from '../../io/shared-flags.ts';
import { XbuildError } from '../../model/errors.ts';
import type { KernelFacts } from '../../model/facts.ts';
import { isOn, lastValue, type ParsedArguments } from '../../model/flags.ts';
import type { CommandContext } from '../command.ts';

/** What a subcommand plans from. */
export interface Session extends OpenPlace {
  parsed: ParsedArguments;
  context: CommandContext;
  kernel: KernelFacts;
  situation: Situation;
}

/** Opens the table that the flags choose, and reads it; nobody is going to write. */
export async function openToRead(
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<Session> {
  return openSession(parsed, context, [], false);
}

/** Opens the table that the flags choose, and reads it. `words`: what root would have to type. */
export async function openSession(
  parsed: ParsedArguments,
  context: CommandContext,
  words: readonly string[],
  forWriting = !isOn(parsed, 'dry-run'),
): Promise<Session> {
  const mount = lastValue(parsed, 'mount');
  const opened = await openPlace({
    endpoint: endpointOf(parsed),
    local: isOn(parsed, 'local') || mount !== undefined,
    mount,
    forWriting,
    words,
    env: context.env,
  });
  const kernel = await opened.place.read();
  return { ...opened, parsed, context, kernel, situation: situationOf(kernel, opened) };
}

function situationOf(kernel: KernelFacts, { place }: OpenPlace): Situation {
  return {
    table: tableOf(kernel.binfmt),
    runs: kernel.runs,
    native: nativeArchitectures(place.architecture, kernel.runs),
  };
}

/** Reads the table again, after something that may have changed it. */
export async function readAgain(session: Session): Promise<void> {
  session.kernel = await session.place.read();
  session.situation = situationOf(session.kernel, session);
}

/** Throws `change-refused` where there is no table to change. */
export function requireTable({ kernel, place }: Session): void {
  const { mount, knownToKernel } = kernel.binfmt;
  if (mount === 'binfmt_misc') return;
  if (!knownToKernel && mount === 'absent') {
    throw new XbuildError(
      'change-refused',
      `the kernel of ${place.name} does not know binfmt_misc, so there is no table to change`,
      'Load its module there (sudo modprobe binfmt_misc), or boot a kernel that has it.',
    );
  }
  throw new XbuildError(
    'change-refused',
    `binfmt_misc is not mounted on ${place.name}, so there is no table to change`,
    `Mount it with: xbuild binfmt mount${place.kind === 'machine' ? ' --local' : ''}`,
  );
}
