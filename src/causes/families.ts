// Written by scripts/catalogue.mjs from the files of this folder: do not edit.
import type { Family } from './entry.ts';
import { family as emulationRules } from './emulation-rules.ts';
import { family as ruleInterpreters } from './rule-interpreters.ts';
import { family as ruleEmulators } from './rule-emulators.ts';
import { family as wrongRules } from './wrong-rules.ts';
import { family as emulationRuntime } from './emulation-runtime.ts';
import { family as hostPrograms } from './host-programs.ts';
import { family as platforms } from './platforms.ts';
import { family as architectures } from './architectures.ts';
import { family as lineEnds } from './line-ends.ts';
import { family as shebangLines } from './shebang-lines.ts';
import { family as scriptInterpreters } from './script-interpreters.ts';
import { family as noProgram } from './no-program.ts';
import { family as otherSystems } from './other-systems.ts';
import { family as elfFiles } from './elf-files.ts';
import { family as loaders } from './loaders.ts';
import { family as libraries } from './libraries.ts';
import { family as mounts } from './mounts.ts';
import { family as links } from './links.ts';
import { family as permissions } from './permissions.ts';
import { family as commands } from './commands.ts';
import { family as security } from './security.ts';

/** Every family, in the order of what depends on what. */
export const families: readonly Family[] = [
  emulationRules,
  ruleInterpreters,
  ruleEmulators,
  wrongRules,
  emulationRuntime,
  hostPrograms,
  platforms,
  architectures,
  lineEnds,
  shebangLines,
  scriptInterpreters,
  noProgram,
  otherSystems,
  elfFiles,
  loaders,
  libraries,
  mounts,
  links,
  permissions,
  commands,
  security,
];
