// Written by scripts/catalogue.mjs from the files of this folder: do not edit.
import type { Check } from '../model/preflight.ts';
import { check as engineReachable } from './engine-reachable.ts';
import { check as engineOs } from './engine-os.ts';
import { check as engineVersion } from './engine-version.ts';
import { check as builder } from './builder.ts';
import { check as builderKernel } from './builder-kernel.ts';
import { check as imageStore } from './image-store.ts';
import { check as binfmtKnown } from './binfmt-known.ts';
import { check as binfmtMounted } from './binfmt-mounted.ts';
import { check as binfmtEnabled } from './binfmt-enabled.ts';
import { check as rulePresent } from './rule-present.ts';
import { check as ruleEnabled } from './rule-enabled.ts';
import { check as ruleNotShadowed } from './rule-not-shadowed.ts';
import { check as ruleNotTooWide } from './rule-not-too-wide.ts';
import { check as ruleNotTooNarrow } from './rule-not-too-narrow.ts';
import { check as ruleFixBinary } from './rule-fix-binary.ts';
import { check as ruleFlags } from './rule-flags.ts';
import { check as interpreterPresent } from './interpreter-present.ts';
import { check as interpreterExecutable } from './interpreter-executable.ts';
import { check as interpreterNative } from './interpreter-native.ts';
import { check as interpreterStatic } from './interpreter-static.ts';
import { check as emulatorVersion } from './emulator-version.ts';
import { check as pageSize } from './page-size.ts';
import { check as platformRuns } from './platform-runs.ts';

/** Every check, in the order of what depends on what. */
export const checks: readonly Check[] = [
  engineReachable,
  engineOs,
  engineVersion,
  builder,
  builderKernel,
  imageStore,
  binfmtKnown,
  binfmtMounted,
  binfmtEnabled,
  rulePresent,
  ruleEnabled,
  ruleNotShadowed,
  ruleNotTooWide,
  ruleNotTooNarrow,
  ruleFixBinary,
  ruleFlags,
  interpreterPresent,
  interpreterExecutable,
  interpreterNative,
  interpreterStatic,
  emulatorVersion,
  pageSize,
  platformRuns,
];
