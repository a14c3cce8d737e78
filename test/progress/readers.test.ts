import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStepName, type BuildEvent } from '../../src/progress/event.ts';
import { plainReader } from '../../src/progress/plain.ts';
import { rawjsonReader } from '../../src/progress/rawjson.ts';
import { trackPlatforms } from '../../src/progress/track.ts';

const recorded = (name: string) =>
  readFileSync(new URL(`../fixtures/progress/${name}`, import.meta.url), 'utf8');

const endsOf = (events: BuildEvent[]) =>
  events.flatMap((event) =>
    event.kind === 'step' && ['done', 'failed', 'cached', 'cancelled'].includes(event.state)
      ? [`${event.name}: ${event.state}`]
      : [],
  );

describe('parseStepName()', () => {
  it.each([
    ['[2/5] RUN make', { index: 2, total: 5, instruction: 'RUN make' }],
    ['[build 2/5] RUN make', { stage: 'build', index: 2, total: 5, instruction: 'RUN make' }],
    [
      '[linux/arm/v7 stage-1 1/3] COPY a b',
      {
        target: 'linux/arm/v7',
        runsOn: 'linux/arm/v7',
        stage: 'stage-1',
        index: 1,
        total: 3,
        instruction: 'COPY a b',
      },
    ],
    [
      '[linux/amd64->arm64 build 2/3] RUN go build',
      {
        target: 'linux/arm64',
        runsOn: 'linux/amd64',
        stage: 'build',
        index: 2,
        total: 3,
        instruction: 'RUN go build',
      },
    ],
    ['[internal] load .dockerignore', { stage: 'internal', instruction: 'load .dockerignore' }],
    ['exporting to image', { instruction: 'exporting to image' }],
    ['[not a label', { instruction: '[not a label' }],
  ])('reads %j', (name, expected) => {
    expect(parseStepName(name)).toEqual(expected);
  });
});

const wrote = (bytes: Uint8Array, more: object = {}) =>
  `${JSON.stringify({ logs: [{ vertex: 'a', data: Buffer.from(bytes).toString('base64') }], ...more })}\n`;
const outputOf = (events: readonly BuildEvent[]) =>
  events.flatMap((event) => (event.kind === 'output' ? [event.text] : []));

describe('rawjsonReader()', () => {
  it('joins what a step writes in pieces to lines, and tells the rest when it ends', () => {
    const read = rawjsonReader();
    const [one, two] = [Buffer.from('é: no\nsuch'), Buffer.from(' file')];
    expect(outputOf(read(wrote(one.subarray(0, 1))))).toEqual([]);
    expect(outputOf(read(wrote(one.subarray(1))))).toEqual(['é: no\n']);
    const ended = [{ digest: 'a', started: '2026-01-01', completed: '2026-01-01' }];
    expect(outputOf(read(wrote(two, { vertexes: ended })))).toEqual(['such file']);
  });

  it('shows a line that never ends all the same', () => {
    const read = rawjsonReader();
    const texts = outputOf([1, 2, 3, 4].flatMap(() => read(wrote(Buffer.alloc(30_000, 'x')))));
    expect(texts.map(({ length }) => length)).toEqual([90_000]);
  });

  it('reads what buildx 0.29 prints, one object a line', () => {
    const ends = endsOf(rawjsonReader()(recorded('buildx-0.29-three-platforms.rawjson')));
    expect(ends).toContain('[linux/arm64 base-arm64 1/1] COPY bb-arm64 /bin/busybox: done');
    expect(ends).toContain(
      '[stage-3 2/2] RUN echo hello from arm64 && sleep 1 && uname -m > /machine: done',
    );
  });

  it('reads what buildx 0.13 prints, objects over several lines', () => {
    const events = rawjsonReader()(recorded('buildx-0.13-arm64.rawjson'));
    expect(endsOf(events)).toContain('[stage-3 1/2] RUN ["/bin/busybox","--install","/bin"]: done');
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'output', text: 'hello from arm64\n' }),
    );
  });

  it('keeps what docker itself says as messages', () => {
    const events = rawjsonReader()(`${recorded('buildx-0.29-failed.rawjson')}\n`);
    const messages = events.flatMap((event) => (event.kind === 'message' ? [event.text] : []));
    expect(messages.at(-1)).toMatch(/^ERROR: failed to build: failed to solve: process/);
  });

  it('gives the same events however the stream is cut', () => {
    const text = recorded('buildx-0.29-failed.rawjson').slice(0, 6000);
    const whole = rawjsonReader()(text);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const read = rawjsonReader();
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        expect(pieces.flatMap((piece) => read(piece))).toEqual(whole);
      }),
    );
  });

  it('never throws on what is no progress at all', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(rawjsonReader()(`{"vertexes":[${text}]}\n${text}`)).toBeInstanceOf(Array);
      }),
    );
  });
});

