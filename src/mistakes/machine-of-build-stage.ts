import type { Instruction } from '../dockerfile/model.ts';
import { stagesMeant } from '../dockerfile/stages.ts';
import { copiedBy } from '../dockerfile/words.ts';
import type { Mistake, Spot } from './mistake.ts';
import { lineOf, othersThan, wholeText, type Scene, type SceneStage } from './scene.ts';

export const order = 100;

export const mistake: Mistake = {
  id: 'machine-of-build-stage',
  title: 'uname -m is asked in a stage of the build platform',
  why: 'There uname -m and dpkg --print-architecture tell the machine that builds, not the platform of the image: what is downloaded by them is for the wrong one.',
  wrong: `FROM --platform=$BUILDPLATFORM debian:12 AS tools
RUN curl -fsSLo /tool "https://example.com/tool-$(uname -m)"
FROM debian:12
COPY --from=tools /tool /usr/local/bin/tool`,
  right: `FROM --platform=$BUILDPLATFORM debian:12 AS tools
ARG TARGETARCH
RUN curl -fsSLo /tool "https://example.com/tool-$TARGETARCH"
FROM debian:12
COPY --from=tools /tool /usr/local/bin/tool`,
  allowed: 'Tools that the stage needs itself: only what is copied to the image is looked at.',
  find: (scene) => scene.used.flatMap((one) => findInStage(one, scene)),
};

const machine = /\buname -m\b|--print-architecture|--print-arch\b|\$\(arch\)|`arch`/;

function findInStage(one: SceneStage, scene: Scene): Spot[] {
  const { native } = scene;
  if (one.platform.kind !== 'build') return [];
  if (native !== undefined && othersThan(scene, native.architecture).length === 0) return [];
  const { instructions } = one.stage;
  return instructions
    .filter((run) => run.keyword === 'RUN' && machine.test(wholeText(run)))
    .filter((run) => !/TARGET(?:ARCH|PLATFORM)/.test(wholeText(run)) && isCopied(run, one, scene))
    .map((run) => ({
      status: 'warn',
      line: lineOf(run, machine),
      message: `${machine.exec(wholeText(run))?.[0] ?? ''} tells the machine that builds here, and what comes of it is copied to the image.`,
      why: mistake.why,
      fix: {
        text: 'Declare ARG TARGETARCH in this stage and use it, or do this in a stage without --platform.',
        commands: [],
      },
    }));
}

/** Whether a stage of the target platform copies a file that the command line names. */
function isCopied(run: Instruction, { stage }: SceneStage, scene: Scene): boolean {
  const words = new Set(wholeText(run).split(/[\s"'=;|&()<>]+/));
  return scene.used
    .filter(({ platform }) => platform.kind === 'target')
    .flatMap((other) => other.stage.instructions)
    .some((instruction) => {
      const copied = copiedBy(instruction);
      if (copied?.from === undefined) return false;
      if (!stagesMeant(scene.dockerfile, copied.from).includes(stage.index)) return false;
      return copied.sources.some((source) => words.has(source));
    });
}
