import { listed } from '../model/sentence.ts';
import { architectureNamed } from '../model/architecture-words.ts';
import { declarationsOf } from '../dockerfile/words.ts';
import type { Mistake, Spot } from './mistake.ts';
import { isForAll, othersThan, type Scene, type SceneStage } from './scene.ts';

export const order = 25;

export const mistake: Mistake = {
  id: 'environment-architecture',
  title: 'ENV names a path of one architecture',
  why: 'The variable is the same on every platform, and the path is not: the JDK, the multiarch directory or the library to preload is called otherwise there.',
  wrong: `FROM debian:12
RUN apt-get update && apt-get install -y openjdk-17-jre-headless
ENV JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64`,
  right: `FROM debian:12
ARG TARGETARCH
RUN apt-get update && apt-get install -y openjdk-17-jre-headless
ENV JAVA_HOME=/usr/lib/jvm/java-17-openjdk-$TARGETARCH`,
  allowed:
    'Values with the paths of several architectures, stages of the build platform, and stages that are chosen by a variable in their name.',
  find: (scene) => scene.used.flatMap((one) => findInStage(one, scene)),
};

function findInStage(one: SceneStage, scene: Scene): Spot[] {
  const { stage } = one;
  if (!isForAll(one)) return [];
  return stage.instructions.flatMap((instruction) =>
    (instruction.keyword === 'ENV' ? declarationsOf(instruction) : []).flatMap(
      ({ name, value = '', line }): Spot[] => {
        const named = architectureNamed(value);
        const others = othersThan(scene, named?.architecture ?? '');
        const path = value.split(':').find((part) => architectureNamed(part) !== undefined);
        if (named === undefined || others.length === 0 || path?.startsWith('/') !== true) return [];
        return [
          {
            status: 'warn',
            line,
            message: `ENV ${name} names ${path}, a path of ${named.architecture}, also for ${listed(others)}.`,
            why: mistake.why,
            fix: {
              text: 'Declare ARG TARGETARCH in this stage and use it in the path. Where the names differ from Docker’s (x86_64-linux-gnu), let a RUN instruction make a link with one name: ln -s /usr/lib/$(uname -m)-linux-gnu /usr/lib/own',
              commands: [],
            },
          },
        ];
      },
    ),
  );
}
