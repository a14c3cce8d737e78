import { listed } from '../model/sentence.ts';
import type { Instruction } from '../dockerfile/model.ts';
import { formatPlatform } from '../model/platform.ts';
import type { Mistake, Spot } from './mistake.ts';
import { lineOf, wholeText, type Scene } from './scene.ts';

export const order = 110;

export const mistake: Mistake = {
  id: 'cache-mount-shared',
  title: 'Platforms share a cache of compiled files',
  why: 'A cache mount is one for all platforms. Caches of packages keep the architectures apart by name, but in target/ and node_modules one platform finds what another has compiled, and with builds side by side takes it for its own.',
  wrong: `FROM rust:1.85
RUN --mount=type=cache,target=/src/target cargo build --release && cp target/release/app /app`,
  right: `FROM rust:1.85
ARG TARGETPLATFORM
RUN --mount=type=cache,target=/src/target,id=target-$TARGETPLATFORM cargo build --release && cp target/release/app /app`,
  allowed:
    'Caches of packages and of compilers (apt, ~/.cargo/registry, GOCACHE, ~/.npm, pip, ccache), sharing=private, and stages of the build platform.',
  find: (scene) =>
    scene.platforms.length < 2
      ? []
      : scene.used
          .filter(({ platform }) => platform.kind === 'target')
          .flatMap(({ stage }) => stage.instructions.flatMap((one) => findIn(one, scene))),
};

function findIn(instruction: Instruction, scene: Scene): Spot[] {
  const mounts = instruction.flags.filter(({ name }) => name === 'mount');
  return mounts.flatMap(({ value }): Spot[] => {
    const keys = new Map(value.split(',').map((part) => splitOnce(part)));
    const target = (keys.get('target') ?? keys.get('dst') ?? keys.get('destination') ?? '').replace(
      /\/+$/,
      '',
    );
    if (keys.get('type') !== 'cache' || keys.get('sharing') === 'private') return [];
    if (/TARGET(?:ARCH|PLATFORM)/.test(`${keys.get('id') ?? ''} ${target}`)) return [];
    if (!holdsCompiled(target, wholeText(instruction))) return [];
    const names = listed(scene.platforms.map(formatPlatform));
    return [
      {
        status: 'warn',
        line: lineOf(instruction, value),
        message: `The cache mount on ${target} is one for ${names}.`,
        why: mistake.why,
        fix: {
          text: 'Declare ARG TARGETPLATFORM in this stage, and give the mount a name a platform: id=NAME-$TARGETPLATFORM.',
          commands: [],
        },
      },
    ];
  });
}

function splitOnce(part: string): [string, string] {
  const at = part.indexOf('=');
  return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
}

function holdsCompiled(target: string, text: string): boolean {
  if (/(?:^|\/)node_modules$/.test(target)) return true;
  return /(?:^|\/)target$/.test(target) && /\bcargo\b/.test(text) && !/--target\b/.test(text);
}
