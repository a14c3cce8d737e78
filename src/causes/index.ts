import type { Cause } from '../model/diagnosis.ts';
import { causeOf } from './entry.ts';
import { families } from './families.ts';

export { families } from './families.ts';

/** The catalogue: every cause, in the order in which equally sure ones are told. */
export const causes: readonly Cause[] = families.flatMap(({ id, causes: entries }) =>
  entries.map((entry) => causeOf(entry, id)),
);
