import { listed } from '../model/sentence.ts';
import { copiedBy } from '../dockerfile/words.ts';
import { architectureNamed } from '../model/architecture-words.ts';
import type { Mistake, Spot } from './mistake.ts';
import { isForAll, lineOf, othersThan, type Scene, type SceneStage } from './scene.ts';

export const order = 20;

export const mistake: Mistake = {
  id: 'copy-architecture',
  title: 'COPY names one architecture',
  why: 'Every platform gets the same file, or the build of the others fails since the path is not there: /usr/lib/x86_64-linux-gnu is called otherwise on arm64.',
  wrong: `FROM debian:12
COPY bin/app-linux-amd64 /usr/local/bin/app`,
  right: `FROM debian:12
ARG TARGETARCH
COPY bin/app-linux-\${TARGETARCH} /usr/local/bin/app`,
  allowed:
    'Stages that copy the files of several architectures, and stages that are chosen by a variable in their name.',
  find: (scene) => scene.used.flatMap((one) => findInStage(one, scene)),
};

function findInStage(one: SceneStage, scene: Scene): Spot[] {
  const { stage } = one;
  if (!isForAll(one)) return [];
  const found = stage.instructions.flatMap((instruction) => {
    const sources = copiedBy(instruction)?.sources ?? [];
    const local = sources.filter((source) => !/^\w+:\/\/|qemu|darwin|windows/i.test(source));
    return local.flatMap((source) => {
      const named = architectureNamed(source);
      return named === undefined ? [] : [{ instruction, source, ...named }];
    });
  });
  const architectures = new Set(found.map(({ architecture }) => architecture));
  const [{ architecture } = { architecture: '' }] = found;
  const others = othersThan(scene, architecture);
  if (architectures.size !== 1 || others.length === 0) return [];
  return found.map(({ instruction, source }) => ({
    status: 'warn',
    line: lineOf(instruction, source),
    message: `COPY takes ${source}, which is named for ${architecture}, also for ${listed(others)}.`,
    why: mistake.why,
    fix: {
      text: 'Declare ARG TARGETARCH in this stage and use it in the path, or copy from a stage that is built for the target platform to a path without an architecture.',
      commands: [],
    },
  }));
}
