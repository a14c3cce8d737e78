import { shown } from '../model/bytes-text.ts';
import { isKnown } from '../model/facts.ts';
import { commandsInFile } from '../model/script-commands.ts';
import type { ImageFacts } from './image-facts.ts';
import { walkerOf, type ProgramScene } from './program-scene.ts';
import { programsOf, type NamedProgram } from './programs.ts';
import { findProgram, instructionOf } from './start-command.ts';

/** A program that starting the image comes by. */
export interface StartedProgram {
  program: NamedProgram;
  /** As evidence: `the image's CMD names it`. */
  why: string;
  /** A script that the image starts executes it. */
  byScript: boolean;
}

/** The programs that scripts execute, by the script's path, from what is known of an image. */
export function scriptCommands({ files, commands, inventory }: ImageFacts) {
  const listed = inventory !== undefined && isKnown(inventory) ? inventory.files : [];
  return (path: string): readonly string[] => {
    const known = commands?.[path];
    if (known !== undefined) return known;
    // A file that was looked at for itself shows more of it than the inventory does.
    const file = [files, listed].flatMap((all) => all.find((one) => one.path === path) ?? []).at(0);
    return file?.head === undefined
      ? []
      : commandsInFile({ head: file.head, size: file.size ?? Infinity });
  };
}

function executedBy({ name }: NamedProgram, scene: ProgramScene): StartedProgram[] {
  const lookup = findProgram(name, scene.config, walkerOf(scene));
  if (!('found' in lookup)) return [];
  const { path } = lookup.found;
  return scene.commandsOf(path).map((command) => ({
    program: { name: command, certain: false },
    why: `${shown(path)}, which the image starts, executes it`,
    byScript: true,
  }));
}

/** What the image's instructions name, the first program first, then what scripts among it execute. */
export function startedPrograms(scene: ProgramScene): StartedProgram[] {
  const [instruction = ''] = instructionOf(scene.config).split(' ');
  const named = programsOf(scene.config);
  const names = new Set(named.map(({ name }) => name));
  const executed = named.flatMap((program) => executedBy(program, scene));
  return [
    ...named.map((program) => ({
      program,
      why: `the image's ${instruction} names it`,
      byScript: false,
    })),
    ...executed.filter(({ program: { name } }) => !names.has(name)),
  ];
}
