import type { Mistake } from './mistake.ts';
import { copiedPrograms, isDependency, spotOfPrograms } from './context-files.ts';

export const order = 130;

export const mistake: Mistake = {
  id: 'context-program',
  title: 'A program of one architecture is copied from the build context',
  why: 'What lies in the context was compiled on one machine, and every platform gets the same file.',
  wrong: `# The context holds bin/app, a program for amd64.
FROM debian:12
COPY bin/app /usr/local/bin/app`,
  right: `# The context holds bin/amd64/app and bin/arm64/app, each for its own.
FROM debian:12
ARG TARGETARCH
COPY bin/$TARGETARCH/app /usr/local/bin/app`,
  allowed:
    'Programs that .dockerignore leaves out or no COPY of a used stage takes, and paths with a variable.',
  find: (scene) =>
    copiedPrograms(scene).flatMap(({ instruction, programs }) => {
      const own = programs.filter(({ path }) => isDependency(path) === undefined);
      return spotOfPrograms(scene, instruction, own, {
        what: `${own[0]?.path}, a program`,
        why: mistake.why,
        fix: 'Compile it in a stage of this Dockerfile, or keep one a platform (bin/$TARGETARCH/…) and copy by TARGETARCH. Where it is not needed, name it in .dockerignore.',
      });
    }),
};
