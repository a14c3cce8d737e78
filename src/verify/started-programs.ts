import { shown } from '../model/bytes-text.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import { isKnown, type FileFacts } from '../model/facts.ts';
import { commandsInFile } from '../model/script-commands.ts';
import type { ImageFacts } from './image-facts.ts';
import { walkerOf, type ProgramScene } from './program-scene.ts';
import { programsOf, type NamedProgram } from './programs.ts';
import { findProgram, instructionOf } from './start-command.ts';

type Scene = Omit<ProgramScene, 'started'>;

/** A program that starting the image comes by. */
export interface StartedProgram {
  program: NamedProgram;
  /** As evidence: `the image's CMD names it`. */
  why: string;
  /** A script that the image starts executes it. */
  byScript: boolean;
}

/** The programs that a script executes, from what is known of an image. */
function commandsOf(path: string, { files, commands, inventory }: ImageFacts): readonly string[] {
  const known = commands?.[path];
  if (known !== undefined) return known;
  const isIt = (file: FileFacts) => file.path === path;
  const listed = inventory !== undefined && isKnown(inventory) ? inventory.files : [];
  // A file that was looked at for itself shows more of it than the inventory does.
  const { head, size = Infinity } = files.find(isIt) ?? listed.find(isIt) ?? {};
  return head === undefined ? [] : commandsInFile(bytesOfBase64(head), size);
}

function executedBy({ name }: NamedProgram, scene: Scene, facts: ImageFacts): StartedProgram[] {
  const lookup = findProgram(name, scene.config, walkerOf(scene));
  if (!('found' in lookup)) return [];
  const { path } = lookup.found;
  return commandsOf(path, facts).map((command) => ({
    program: { name: command, certain: false },
    why: `${shown(path)}, which the image starts, executes it`,
    byScript: true,
  }));
}

/** What the image's instructions name, the first program first, then what scripts among it execute. */
export function startedPrograms(scene: Scene, facts: ImageFacts): StartedProgram[] {
  const [instruction = ''] = instructionOf(scene.config).split(' ');
  const named = programsOf(scene.config);
  const names = new Set(named.map(({ name }) => name));
  const executed = named.flatMap((program) => executedBy(program, scene, facts));
  return [
    ...named.map((program) => ({
      program,
      why: `the image's ${instruction} names it`,
      byScript: false,
    })),
    ...executed.filter(({ program: { name } }) => !names.has(name)),
  ];
}
