import { describe, expect, it } from 'vitest';
import { adviseNative } from '../../src/build/advise-native.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import type { PlatformResult, StepTime } from '../../src/model/build.ts';

const dockerfileOf = (text: string) => parseDockerfile(text, { file: 'app/Dockerfile' });

const twoStages = dockerfileOf(
  'FROM gcc AS build\nRUN make\nFROM build AS more\nRUN strip\nFROM busybox\nCOPY --from=more /a /a\nRUN /a',
);

function result(platform: string, ...steps: StepTime[]): PlatformResult {
  return {
    platform,
    ok: true,
    state: 'built',
    support: { platform, support: 'emulated' },
    node: 'box',
    seconds: 40,
    emulatedShare: 1,
    steps,
    tags: [],
  };
}

const ran = (stage: string, seconds: number, change: Partial<StepTime> = {}): StepTime => ({
  step: `[${stage} 2/2] RUN make`,
  stage,
  seconds,
  emulated: true,
  ...change,
});

describe('adviseNative()', () => {
  it('names the stage that took longest, on all platforms together, and its FROM', () => {
    const results = [
      result('linux/arm64', ran('build', 3), ran('more', 8)),
      result('linux/s390x', ran('more', 9, { step: `[more 1/1] RUN ${'x'.repeat(200)}` })),
    ];
    const advice = adviseNative(results, { dockerfile: twoStages });
    expect(advice).toMatch(
      /^Emulation took 17s in the stage more \(linux\/arm64, linux\/s390x\), most of it \[more 1\/1\] RUN x+… \(9\.0s\)\./,
    );
    expect(advice).toContain('FROM --platform=$BUILDPLATFORM in app/Dockerfile:1,');
  });

  it('says nothing of what took little, ran natively, becomes the image, or is not for it', () => {
    const quiet: StepTime[][] = [
      [ran('build', 9.9)],
      [ran('build', 50, { emulated: false })],
      [ran('stage-2', 50)],
      [],
    ];
    const said = quiet.map((steps) =>
      adviseNative([result('linux/arm64', ...steps)], { dockerfile: twoStages }),
    );
    expect(said).toEqual([undefined, undefined, undefined, undefined]);
    const based = dockerfileOf('FROM gcc AS build\nRUN make\nFROM build\nCMD a');
    expect(
      adviseNative([result('linux/arm64', ran('build', 50))], { dockerfile: based }),
    ).toBeUndefined();
  });

  it('names a machine of the architecture where no stage can move and it took long', () => {
    const results = [result('linux/arm64', ran('stage-2', 61))];
    expect(adviseNative(results, { dockerfile: twoStages })).toContain('--node');
  });

  it('does not know stages of a Dockerfile that is elsewhere', () => {
    expect(adviseNative([result('linux/arm64', ran('build', 99))], undefined)).toBeUndefined();
  });
});
