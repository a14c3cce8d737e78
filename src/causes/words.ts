import { shown } from '../model/bytes-text.ts';
import type { DiagnosisFacts, ProgramTrace } from '../model/diagnosis.ts';

/** `an amd64`, `a riscv64`, `an s390x`: the article goes by the sound. */
export function withArticle(word: string): string {
  return `${/^(?:[aeio]|8|s390|x86|x32|m68|sh4)/.test(word) ? 'an' : 'a'} ${word}`;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `0755`. */
export function modeText(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** The name by which a program was started. */
export function nameOf({ argv, lookup }: ProgramTrace): string {
  return shown('path' in lookup ? lookup.path : (argv[0] ?? ''));
}

/** Whose files a program has: of a build's step they are those of its stage so far. */
export function placeWord({ target, container }: DiagnosisFacts): 'container' | 'image' | 'stage' {
  if (target.kind === 'step') return 'stage';
  return container === undefined ? 'image' : 'container';
}

/** The same, where what is said of it is said of the image also for its containers. */
export function imageWord(facts: DiagnosisFacts): 'image' | 'stage' {
  return facts.target.kind === 'step' ? 'stage' : 'image';
}

/** How sure a cause is that only a text tells of: of a container the text is at least its own. */
export function textual({ target }: DiagnosisFacts): 'likely' | 'possible' {
  return target.kind === 'log' ? 'possible' : 'likely';
}