describe('plainReader()', () => {
  it('reads what docker 20.10 prints', () => {
    const events = plainReader(() => 0)(recorded('docker-20.10.plain'));
    expect(endsOf(events)).toContain('[base-arm64 1/1] COPY bb-arm64 /bin/busybox: done');
    const output = events.filter((event) => event.kind === 'output');
    expect(output).toEqual([
      { kind: 'output', id: expect.any(String), text: 'hello from arm64\n' },
    ]);
  });

  it('names the step that failed, and why', () => {
    const events = plainReader(() => 0)(recorded('docker-20.10-failed.plain'));
    const failed = events.find((event) => event.kind === 'step' && event.state === 'failed');
    expect(failed).toMatchObject({
      name: expect.stringMatching(/^\[stage-3 2\/2\] RUN echo/),
      error: expect.stringMatching(/exit code: 3$/),
    });
  });
});

describe('trackPlatforms()', () => {
  const three = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'];
  const follow = (name: string, platforms = three) => {
    const tracker = trackPlatforms(platforms, (platform) => platform !== 'linux/amd64');
    const owners = new Map<string, string[]>();
    for (const event of rawjsonReader()(recorded(name))) {
      const found = tracker.take(event);
      if (event.kind === 'step') owners.set(event.name, found);
    }
    return { tracker, owners };
  };

  it('gives a RUN step without a platform in its name to the platform of what it is made from', () => {
    const { owners } = follow('buildx-0.29-three-platforms.rawjson');
    expect(
      owners.get('[stage-3 2/2] RUN echo hello from arm && sleep 1 && uname -m > /machine'),
    ).toEqual(['linux/arm/v7']);
  });

  it('gives the context and the export to all', () => {
    const { owners } = follow('buildx-0.29-three-platforms.rawjson');
    expect(owners.get('exporting to image')).toEqual(three);
  });

  it('counts how much of the time in RUN steps was emulated', () => {
    const { tracker } = follow('buildx-0.29-three-platforms.rawjson');
    const ranOn = (platform: string) => [...(tracker.platforms.get(platform)?.ran.values() ?? [])];
    expect(ranOn('linux/amd64').map(({ emulated }) => emulated)).toEqual([false, false]);
    expect(Math.max(...ranOn('linux/amd64').map((ran) => ran.milliseconds))).toBeGreaterThan(900);
    expect(new Set(ranOn('linux/arm64').map(({ emulated }) => emulated))).toEqual(new Set([true]));
  });

  it('counts a step that another build began from when this one began', () => {
    const tracker = trackPlatforms(['linux/amd64', 'linux/arm64'], () => true);
    const step = { kind: 'step', state: 'done' } as const;
    const took = (id: string, name: string, started: number, completed: number) =>
      tracker.take({ ...step, id, name, started, completed });
    took('a', '[internal] load build definition from Dockerfile', 60_000, 60_010);
    took('b', '[linux/arm64 1/3] FROM docker.io/library/app', 1000, 2000);
    took('c', '[linux/arm64 2/3] RUN make', 1000, 61_000);
    took('d', '[linux/arm64 3/3] RUN make check', 61_000, 63_000);
    expect(tracker.platforms.get('linux/arm64')).toMatchObject({
      started: 60_000,
      completed: 63_000,
      ran: new Map([
        ['c', { milliseconds: 1000, emulated: true }],
        ['d', { milliseconds: 2000, emulated: true }],
      ]),
    });
  });

  it('knows the step that failed', () => {
    const { tracker } = follow('buildx-0.29-failed.rawjson');
    expect(tracker.platforms.get('linux/arm64')).toMatchObject({
      state: 'failed',
      failure: {
        step: { instruction: 'RUN echo hello from arm64 && exit 3 && uname -m > /machine' },
      },
    });
  });
});
