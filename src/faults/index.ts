// Written by scripts/catalogue.mjs from the files of this folder: do not edit.
import type { Fault } from './fault.ts';
import { fault as wrongArchitecture } from './wrong-architecture.ts';
import { fault as foreignSystem } from './foreign-system.ts';
import { fault as wrongVariant } from './wrong-variant.ts';
import { fault as programDamaged } from './program-damaged.ts';
import { fault as loaderMissing } from './loader-missing.ts';
import { fault as libraryMissing } from './library-missing.ts';
import { fault as environmentPath } from './environment-path.ts';
import { fault as symbolVersionMissing } from './symbol-version-missing.ts';
import { fault as interpreterMissing } from './interpreter-missing.ts';
import { fault as pageAlignment } from './page-alignment.ts';
import { fault as setuidNeedsCredentials } from './setuid-needs-credentials.ts';

/** Every fault, in the order of what depends on what. */
export const faults: readonly Fault[] = [
  wrongArchitecture,
  foreignSystem,
  wrongVariant,
  programDamaged,
  loaderMissing,
  libraryMissing,
  environmentPath,
  symbolVersionMissing,
  interpreterMissing,
  pageAlignment,
  setuidNeedsCredentials,
];
