import { listed } from '../model/sentence.ts';
import { architectureNamed } from '../model/architecture-words.ts';
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
  find: (scene) => scene.used.flatMap((one) => judge(one, scene)),
};

function judge({ stage, use, platform }: SceneStage, scene: Scene): Spot[] {
  const { base } = stage;
  if (base.kind !== 'image' || use === 'chosen' || platform.kind !== 'target') return [];
  const [name = ''] = base.name.split('@');
  const named = architectureNamed(name);
  if (named === undefined || /qemu|cross|multiarch\//i.test(name)) return [];
  const others = othersThan(scene, named.architecture);
  if (others.length === 0) return [];
  return [
    {
      status: 'warn',
      line: stage.from.line,
      message: `FROM ${base.name} is an image for ${named.architecture}, also for ${listed(others)}.`,
      why: mistake.why,
      fix: {
        text: 'Take the name without the architecture: images of several platforms have one name for all.',
        commands: [],
      },
    },
  ];
}
