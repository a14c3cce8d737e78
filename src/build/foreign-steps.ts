import { DockerfileParser, type From, type Instruction } from 'dockerfile-ast';

/**
 * Whether building this Dockerfile executes programs of the target platform: a RUN in a stage that
 * is not pinned to the build platform. Where it executes none, a platform that the engine cannot
 * run can be built all the same (cross-compiling and COPY).
 *
 * Answers true for a frontend of its own (`# syntax=`), which may do anything. An ONBUILD RUN in a
 * base image cannot be seen; OCI images cannot hold one, and images that do are named so.
 */
export function runsOnTarget(dockerfile: string, target?: string): boolean {
  const parsed = DockerfileParser.parse(dockerfile);
  const frontend = parsed.getDirectives().find((directive) => directive.getName() === 'syntax');
  if (frontend !== undefined && !/^docker\/dockerfile(?::|$)/.test(frontend.getValue()))
    return true;
  const stages = stagesOf(parsed.getInstructions());
  const wanted = target === undefined ? stages.at(-1) : findStage(stages, target);
  if (wanted === undefined) return true;
  return [...reachable(wanted, stages)].some((stage) => executes(stage, stages));
}

interface Stage {
  name: string | null;
  index: number;
  base: string;
  pinned: boolean;
  instructions: Instruction[];
}

function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const stages: Stage[] = [];
  for (const instruction of instructions) {
    if (instruction.getKeyword() === 'FROM')
      stages.push(stageOf(instruction as From, stages.length));
    else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

function stageOf(from: From, index: number): Stage {
  const platform = from.getPlatformFlag()?.getValue() ?? '';
  return {
    name: from.getBuildStage()?.toLowerCase() ?? null,
    index,
    base: from.getImage()?.toLowerCase() ?? '',
    pinned: /^\$\{?BUILDPLATFORM\}?$/.test(platform),
    instructions: [],
  };
}

function findStage(stages: readonly Stage[], name: string): Stage | undefined {
  return stages.find((stage) => stage.name === name.toLowerCase() || String(stage.index) === name);
}

/** The stages that a stage is built from: its base, COPY --from and RUN --mount=from. */
function reachable(stage: Stage, stages: readonly Stage[], seen = new Set<Stage>()): Set<Stage> {
  if (seen.has(stage)) return seen;
  seen.add(stage);
  const before = stages.filter((other) => other.index < stage.index);
  const names = [stage.base, ...stage.instructions.flatMap((one) => references(one))];
  for (const name of names) {
    const found = findStage(before, name);
    if (found !== undefined) reachable(found, stages, seen);
  }
  return seen;
}

function references(instruction: Instruction): string[] {
  const text = instruction.getTextContent();
  return [...text.matchAll(/(?:--from=|,from=|=from=)([^\s,]+)/g)].map((match) => match[1] ?? '');
}

function executes(stage: Stage, stages: readonly Stage[]): boolean {
  if (isPinned(stage, stages)) return false;
  if (stage.instructions.some((instruction) => instruction.getKeyword() === 'RUN')) return true;
  const base = findStage(stages.slice(0, stage.index), stage.base);
  return base === undefined && /onbuild/.test(stage.base);
}

/** A stage built on another stage has that stage's platform, whatever its own --platform says. */
function isPinned(stage: Stage, stages: readonly Stage[]): boolean {
  const base = findStage(stages.slice(0, stage.index), stage.base);
  return base === undefined ? stage.pinned : isPinned(base, stages);
}
