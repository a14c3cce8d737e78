import { expandKnown, patternOf, withoutVariables, type Lookup } from './expand.ts';
import type { Instruction } from './model.ts';
import { copiedBy, jsonWords } from './words.ts';

/** A history entry's `created_by`, read. Only what makes files is told apart. */
export interface Created {
  keyword: 'RUN' | 'COPY' | 'ADD';
  /** The command line with its shell, or the sources and the destination; blanks made single. */
  text: string;
  /** The classic builder names a source by its checksum, so that only the destination can be told. */
  onlyDestination: boolean;
}

/**
 * Reads `created_by`; undefined for what makes no files, or was made by something else.
 *
 * BuildKit writes `COPY a /b # buildkit` and `RUN |1 ARG=value /bin/sh -c make # buildkit`; the
 * classic builder `/bin/sh -c #(nop) COPY file:1a2b… in /b ` and `|1 ARG=value /bin/sh -c make`, with
 * nothing to tell it from a command that some other tool recorded.
 */
export function readCreatedBy(createdBy: string): Created | undefined {
  const nop = /#\(nop\)\s+(COPY|ADD)\s+([^]*)$/.exec(createdBy);
  if (nop !== null) {
    const [, destination] = /\s?(?:file|dir|multi):[0-9a-f]+ in ([^]*)$/.exec(nop[2] ?? '') ?? [];
    if (destination === undefined) return undefined;
    return { keyword: keywordOf(nop[1]), text: squeeze(destination), onlyDestination: true };
  }
  if (createdBy.includes('#(nop)')) return undefined;
  const text = createdBy.replace(/ # buildkit$/, '');
  const copy = /^(COPY|ADD) ([^]*)$/.exec(text);
  if (copy !== null) {
    const words = (copy[2] ?? '').replace(/^(?:--\S+\s+)+/, '');
    return { keyword: keywordOf(copy[1]), text: squeeze(words), onlyDestination: false };
  }
  if (
    /^(?:ARG|ENV|LABEL|CMD|ENTRYPOINT|EXPOSE|USER|WORKDIR|VOLUME|SHELL|STOPSIGNAL|HEALTHCHECK|ONBUILD|MAINTAINER)\s/.test(
      text,
    )
  )
    return undefined;
  return { keyword: 'RUN', text: squeeze(text.replace(/^RUN /, '')), onlyDestination: false };
}

function keywordOf(word = ''): 'COPY' | 'ADD' {
  return word === 'ADD' ? 'ADD' : 'COPY';
}

function squeeze(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

/**
 * How well an instruction fits: 0 where it cannot have made the entry, else the more of the text is
 * accounted for, the higher.
 */
export function fitOf(instruction: Instruction, created: Created, lookup: Lookup): number {
  if (instruction.keyword !== created.keyword) return 0;
  if (created.keyword === 'RUN') return fitOfRun(instruction, created.text);
  const copied = copiedBy(instruction);
  if (copied === undefined) return 0;
  const { sources, destination } = copied;
  const words = created.onlyDestination ? [destination] : [...sources, destination];
  const text = expandKnown(words.join(' '), lookup);
  return patternOf(text).test(created.text) ? 1 + withoutVariables(text).length : 0;
}

/** The command line ends with the instruction's text: what is before is the shell and its arguments. */
function fitOfRun({ text, heredocs }: Instruction, commandLine: string): number {
  const bodies = heredocs.map(({ name, lines }) => {
    const body = lines.map((line) => line.text).join('\n');
    return { body, whole: `${body}\n${name}` };
  });
  const whole = [text, ...bodies.map((one) => one.whole)].join('\n');
  const texts = [
    jsonWords(text)?.join(' ') ?? whole,
    ...bodies.slice(0, 1).map(({ body }) => body),
  ];
  const fits = texts.map(squeeze).filter((one) => one !== '' && endsWithWord(commandLine, one));
  return Math.max(0, ...fits.map(({ length }) => length));
}

function endsWithWord(text: string, end: string): boolean {
  return text === end || text.endsWith(` ${end}`);
}
