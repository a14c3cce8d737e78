import { listed } from '../model/sentence.ts';
import { expandWord } from '../dockerfile/expand.ts';
import { automaticArguments, type Declaration, type Instruction } from '../dockerfile/model.ts';
import { declarationsOf } from '../dockerfile/words.ts';
import type { Mistake, Spot } from './mistake.ts';
import { wantedValues, wholeText, type Scene, type SceneStage } from './scene.ts';

export const order = 30;

export const mistake: Mistake = {
  id: 'automatic-argument-hidden',
  title: 'A default hides the value that BuildKit sets',
  why: 'A default wins over the automatic value: ARG TARGETARCH=amd64 is amd64 for every platform, in a stage as well as above the first FROM, where it also reaches the stages that declare the argument again. So does ARG TARGETARCH=${TARGETARCH:-amd64}, since the name has no value yet.',
  wrong: `FROM golang:1.24
ARG TARGETARCH=amd64
RUN GOARCH=$TARGETARCH go build -o /app .`,
  right: `FROM golang:1.24
ARG TARGETARCH
RUN GOARCH=$TARGETARCH go build -o /app .`,
  allowed:
    'A default that is the right value for every platform asked for (ARG TARGETOS=linux), an argument that nothing uses, and ENV TARGETARCH=$TARGETARCH.',
  find: (scene) => [...findGlobals(scene), ...scene.used.flatMap((one) => findInStage(one, scene))],
};

function findGlobals(scene: Scene): Spot[] {
  const { dockerfile, used } = scene;
  const isUsed = (name: string) =>
    used.some(({ stage }) => {
      const again = stage.instructions.some(
        (one) =>
          one.keyword === 'ARG' &&
          declarationsOf(one).some((other) => other.name === name && other.value === undefined),
      );
      return again || mentions(stage.from, name);
    });
  return dockerfile.globals.flatMap((one) => (isUsed(one.name) ? judge(one, 'ARG', scene) : []));
}

function findInStage({ stage }: SceneStage, scene: Scene): Spot[] {
  return stage.instructions.flatMap((instruction, at) => {
    const { keyword } = instruction;
    if (keyword !== 'ARG' && keyword !== 'ENV') return [];
    const after = stage.instructions.slice(at + 1);
    return declarationsOf(instruction)
      .filter(({ name }) => after.some((other) => mentions(other, name)))
      .filter(
        ({ name }) => keyword === 'ARG' || !after.some((other) => declaresPlainly(other, name)),
      )
      .flatMap((one) => judge(one, keyword, scene));
  });
}

/** ARG after ENV takes the automatic value again. */
function declaresPlainly(instruction: Instruction, name: string): boolean {
  return (
    instruction.keyword === 'ARG' &&
    declarationsOf(instruction).some((one) => one.name === name && one.value === undefined)
  );
}

function mentions(instruction: Instruction, name: string): boolean {
  return new RegExp(`(?<!\\w)${name}(?!\\w)`).test(wholeText(instruction));
}

function judge({ name, value, line }: Declaration, keyword: string, scene: Scene): Spot[] {
  if (value === undefined || !automaticArguments.includes(name)) return [];
  // Of its own name nothing is known when the default is looked at; of others the automatic value.
  const lookup = (other: string) => (other === name && keyword === 'ARG' ? '' : undefined);
  const result = expandWord(value, lookup);
  const wrong = wantedValues(scene, name).filter(([, wanted]) => wanted !== result);
  if (result === undefined || wrong.length === 0) return [];
  const platforms = listed(wrong.map(([platform]) => platform));
  const built = name.startsWith('BUILD') ? `on ${platforms}` : `for ${platforms}`;
  return [
    {
      status: 'fail',
      line,
      message: `${keyword} ${name}=${value} makes ${name} ${result === '' ? 'empty' : `"${result}"`}, also ${built}.`,
      why: mistake.why,
      fix: {
        text: `Write ARG ${name} without a default. Where the legacy builder must be served too, set the default at the place of use: \${${name}:-${result}}.`,
        commands: [],
      },
    },
  ];
}
