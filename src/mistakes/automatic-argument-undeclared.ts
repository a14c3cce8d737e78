import { automaticArguments, type Instruction } from '../dockerfile/model.ts';
import { declarationsOf } from '../dockerfile/words.ts';
import type { Mistake, Spot } from './mistake.ts';
import { lineOf, wholeText, type Scene, type SceneStage } from './scene.ts';

export const order = 40;

export const mistake: Mistake = {
  id: 'automatic-argument-undeclared',
  title: 'A stage uses TARGETARCH without declaring it',
  why: 'BuildKit sets these arguments only in stages that declare them; elsewhere they are empty, in silence. An empty GOARCH builds for the machine that builds, and an empty part of a name downloads something else or nothing. An ARG above the first FROM is seen by FROM lines alone.',
  wrong: `ARG TARGETARCH
FROM golang:1.24
RUN GOARCH=$TARGETARCH go build -o /app .`,
  right: `FROM golang:1.24
ARG TARGETARCH
RUN GOARCH=$TARGETARCH go build -o /app .`,
  allowed:
    'A default at the place of use (${TARGETARCH:-amd64}), a variable that the command line sets itself, and a stage built on one that declares it.',
  find: (scene) => scene.used.flatMap((one) => findInStage(one, scene)),
};

function findInStage(one: SceneStage, scene: Scene): Spot[] {
  return automaticArguments.flatMap((name) => {
    if (one.lineage[0]?.base.kind === 'choice') return [];
    const inherited = one.lineage.slice(0, -1).flatMap((stage) => stage.instructions);
    if (inherited.some((instruction) => declares(instruction, name))) return [];
    const { instructions } = one.stage;
    const declared = instructions.findIndex((instruction) => declares(instruction, name));
    const before = declared < 0 ? instructions : instructions.slice(0, declared);
    const use = before.find((instruction) => uses(instruction, name));
    return use === undefined ? [] : [spot(use, name, { declared: declared >= 0, scene })];
  });
}

function declares(instruction: Instruction, name: string): boolean {
  const { keyword } = instruction;
  if (keyword !== 'ARG' && keyword !== 'ENV') return false;
  return declarationsOf(instruction).some((one) => one.name === name);
}

/** `$NAME` and `${NAME}`, but not `${NAME:-word}`, nor `\$NAME`. */
const patterns = new Map(
  automaticArguments.map((name) => [
    name,
    new RegExp(`(?<!\\\\)\\$(?:${name}(?!\\w)|\\{${name}(?:\\}|[#%/]))`),
  ]),
);

/** `NAME=…`, `for NAME in`: the command line's own variable. */
function assigns(text: string, name: string): boolean {
  return new RegExp(`(?:^|[\\s;&|("'])${name}(?:=|\\s+in\\b)|\\bread\\s[^;|&]*\\b${name}\\b`).test(
    text,
  );
}

function uses(instruction: Instruction, name: string): boolean {
  if (instruction.keyword === 'ONBUILD' || instruction.keyword === 'LABEL') return false;
  const has = instruction.lines.some(({ text }) => text.includes(name));
  if (!has) return false;
  const text = wholeText(instruction);
  return patterns.get(name)?.test(text) === true && !assigns(text, name);
}

function spot(
  instruction: Instruction,
  name: string,
  { declared, scene }: { declared: boolean; scene: Scene },
): Spot {
  const global = scene.dockerfile.globals.some((one) => one.name === name);
  const how = declared
    ? ' before its ARG'
    : global
      ? '; the ARG above the first FROM does not reach it'
      : ' and does not declare it';
  return {
    status: 'warn',
    line: lineOf(instruction, patterns.get(name) ?? name),
    message: `${instruction.keyword} uses ${name}${how}: it is empty there.`,
    why: mistake.why,
    fix: {
      text: `Write ARG ${name} in this stage, above this line and without a default.`,
      commands: [],
    },
  };
}
