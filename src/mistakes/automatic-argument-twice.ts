import { automaticArguments } from '../dockerfile/model.ts';
import { declarationsOf } from '../dockerfile/words.ts';
import type { Mistake, Spot } from './mistake.ts';
import type { Scene } from './scene.ts';

export const order = 50;

export const mistake: Mistake = {
  id: 'automatic-argument-twice',
  title: 'TARGETARCH is declared above the first FROM and in the stage',
  why: 'With Docker up to 26.1 it is then empty in the stage: the ARG above hides the automatic value and has none itself. With 28.5 it has the automatic value.',
  wrong: `ARG TARGETARCH
FROM golang:1.24
ARG TARGETARCH
RUN GOARCH=$TARGETARCH go build -o /app .`,
  right: `FROM golang:1.24
ARG TARGETARCH
RUN GOARCH=$TARGETARCH go build -o /app .`,
  allowed:
    'Engines from 28 on, and Dockerfiles with a # syntax= line, which bring their own rules. FROM lines know the automatic arguments without an ARG.',
  find: (scene) => (isOld(scene) ? findAll(scene) : []),
};

function isOld({ engineVersion, dockerfile }: Scene): boolean {
  if (dockerfile.syntax !== undefined) return false;
  return engineVersion === undefined || Number.parseInt(engineVersion, 10) < 28;
}

function findAll({ dockerfile, used }: Scene): Spot[] {
  const bare = dockerfile.globals.filter(
    ({ name, value }) => value === undefined && automaticArguments.includes(name),
  );
  return bare.flatMap(({ name, line }) => {
    if (name in dockerfile.buildArguments) return [];
    const again = used
      .flatMap(({ stage }) => stage.instructions)
      .filter(({ keyword }) => keyword === 'ARG')
      .flatMap(declarationsOf)
      .find((one) => one.name === name && one.value === undefined);
    if (again === undefined) return [];
    return [
      {
        status: 'warn',
        line,
        message: `ARG ${name} stands above the first FROM, and again in line ${again.line}: there it is empty with Docker up to 26.1.`,
        why: mistake.why,
        fix: { text: `Remove line ${line}: FROM lines know ${name} without it.`, commands: [] },
      },
    ];
  });
}
