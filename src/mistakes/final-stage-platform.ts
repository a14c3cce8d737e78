import { listed } from '../model/sentence.ts';
import { formatPlatform } from '../model/platform.ts';
import type { Mistake, Spot } from './mistake.ts';
import { othersThan, type Scene, type SceneStage } from './scene.ts';

export const order = 60;

export const mistake: Mistake = {
  id: 'final-stage-platform',
  title: 'The last stage is for another platform than the image',
  why: 'The platform of the last FROM is the platform of the image: all of its programs are for that one. Its label says what was asked for all the same, so nobody is warned.',
  wrong: `FROM --platform=$BUILDPLATFORM golang:1.24 AS build
RUN go build -o /app .
FROM --platform=linux/amd64 debian:12
COPY site /site`,
  right: `FROM --platform=$BUILDPLATFORM golang:1.24 AS build
ARG TARGETARCH
RUN GOARCH=$TARGETARCH go build -o /app .
FROM debian:12
COPY --from=build /app /app`,
  allowed:
    'FROM scratch, which holds no programs, and --platform=$TARGETPLATFORM, which says nothing.',
  find: (scene) =>
    scene.used.filter(({ isTarget }) => isTarget).flatMap((one) => judge(one, scene)),
};

function judge({ lineage, platform }: SceneStage, scene: Scene): Spot[] {
  const [root] = lineage;
  if (root === undefined || root.base.kind === 'scratch') return [];
  if (platform.kind !== 'build' && platform.kind !== 'fixed') return [];
  const architecture =
    platform.kind === 'fixed' ? architectureIn(platform.platform) : scene.native?.architecture;
  const wrong =
    architecture === undefined
      ? scene.platforms.map(formatPlatform)
      : othersThan(scene, architecture);
  if (wrong.length === 0) return [];
  const words = `--platform=${root.platform ?? ''}`;
  return [
    {
      status: 'fail',
      line: root.from.line,
      message: `FROM ${words} stands on the stage that becomes the image${architecture === undefined ? '' : `: it is ${architecture}, also for ${listed(wrong)}`}.`,
      why: mistake.why,
      fix: {
        text: `Leave ${words} away here. Where only a part of the work is to be done on the build platform, do it in a stage of its own, and copy from there.`,
        commands: [],
      },
    },
  ];
}

/** `linux/arm/v7` → `arm`. */
function architectureIn(platform: string): string {
  const [first = '', second] = platform.split('/');
  return second ?? first;
}
