import type { Finding } from '../model/finding.ts';
import { mistakes } from './index.ts';
import { sceneOf, type MistakesInput } from './scene.ts';

/**
 * The mistakes in a Dockerfile and its context, in the order of their lines. `fail`: the image is
 * wrong for sure, or the build fails; `warn`: usually so; `unknown`: a fact is missing.
 */
export function findMistakes(input: MistakesInput): Finding[] {
  const scene = sceneOf(input);
  const { file } = input.dockerfile;
  return mistakes
    .flatMap(({ id, find }) => find(scene).map((spot) => ({ id, spot })))
    .toSorted((one, other) => one.spot.line - other.spot.line)
    .map(({ id, spot: { line, endLine, ...rest } }) => ({
      id,
      ...rest,
      location: {
        source: { file, line, ...(endLine !== undefined && endLine > line && { endLine }) },
      },
    }));
}
