import { automaticArguments } from '../dockerfile/model.ts';
import type { Mistake } from './mistake.ts';
import { lineOf, wholeText } from './scene.ts';

export const order = 120;

const automatic = new RegExp(`\\$\\{?(?:${automaticArguments.join('|')})\\b(?!:-)`);

export const mistake: Mistake = {
  id: 'legacy-builder',
  title: 'The legacy builder leaves TARGETARCH empty',
  why: 'With DOCKER_BUILDKIT=0 none of the automatic arguments has a value, --platform=$BUILDPLATFORM is an error, and a base image of the wrong platform is taken in silence.',
  wrong: `FROM golang:1.24
ARG TARGETARCH
RUN GOARCH=$TARGETARCH go build -o /app .`,
  right: `FROM golang:1.24
RUN go build -o /app .`,
  allowed:
    'Only said where DOCKER_BUILDKIT=0 asks for that builder; a default at the place of use.',
  find: ({ legacyBuilder, dockerfile }) => {
    if (legacyBuilder !== true) return [];
    const all = dockerfile.stages.flatMap(({ from, instructions }) => [from, ...instructions]);
    const first = all.find((one) => automatic.test(wholeText(one)));
    if (first === undefined) return [];
    return [
      {
        status: 'fail',
        line: lineOf(first, automatic),
        message:
          'DOCKER_BUILDKIT=0 asks for the legacy builder, and this Dockerfile needs BuildKit’s arguments.',
        why: mistake.why,
        fix: {
          text: 'Unset DOCKER_BUILDKIT, or set it to 1.',
          commands: ['unset DOCKER_BUILDKIT'],
        },
      },
    ];
  },
};
