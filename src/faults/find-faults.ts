import type { FoundSpot } from './fault.ts';
import { isExecutable } from './image-files.ts';
import { faults } from './index.ts';
import { elsewhere } from './library-missing.ts';
import { makeScene, type FaultInput, type FaultScene } from './scene.ts';

/** What is wrong with the files of an image. */
export interface Faults {
  spots: FoundSpot[];
  /** Files whose text would tell more. */
  needs: string[];
  /** The scene that they were found in; undefined where nothing is looked for. */
  scene?: FaultScene;
}

/** Texts that loaders go by, where that could find what the usual directories do not have. */
function needsOf(scene: FaultScene): string[] {
  const needs = scene.elves.flatMap((file) => {
    if (typeof file.loader !== 'string' || !isExecutable(file)) return [];
    const loading = scene.loadingOf(file);
    if (loading?.needs === undefined) return [];
    const useful = loading.lacking.some(({ name }) => elsewhere(scene, name, file).length > 0);
    return useful ? [loading.needs] : [];
  });
  return [...new Set(needs)];
}

/** Looks for every fault of the catalogue in one image. Pure. */
export function findFaults(input: FaultInput): Faults {
  const scene = makeScene(input);
  if (scene === undefined) return { spots: [], needs: [] };
  const spots = faults.flatMap(({ id, find }) =>
    find(scene).map((spot): FoundSpot => ({ ...spot, fault: id })),
  );
  return { spots, needs: needsOf(scene), scene };
}
