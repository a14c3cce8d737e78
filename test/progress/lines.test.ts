import { describe, expect, test } from 'vitest';
import { lineSink } from '../../src/progress/lines.ts';
import { trackPlatforms } from '../../src/progress/track.ts';

const platforms = ['linux/amd64', 'linux/arm/v7'];

function linesOf(nodes?: ReadonlyMap<string, string>): string[] {
  const lines: string[] = [];
  const sink = lineSink((line) => void lines.push(line), platforms);
  if (nodes !== undefined) sink.placed?.(nodes);
  const tracker = trackPlatforms(platforms, () => false);
  const step = { kind: 'step', id: '1', name: '[2/2] RUN make', state: 'running' } as const;
  sink.event(step, ['linux/amd64'], tracker);
  sink.event({ ...step, id: '2', name: 'exporting to image' }, platforms, tracker);
  return lines;
}

describe('lineSink()', () => {
  test('is a line a step, with its platform in front', () => {
    expect(linesOf()).toEqual(['linux/amd64   [2/2] RUN make', 'all           exporting to image']);
  });

  test('names the node where there are several', () => {
    const nodes = new Map([
      ['linux/amd64', 'box'],
      ['linux/arm/v7', 'far\u001B[31m'],
    ]);
    const [first, second] = linesOf(nodes);
    expect(first).toMatch(/^linux\/amd64 box +\[2\/2\] RUN make$/);
    expect(second).toMatch(/^all box +exporting to image$/);
  });
});
