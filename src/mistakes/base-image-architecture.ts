import { listed } from '../model/sentence.ts';
import { stagesMeant } from '../dockerfile/stages.ts';
import { copiedBy } from '../dockerfile/words.ts';
import { architectureNamed, type ArchitectureWord } from '../model/architecture-words.ts';
import type { Mistake, Spot } from './mistake.ts';
import { othersThan, type Scene, type SceneStage } from './scene.ts';

export const order = 70;

export const mistake: Mistake = {
  id: 'base-image-architecture',
  title: 'A base image is for one architecture',
  why: 'Its name says for which one: for every other platform the build fails, or goes on with the programs of that architecture and labels them with another.',
  wrong: `FROM arm64v8/debian:12
RUN apt-get update`,
  right: `FROM debian:12
RUN apt-get update`,
  allowed:
    'Stages with a --platform of their own, and stages that are chosen by a variable in their name.',
  find: (scene) => scene.used.flatMap((one) => [...judge(one, scene), ...judgeCopied(one, scene)]),
};

const fix = {
  text: 'Take the name without the architecture: images of several platforms have one name for all.',
  commands: [],
};

/** What an image's name, without its digest, says that it is for. */
function architectureIn(image: string): ArchitectureWord | undefined {
  const [name = ''] = image.split('@');
  return /qemu|cross|multiarch\//i.test(name) ? undefined : architectureNamed(name);
}

function judge({ stage, use, platform }: SceneStage, scene: Scene): Spot[] {
  const { base } = stage;
  if (base.kind !== 'image' || use === 'chosen' || platform.kind !== 'target') return [];
  const named = architectureIn(base.name);
  if (named === undefined) return [];
  const others = othersThan(scene, named.architecture);
  if (others.length === 0) return [];
  return [
    {
      status: 'warn',
      line: stage.from.line,
      message: `FROM ${base.name} is an image for ${named.architecture}, also for ${listed(others)}.`,
      why: mistake.why,
      fix,
    },
  ];
}

/** Images of which only files are taken: COPY --from=IMAGE. */
function judgeCopied({ stage, use, platform }: SceneStage, scene: Scene): Spot[] {
  if (use === 'chosen' || platform.kind !== 'target') return [];
  const found = stage.instructions.flatMap((instruction) => {
    const { from } = copiedBy(instruction) ?? {};
    if (from === undefined || stagesMeant(scene.dockerfile, from).length > 0) return [];
    const named = architectureIn(from);
    return named === undefined ? [] : [{ line: instruction.line, from, ...named }];
  });
  const [{ architecture } = { architecture: '' }] = found;
  const others = othersThan(scene, architecture);
  if (new Set(found.map((one) => one.architecture)).size !== 1 || others.length === 0) return [];
  return found.map(({ line, from }) => ({
    status: 'warn',
    line,
    message: `COPY --from=${from} takes from an image for ${architecture}, also for ${listed(others)}.`,
    why: mistake.why,
    fix,
  }));
}
