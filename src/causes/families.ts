// Written by scripts/catalogue.mjs from the files of this folder: do not edit.
import type { Family } from './entry.ts';
import { family as emulationRules } from './emulation-rules.ts';
import { family as ruleInterpreters } from './rule-interpreters.ts';
import { family as emulationRuntime } from './emulation-runtime.ts';
import { family as architectures } from './architectures.ts';
import { family as scripts } from './scripts.ts';
import { family as noProgram } from './no-program.ts';
import { family as loaders } from './loaders.ts';
import { family as libraries } from './libraries.ts';
import { family as paths } from './paths.ts';
import { family as security } from './security.ts';

/** Every family, in the order of what depends on what. */
export const families: readonly Family[] = [
  emulationRules,
  ruleInterpreters,
  emulationRuntime,
  architectures,
  scripts,
  noProgram,
  loaders,
  libraries,
  paths,
  security,
];
