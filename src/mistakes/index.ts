// Written by scripts/catalogue.mjs from the files of this folder: do not edit.
import type { Mistake } from './mistake.ts';
import { mistake as downloadArchitecture } from './download-architecture.ts';
import { mistake as copyArchitecture } from './copy-architecture.ts';
import { mistake as environmentArchitecture } from './environment-architecture.ts';
import { mistake as automaticArgumentHidden } from './automatic-argument-hidden.ts';
import { mistake as automaticArgumentUndeclared } from './automatic-argument-undeclared.ts';
import { mistake as automaticArgumentTwice } from './automatic-argument-twice.ts';
import { mistake as finalStagePlatform } from './final-stage-platform.ts';
import { mistake as baseImageArchitecture } from './base-image-architecture.ts';
import { mistake as baseImageDigest } from './base-image-digest.ts';
import { mistake as fixedCompileTarget } from './fixed-compile-target.ts';
import { mistake as nativeCpu } from './native-cpu.ts';
import { mistake as copyFromOtherPlatform } from './copy-from-other-platform.ts';
import { mistake as machineOfBuildStage } from './machine-of-build-stage.ts';
import { mistake as cacheMountShared } from './cache-mount-shared.ts';
import { mistake as legacyBuilder } from './legacy-builder.ts';
import { mistake as contextProgram } from './context-program.ts';
import { mistake as contextDependencies } from './context-dependencies.ts';

/** Every mistake, in the order of what depends on what. */
export const mistakes: readonly Mistake[] = [
  downloadArchitecture,
  copyArchitecture,
  environmentArchitecture,
  automaticArgumentHidden,
  automaticArgumentUndeclared,
  automaticArgumentTwice,
  finalStagePlatform,
  baseImageArchitecture,
  baseImageDigest,
  fixedCompileTarget,
  nativeCpu,
  copyFromOtherPlatform,
  machineOfBuildStage,
  cacheMountShared,
  legacyBuilder,
  contextProgram,
  contextDependencies,
];
