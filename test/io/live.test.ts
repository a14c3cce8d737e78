import { describe, expect, it } from 'vitest';
import { liveLines } from '../../src/io/live.ts';
import type { PlatformProgress } from '../../src/progress/track.ts';

const running: PlatformProgress = {
  platform: 'linux/arm64',
  state: 'building',
  started: Date.now() - 12_000,
  current: { index: 2, total: 5, instruction: `RUN ${'x'.repeat(200)}\u001B[31m` },
  ran: new Map(),
};

describe('liveLines()', () => {
  it('is one line a platform: time, step, instruction', () => {
    const state = {
      phase: 'building',
      progress: new Map([['linux/arm64', running]]),
      results: new Map(),
    };
    const [phase, line] = liveLines(state, 60);
    expect(phase).toBe('building');
    expect(line).toMatch(/^linux\/arm64 {6}12s {2}\[2\/5\] RUN x+…$/);
  });

  it('names the node where there are several', () => {
    const nodes = new Map([['linux/arm64', 'arm-box']]);
    const progress = new Map([['linux/arm64', running]]);
    const [, line] = liveLines({ phase: '', progress, results: new Map(), nodes }, 60);
    expect(line).toMatch(/^linux\/arm64 arm-box +12s/);
  });

  it('cuts with a sign that the terminal has', () => {
    const progress = new Map([['linux/arm64', running]]);
    const state = { cutMark: '~', phase: '', progress, results: new Map() };
    expect(liveLines(state, 60)[1]).toMatch(/x~$/);
  });

  it('never fills more than the width, and passes no escape sequence on', () => {
    const state = {
      phase: 'p'.repeat(300),
      progress: new Map([['linux/arm64', running]]),
      results: new Map(),
    };
    for (const width of [20, 40, 400]) {
      const lines = liveLines(state, width);
      expect(lines.filter((line) => line.length > width || line.includes('\u001B'))).toEqual([]);
    }
  });
});
