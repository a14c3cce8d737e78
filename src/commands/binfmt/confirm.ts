import { askYes, canAsk } from '../../io/ask.ts';
import { XbuildError } from '../../model/errors.ts';
import { isOn } from '../../model/flags.ts';
import type { Session } from './session.ts';

/** Throws `not-confirmed` unless the user agrees; nothing was changed then. */
export async function confirm(
  { parsed, context }: Pick<Session, 'parsed' | 'context'>,
  lines: readonly string[],
): Promise<void> {
  if (isOn(parsed, 'yes')) return;
  if (canAsk(context)) {
    if (await askYes('Make this change?', context)) return;
    throw new XbuildError('not-confirmed', 'nothing was changed', 'Answer y to make the change.');
  }
  throw new XbuildError(
    'not-confirmed',
    'nothing was changed: there is no terminal to ask on',
    'To make the change without being asked: --yes',
    { detail: lines },
  );
}
