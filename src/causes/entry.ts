import { shown } from '../model/bytes-text.ts';
import type { Cause, CauseMatch, Confidence, DiagnosisFacts } from '../model/diagnosis.ts';
import type { Fix } from '../model/finding.ts';
import { fixInPlace } from './fix-commands.ts';
import type { Failure } from './failures.ts';
import { sceneOf, type Scene } from './scene.ts';
import { guessOfText } from './text-guess.ts';
import { nameOf } from './words.ts';

/** One entry of the catalogue, as a family writes it. */
export interface Entry {
  id: string;
  /** Half a sentence: `no rule for this architecture`. */
  title: string;
  /** How it comes to the message that people see: a few sentences. */
  why: string;
  /** What people see, one a line. */
  seen: readonly string[];
  /** How to tell it from its look-alikes. */
  proof: string;
  /** What puts it right, in general; of a case in hand `find` says it with names and commands. */
  remedy: string;
  prevent: string;
  before?: readonly string[];
  silent?: true;
  /** Pure; never throws. Undefined where the facts do not show it. */
  find(scene: Scene): CauseMatch | undefined;
}

/** Causes of a kind, in one file. `id` is the file's name. */
export interface Family {
  id: string;
  title: string;
  causes: readonly Entry[];
}

/** An entry as a cause: by the facts, and where they do not tell, by the text. */
export function causeOf(entry: Entry, family: string): Cause {
  const { id, title, why, prevent, before, silent } = entry;
  return {
    id,
    family,
    title,
    why,
    prevent,
    ...(before === undefined ? {} : { before }),
    ...(silent === undefined ? {} : { silent }),
    match: (facts: DiagnosisFacts) => {
      const scene = sceneOf(facts);
      const found = entry.find(scene) ?? byText(entry, scene);
      return found === undefined ? undefined : { ...found, fix: fixInPlace(scene, found.fix) };
    },
  };
}

/** What the text alone allows: `possible`, with the general remedy. */
function byText({ id, title, remedy }: Entry, scene: Scene): CauseMatch | undefined {
  const [guess, ...others] = guessOfText(scene);
  if (guess?.id !== id) return undefined;
  const alike =
    others.length === 0
      ? []
      : [`the same words also come of: ${others.map((one) => one.id).join(', ')}`];
  return {
    confidence: 'possible',
    message: `${guess.subject} cannot run; by the message alone it may be: ${title}`,
    evidence: [...guess.evidence, ...alike],
    fix: { text: remedy, commands: [] },
  };
}

/** What a failing program is told with. */
interface Telling {
  message: string;
  evidence?: readonly string[];
  fix: Fix;
  confidence?: Confidence;
}

const order: readonly Confidence[] = ['certain', 'likely', 'possible'];

/** The failing program that a cause explains best: surest first, then the first of them. */
export function ofFailures(
  { failures }: Scene,
  tell: (failure: Failure) => Telling | undefined,
): CauseMatch | undefined {
  const matches = failures.flatMap((failure) => {
    const told = tell(failure);
    return told === undefined ? [] : [matchOf(failure, told)];
  });
  return order.flatMap((confidence) =>
    matches.filter((match) => match.confidence === confidence),
  )[0];
}

function matchOf(
  failure: Failure,
  { message, evidence = [], fix, confidence }: Telling,
): CauseMatch {
  return {
    confidence: confidence ?? failure.confidence,
    message,
    evidence: [...filesOf(failure), ...evidence],
    fix,
    trace: failure.index,
  };
}

/** The files on the way, for evidence. */
function filesOf({ hops }: Failure): string[] {
  return hops.map(({ name, words }) => `${shown(name)}: ${words}`);
}

/** The program of a failure, by name. */
export function subjectOf({ program }: Failure): string {
  return nameOf(program);
}

/** A fix without commands. */
export function advice(text: string, commands: readonly string[] = []): Fix {
  return { text, commands: [...commands] };
}
