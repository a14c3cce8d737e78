import type { Mistake, Spot } from './mistake.ts';
import { lineOf, wholeText, type SceneStage } from './scene.ts';

export const order = 85;

export const mistake: Mistake = {
  id: 'native-cpu',
  title: 'The compiler takes the CPU of the build machine',
  why: 'The program needs what that CPU has, and ends in "illegal instruction" on older ones. Under emulation it is the emulator’s CPU, which has more than most.',
  wrong: `FROM gcc:14 AS build
COPY app.c .
RUN gcc -O2 -march=native -static -o /app app.c
FROM scratch
COPY --from=build /app /app`,
  right: `FROM gcc:14 AS build
COPY app.c .
RUN gcc -O2 -static -o /app app.c
FROM scratch
COPY --from=build /app /app`,
  allowed: '-mtune=native, which only prefers, and stages of the build platform.',
  find: (scene) => scene.used.flatMap(findInStage),
};

const native = /-m(?:arch|cpu)=native\b|\btarget-cpu=native\b/;

function findInStage({ stage, platform }: SceneStage): Spot[] {
  if (platform.kind !== 'target') return [];
  return stage.instructions.flatMap((instruction): Spot[] => {
    if (!['RUN', 'ENV', 'ARG'].includes(instruction.keyword)) return [];
    const [flag] = native.exec(wholeText(instruction)) ?? [];
    if (flag === undefined) return [];
    return [
      {
        status: 'warn',
        line: lineOf(instruction, flag),
        message: `${flag} compiles for the CPU of the machine that builds.`,
        why: mistake.why,
        fix: {
          text: 'Leave it out, or name the oldest CPU that the image is for: -march=x86-64-v2, -march=armv8-a.',
          commands: [],
        },
      },
    ];
  });
}
