import type { Instruction } from '../dockerfile/model.ts';
import { stagesMeant } from '../dockerfile/stages.ts';
import { copiedBy } from '../dockerfile/words.ts';
import type { Mistake, Spot } from './mistake.ts';
import { othersThan, wholeText, type Scene, type SceneStage } from './scene.ts';

export const order = 90;

export const mistake: Mistake = {
  id: 'copy-from-other-platform',
  title: 'COPY --from takes programs from a stage of another platform',
  why: 'A stage with --platform=$BUILDPLATFORM makes programs for the machine that builds, unless its commands are told the target. Copied into the image of another platform they do not run.',
  wrong: `FROM --platform=$BUILDPLATFORM golang:1.24 AS build
RUN go build -o /app .
FROM debian:12
COPY --from=build /app /usr/local/bin/app`,
  right: `FROM --platform=$BUILDPLATFORM golang:1.24 AS build
ARG TARGETARCH
RUN GOARCH=$TARGETARCH go build -o /app .
FROM debian:12
COPY --from=build /app /usr/local/bin/app`,
  allowed:
    'Stages that mention the target (TARGETARCH, GOARCH, --target, xx), and what has no architecture: web pages, Java, certificates.',
  find: (scene) => scene.used.flatMap((one) => findInStage(one, scene)),
};

function findInStage(one: SceneStage, scene: Scene): Spot[] {
  if (one.platform.kind !== 'target') return [];
  return one.stage.instructions.flatMap((instruction) => {
    const copied = copiedBy(instruction);
    const indexes = copied?.from === undefined ? [] : stagesMeant(scene.dockerfile, copied.from);
    const from = scene.used.find(({ stage }) => stage.index === indexes[0]);
    if (copied === undefined || from === undefined || indexes.length > 1) return [];
    return isOfOther(from, scene) ? judge(instruction, copied.sources, from) : [];
  });
}

/** Whether what the stage runs and makes is not what an image asked for needs. */
function isOfOther({ platform, lineage: [root] }: SceneStage, scene: Scene): boolean {
  if (platform.kind === 'build') {
    const { native } = scene;
    return native === undefined || othersThan(scene, native.architecture).length > 0;
  }
  if (platform.kind !== 'fixed' || root?.base.kind === 'scratch') return false;
  return othersThan(scene, platform.platform.split('/')[1] ?? '').length > 0;
}

const crossing =
  /TARGET(?:ARCH|PLATFORM|VARIANT)|\bGOARCH\b|\bCC=|--target\b|\bxx-|\bxx\b|zigbuild|\bzig\b|buildx|cross|CARGO_BUILD_TARGET|goreleaser|--arch\b|--os\b|-r linux|npm_config_arch/i;
const compiles = /\b(?:go|cargo) build\b/;
/** Where Linux keeps its programs and libraries, and where go and cargo install theirs. */
const system = /^\/(?:usr\/)?(?:s?bin|lib|lib64)\/|^\/usr\/local\/(?:go|cargo\/bin)\b|^\/go\/bin\b/;

/** Whether a command line compiles what is copied: it names the file, or cargo puts it there. */
function makes(run: Instruction, source: string): boolean {
  const text = wholeText(run);
  const name = source.slice(source.lastIndexOf('/') + 1);
  if (run.keyword !== 'RUN' || !compiles.test(text)) return false;
  if (/\/target\/(?:release|debug)\//.test(source)) return true;
  return text.split(/[\s"'=;|&()<>]+/).some((word) => word === name || word.endsWith(`/${name}`));
}

function judge(instruction: Instruction, sources: readonly string[], from: SceneStage): Spot[] {
  const all = from.lineage.flatMap(({ instructions }) => instructions);
  if (all.some((one) => crossing.test(wholeText(one)))) return [];
  const makerOf = (source: string) => all.find((one) => makes(one, source));
  const taken = sources.find((source) => system.test(source) || makerOf(source) !== undefined);
  if (taken === undefined) return [];
  const maker = makerOf(taken);
  const name = from.stage.name ?? `${from.stage.index}`;
  const platform = from.lineage[0]?.platform ?? '';
  return [
    {
      status: 'warn',
      line: instruction.line,
      endLine: instruction.endLine,
      message: `COPY --from=${name} takes ${taken} from a stage of --platform=${platform}, and nothing in that stage looks at the target.`,
      why: mistake.why,
      evidence: maker
        ? [`line ${maker.line}: ${maker.keyword} ${maker.text.replaceAll(/\s+/g, ' ')}`]
        : [],
      fix: {
        text: 'Cross-compile in that stage (ARG TARGETARCH, and for Go GOARCH=$TARGETARCH), or leave its --platform away: then it is emulated.',
        commands: [],
      },
    },
  ];
}
