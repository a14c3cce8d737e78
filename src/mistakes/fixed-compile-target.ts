import { listed } from '../model/sentence.ts';
import type { Instruction } from '../dockerfile/model.ts';
import { architectureNamed, isByArchitecture } from '../model/architecture-words.ts';
import type { Mistake, Spot } from './mistake.ts';
import { lineOf, othersThan, wholeText, type Scene, type SceneStage } from './scene.ts';

export const order = 80;

export const mistake: Mistake = {
  id: 'fixed-compile-target',
  title: 'The compiler is told one architecture',
  why: 'Every platform gets a program of that architecture: the build goes well, and the image does not run.',
  wrong: `FROM golang:1.24 AS build
RUN CGO_ENABLED=0 GOARCH=amd64 go build -o /app .
FROM scratch
COPY --from=build /app /app`,
  right: `FROM --platform=$BUILDPLATFORM golang:1.24 AS build
ARG TARGETARCH
RUN CGO_ENABLED=0 GOARCH=$TARGETARCH go build -o /app .
FROM scratch
COPY --from=build /app /app`,
  allowed:
    'Command lines that decide by architecture, stages that build for several, and stages that are chosen by a variable in their name.',
  find: (scene) => scene.used.flatMap((one) => findInStage(one, scene)),
};

/** GOARCH, cargo's target, Node's and pip's: what stands after them is the architecture. */
const targets = [
  /\b(?:GOARCH|CARGO_BUILD_TARGET|npm_config_arch|npm_config_target_arch)[= ]["']?(?<value>[\w.-]+)/g,
  /\b(?:npm|yarn|pnpm)\b[^;&|\n]*?--(?:cpu|arch|target_arch)[= ]["']?(?<value>[\w.-]+)/g,
  /\bpip3?\b[^;&|\n]*?--platform[= ]["']?(?<value>[\w.-]+)/g,
  /\bcargo\b[^;&|\n]*?--target[= ]["']?(?<value>[\w.-]+)/g,
  /\bdotnet\b[^;&|\n]*?(?:-r|--runtime|-a|--arch)[= ]["']?(?<value>[\w.-]+)/g,
];

interface Found {
  instruction: Instruction;
  text: string;
  architecture: string;
}

function findInStage({ stage, use }: SceneStage, scene: Scene): Spot[] {
  if (use === 'chosen' || architectureNamed(stage.name ?? '') !== undefined) return [];
  const found = stage.instructions.flatMap(findIn);
  const architectures = new Set(found.map(({ architecture }) => architecture));
  const [{ architecture } = { architecture: '' }] = found;
  const others = othersThan(scene, architecture);
  if (architectures.size !== 1 || others.length === 0) return [];
  return found.map(({ instruction, text }) => ({
    status: 'warn',
    line: lineOf(instruction, text),
    message: `${text} is for ${architecture}, also for ${listed(others)}.`,
    why: mistake.why,
    fix: {
      text: 'Declare ARG TARGETARCH in this stage and use it: GOARCH=$TARGETARCH. Where the names differ from Docker’s, choose by it: case "$TARGETARCH" in amd64) target=x86_64-unknown-linux-musl;; esac',
      commands: [],
    },
  }));
}

function findIn(instruction: Instruction): Found[] {
  if (!['RUN', 'ENV', 'ARG'].includes(instruction.keyword)) return [];
  const text = wholeText(instruction);
  if (isByArchitecture(text)) return [];
  return targets.flatMap((target) =>
    [...text.matchAll(target)].flatMap((match) => {
      const named = architectureNamed(goWord(match.groups?.['value'] ?? ''));
      if (named === undefined || /windows|darwin|win-|osx-|wasm/i.test(match[0])) return [];
      return [{ instruction, text: match[0], architecture: named.architecture }];
    }),
  );
}

/** Go's `arm` and `386` are words of their own only here. */
function goWord(value: string): string {
  return value === 'arm' || value === '386' ? `linux-${value}` : value;
}
