import type { Platform } from '../model/platform.ts';
import { automaticValues } from './automatic.ts';
import { resolve, sourceOf } from './copy-path.ts';
import { expandKnown } from './expand.ts';
import { fitOf, readCreatedBy } from './history.ts';
import type { Dockerfile, Instruction, Stage } from './model.ts';
import { placesOf, type Place, type Values } from './scope.ts';
import { stagesMeant, targetStage } from './stages.ts';
import { copiedBy } from './words.ts';

/** What locateInSources() is asked. */
export interface LocateInput {
  /** The file in the image: an absolute path, a byte string. */
  path: string;
  /**
   * The layer that it comes from; only its `created_by` is used. Without one, what is found is an
   * instruction that names this very path.
   */
  layer?: { createdBy?: string };
  dockerfile: Dockerfile;
  /** The value of --target. */
  target?: string;
  /** What the image is for: then TARGETARCH and the like are known. */
  platform?: Platform;
}

/** One instruction on a file's way into the image. Untrusted text. */
export interface SourceStep {
  line: number;
  endLine: number;
  /** `COPY --from=build /app /app`, on one line. */
  text: string;
}

/** Where a file of an image comes from. */
export interface SourceTrace {
  /** The instruction that made it, as far back as that can be told; as in FindingLocation.source. */
  source: { file: string; line: number; endLine?: number };
  /**
   * The instruction of the layer first, and after each COPY --from the one that made the file in
   * that stage. The last one is `source`'s.
   */
  steps: SourceStep[];
  /** Set where the last step copies from the build context: the path there. */
  contextPath?: string;
}

/**
 * Maps a file of an image to the instruction of the Dockerfile that put it there: the layer's
 * `created_by` is compared with the instructions of the target stage and those it is built on, and
 * COPY --from is followed to the RUN or COPY that made the file in that stage.
 *
 * `undefined` where it cannot be told: a layer of the base image, a `created_by` that fits no
 * instruction or several. Nothing is guessed: where only the first step is sure, it is the answer.
 */
export function locateInSources(input: LocateInput): SourceTrace | undefined {
  const { path, dockerfile, target, platform } = input;
  const stage = targetStage(dockerfile, target);
  if (stage === undefined) return undefined;
  const automatic = platform ? automaticValues(platform) : {};
  const sources = { dockerfile, automatic };
  const createdBy = input.layer?.createdBy;
  const first =
    createdBy === undefined
      ? findMaker(path, stage, sources)
      : findCreator(createdBy, stage, sources);
  return first === undefined ? undefined : traceBack(path, [first], sources);
}

/** The one instruction of a stage, or of those it is built on, that fits a layer's history best. */
function findCreator(
  createdBy: string,
  stage: Stage,
  { dockerfile, automatic }: Sources,
): Place | undefined {
  const created = readCreatedBy(createdBy);
  if (created === undefined) return undefined;
  const fitting = (place: Place) => fitOf(place.instruction, created, place.scope.lookup);
  const fits = placesOf(stage, dockerfile, automatic)
    .map((place) => ({ place, fit: fitting(place) }))
    .filter(({ fit }) => fit > 0);
  const best = Math.max(...fits.map(({ fit }) => fit));
  const [first, ...others] = fits.filter(({ fit }) => fit === best);
  return others.length > 0 ? undefined : first?.place;
}

interface Sources {
  dockerfile: Dockerfile;
  automatic: Values;
}

function traceBack(path: string, way: readonly [...Place[], Place], sources: Sources): SourceTrace {
  const { dockerfile } = sources;
  const trace = traceOf(way, dockerfile);
  const place = way[way.length - 1] as Place;
  const copied = copiedBy(place.instruction);
  const source = copied && sourceOf(path, copied, place.scope);
  if (copied === undefined || source === undefined) return trace;
  if (copied.from === undefined) return { ...trace, contextPath: source };
  const [index = -1, ...more] = stagesMeant(dockerfile, copied.from);
  const stage = more.length > 0 ? undefined : dockerfile.stages[index];
  const maker = stage && findMaker(source, stage, sources);
  if (maker === undefined || way.length > dockerfile.stages.length) return trace;
  return traceBack(source, [...way, maker], sources);
}

/**
 * The instruction of a stage that makes a file: the COPY of this very file, or the first RUN after
 * it that names its path, or the only one that names it by its last part. A directory that is copied
 * may hold it, but a RUN after that may have made it as well: then it cannot be told.
 */
function findMaker(path: string, stage: Stage, sources: Sources): Place | undefined {
  const { dockerfile, automatic } = sources;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const places = placesOf(stage, dockerfile, automatic);
  const copies = places.flatMap((place) => {
    const copied = copiedBy(place.instruction);
    const from = copied && sourceOf(path, copied, place.scope);
    return from === undefined
      ? []
      : [{ place, exact: isNamed(copied?.destination, copied?.sources, name) }];
  });
  const last = copies.at(-1);
  const runs = places
    .slice(last === undefined ? 0 : places.indexOf(last.place) + 1)
    .filter(({ instruction }) => instruction.keyword === 'RUN');
  const words = new Map(runs.map((run) => [run, wordsOf(run)]));
  const byPath = runs.find((run) => words.get(run)?.paths.includes(path));
  if (byPath !== undefined && last?.exact !== true) return byPath;
  const byName = runs.filter((run) => words.get(run)?.names.includes(name));
  if (last?.exact === true || (last !== undefined && runs.length === 0)) return last.place;
  return byName.length === 1 ? byName[0] : undefined;
}

/** Whether a COPY names the file, not only a directory that may hold it. */
function isNamed(destination = '', sources: readonly string[] = [], name = ''): boolean {
  return [destination, ...sources].some((path) => path === name || path.endsWith(`/${name}`));
}

/** The words of a RUN as paths, from where it runs, and their last parts. */
function wordsOf(place: Place) {
  const { lookup, workdir } = place.scope;
  const text = expandKnown(place.instruction.lines.map((line) => line.text).join('\n'), lookup);
  const words = text.split(/[\s"'=;|&()<>]+/).filter((word) => word !== '');
  return {
    paths: words.flatMap((word) => resolve(word, workdir) ?? []),
    names: words.map((word) => word.slice(word.lastIndexOf('/') + 1)),
  };
}

function traceOf(way: readonly [...Place[], Place], { file }: Dockerfile): SourceTrace {
  const steps = way.map(({ instruction }) => ({
    line: instruction.line,
    endLine: instruction.endLine,
    text: textOf(instruction),
  }));
  const { line, endLine } = (way[way.length - 1] as Place).instruction;
  return { source: { file, line, ...(endLine > line && { endLine }) }, steps };
}

function textOf({ keyword, flags, text }: Instruction): string {
  const words = flags.map(({ name, value }) => (value === '' ? `--${name}` : `--${name}=${value}`));
  return [keyword, ...words, text].join(' ').replaceAll(/\s+/g, ' ');
}
