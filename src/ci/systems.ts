// Written by scripts/catalogue.mjs from the files of this folder: do not edit.
import type { CiSystem } from './system.ts';
import { ci as github } from './github.ts';
import { ci as gitlab } from './gitlab.ts';
import { ci as azure } from './azure.ts';
import { ci as buildkite } from './buildkite.ts';
import { ci as teamcity } from './teamcity.ts';

/** Every ci, in the order of what depends on what. */
export const systems: readonly CiSystem[] = [github, gitlab, azure, buildkite, teamcity];
