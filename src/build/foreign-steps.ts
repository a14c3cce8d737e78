import type { Dockerfile, Stage } from '../dockerfile/model.ts';
import { platformOf, targetStage, usedStages } from '../dockerfile/stages.ts';

/**
 * Whether building this Dockerfile executes programs of the target platform: a RUN in a stage that
 * is not pinned to the build platform. Where it executes none, a platform that the engine cannot
 * run can be built all the same (cross-compiling and COPY).
 *
 * Answers true for a frontend of its own (`# syntax=`), which may do anything. An ONBUILD RUN in a
 * base image cannot be seen; OCI images cannot hold one, and images that do are named so.
 */
export function runsOnTarget(dockerfile: Dockerfile, target?: string): boolean {
  const { syntax, stages } = dockerfile;
  if (syntax !== undefined && !/^docker\/dockerfile(?::|$)/.test(syntax)) return true;
  if (targetStage(dockerfile, target) === undefined) return true;
  const used = usedStages(dockerfile, target);
  return stages.some((stage) => used.has(stage.index) && executes(stage, dockerfile));
}

function executes(stage: Stage, dockerfile: Dockerfile): boolean {
  if (platformOf(stage, dockerfile).kind === 'build') return false;
  if (stage.instructions.some(({ keyword }) => keyword === 'RUN')) return true;
  return stage.base.kind === 'image' && stage.base.name.toLowerCase().includes('onbuild');
}
