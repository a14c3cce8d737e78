import type { Mistake } from './mistake.ts';

export const order = 75;

export const mistake: Mistake = {
  id: 'base-image-digest',
  title: 'A base image is named by a digest',
  why: 'A digest names either an index, with every platform, or the image of one: then the others cannot be built. Which of the two it is only the registry tells.',
  wrong: `FROM debian:12@sha256:${'0'.repeat(64)}
RUN apt-get update`,
  right: `FROM debian:12
RUN apt-get update`,
  allowed: 'One platform alone. It is never more than unknown, and not said before a build.',
  find: ({ used, platforms }) =>
    platforms.length < 2
      ? []
      : used.flatMap(({ stage, platform }) => {
          if (stage.base.kind !== 'image' || platform.kind !== 'target') return [];
          if (!stage.base.name.includes('@sha256:')) return [];
          return [
            {
              status: 'unknown',
              line: stage.from.line,
              message: `FROM ${stage.base.name}: not known whether that digest is an index or one platform’s image.`,
              why: mistake.why,
              fix: {
                text: 'Look at it; a single image has no manifests of its own.',
                commands: [`docker buildx imagetools inspect ${stage.base.name}`],
              },
            },
          ];
        }),
};
