import {
  mustPull,
  namedInterpreter,
  type FoundInterpreter,
  type Wish,
} from '../../changes/find-emulator.ts';
import { XbuildError } from '../../model/errors.ts';
import { escapeLine, shellQuote } from '../../model/escape.ts';
import { isOn, lastValue } from '../../model/flags.ts';
import { confirm } from './confirm.ts';
import type { Session } from './session.ts';

export function wishOf({ parsed }: Session): Wish {
  return {
    interpreter: lastValue(parsed, 'interpreter'),
    fromFile: lastValue(parsed, 'from-file'),
    image: lastValue(parsed, 'image'),
  };
}

/** What the user named; an image that the engine has to pull first only with consent. */
export async function named(session: Session): Promise<FoundInterpreter | undefined> {
  const { place, engine } = session;
  const wish = wishOf(session);
  if (wish.image !== undefined && engine !== undefined && (await mustPull(engine, wish.image))) {
    const image = escapeLine(wish.image);
    await agreeToPull(session, wish.image, `the engine has no image ${image}`);
  }
  return namedInterpreter(wish, place, engine);
}

/** Shows the image that would be pulled and run with all rights; throws where it is not wanted. */
export async function agreeToPull(session: Session, image: string, why: string): Promise<void> {
  const line = `docker pull ${shellQuote(image)}`;
  const reason = `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
  session.context.stderr.write(`${reason} The emulator is to come out of this one:\n  ${line}\n`);
  if (!isOn(session.parsed, 'dry-run')) return confirm(session, [line]);
  throw new XbuildError('change-refused', why, `Pull the image first: ${line}`);
}
