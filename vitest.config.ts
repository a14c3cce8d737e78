import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/engine/**'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'engine',
          include: ['test/engine/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // Two files at a time, each with engines of its own: one alone keeps no two cores busy.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          // Engines on a busy machine: what passes only the second time is named at the end of a run.
          retry: 1,
        },
      },
    ],
  },
});
