import type { Command } from './command.ts';

/** A command, loaded only when it is asked for. */
export interface CommandEntry {
  name: string;
  aliases: readonly string[];
  summary: string;
  load: () => Promise<Command>;
  /**
   * What help shows, where that is more than running it needs, or depends on the words after its
   * name.
   */
  loadHelp?: (words: readonly string[]) => Promise<Command>;
}

/** The commands, in the order of help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'build',
    aliases: [],
    summary: 'build for every platform and prove that each image runs',
    load: async () => (await import('./build.ts')).buildCommand,
  },
  {
    name: 'preflight',
    aliases: ['doctor'],
    summary: 'say what the engine can build and run, and what is in the way',
    load: async () => (await import('./preflight.ts')).preflightCommand,
  },
  {
    name: 'verify',
    aliases: [],
    summary: 'prove that images run, and are what they say they are',
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  {
    name: 'check',
    aliases: ['lint'],
    summary: 'say what in a Dockerfile makes an image wrong for a platform',
    load: async () => (await import('./check.ts')).checkCommand,
  },
  {
    name: 'binfmt',
    aliases: [],
    summary: 'show and change the kernel’s rules for foreign programs',
    load: async () => (await import('./binfmt.ts')).binfmtCommand,
    loadHelp: async (words) => (await import('./binfmt/help.ts')).binfmtHelp(words),
  },
  {
    name: 'diagnose',
    aliases: ['why'],
    summary: 'say why something does not run: one cause, the evidence, the fix',
    load: async () => (await import('./diagnose.ts')).diagnoseCommand,
  },
  {
    name: 'run',
    aliases: [],
    summary: 'docker run, and where it fails: why',
    load: async () => (await import('./run.ts')).runCommand,
  },
  {
    name: 'init',
    aliases: [],
    summary: 'write xbuild.yaml, a CI job and a Dockerfile',
    load: async () => (await import('./init.ts')).initCommand,
  },
  {
    name: 'config',
    aliases: [],
    summary: 'print the settings that apply, and where each came from',
    load: async () => (await import('./config.ts')).configCommand,
  },
  {
    name: 'completion',
    aliases: [],
    summary: 'print the completion for bash, zsh or fish',
    load: async () => (await import('./completion.ts')).completionCommand,
  },
  {
    name: 'clean',
    aliases: [],
    summary: 'remove what xbuild left in the engine: one small image',
    load: async () => (await import('./clean.ts')).cleanCommand,
  },
];

/** The command of that name or alias. */
export function findCommand(word: string): CommandEntry | undefined {
  return commands.find(({ name, aliases }) => name === word || aliases.includes(word));
}
