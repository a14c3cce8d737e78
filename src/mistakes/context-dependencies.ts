import { listed } from '../model/sentence.ts';
import type { Mistake } from './mistake.ts';
import { copiedPrograms, isDependency, spotOfPrograms } from './context-files.ts';

export const order = 140;

export const mistake: Mistake = {
  id: 'context-dependencies',
  title: 'node_modules, .venv or target is copied from the build context',
  why: 'They hold what was compiled for the machine that the context lies on. In the image they stand in the place of what an install step there would make, for every platform.',
  wrong: `# The context holds node_modules/esbuild/bin/esbuild, a program for amd64.
FROM node:22
COPY . /app`,
  right: `# .dockerignore names node_modules.
FROM node:22
COPY package.json package-lock.json /app/
RUN cd /app && npm ci`,
  allowed: 'Directories without a single program in them, and what .dockerignore leaves out.',
  find: (scene) =>
    copiedPrograms(scene).flatMap(({ instruction, programs }) => {
      const found = programs.filter(({ path }) => isDependency(path) !== undefined);
      const names = [...new Set(found.flatMap(({ path }) => isDependency(path) ?? []))];
      return spotOfPrograms(scene, instruction, found, {
        what: `${listed(names)} with programs`,
        why: mistake.why,
        fix: `Name ${listed(names)} in .dockerignore, and install in a RUN.`,
      });
    }),
};
