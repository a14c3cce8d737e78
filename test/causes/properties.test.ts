import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { signsOfLog } from '../../src/causes/log-signatures.ts';
import type { DiagnosisFacts } from '../../src/model/diagnosis.ts';
import { file, imageFacts } from '../diagnose/made-facts.ts';
import { rule } from '../checks/facts.ts';
import { records, logFacts, traced } from './recorded.ts';

const stages = [
  'client',
  'pull',
  'create',
  'runtime',
  'exec',
  'program',
  'build',
  'running',
  'ended',
  'never',
  'unknown',
] as const;

/** Bits of what tools print, in any order, with rubbish between. */
const pieces = records
  .flatMap(({ steps }) => steps.flatMap(({ log }) => log.split('\n')))
  .slice(0, 300);
const text = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 60 })), {
    maxLength: 8,
  })
  .map((lines) => lines.join('\n'));

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .uint8Array({ maxLength: 300 })
    .map((rest) => new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, ...rest])),
  fc.string({ unit: 'binary', maxLength: 80 }).map((line) => Buffer.from(`#!${line}`)),
);

const word = fc.oneof(
  fc.constantFrom('/app/run', '/bin/sh', '-c', 'run', '', '/qemu-arm', "['a']"),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

const anyFacts = fc
  .record({
    stage: fc.constantFrom(...stages),
    exitCode: fc.constantFrom(null, 0, 1, 2, 126, 127, 132, 139, 255),
    argv: fc.array(word, { maxLength: 4 }),
    content: bytes,
    mode: fc.constantFrom(0o755, 0o644, 0o4755),
    log: text,
    kind: fc.constantFrom('container', 'image', 'file', 'log'),
    flags: fc.constantFrom('', 'F', 'OC', 'POCF'),
    native: fc.constantFrom<string[][]>([], ['amd64', '386'], ['arm64']),
    platform: fc.constantFrom(undefined, 'linux/arm64', 'linux/amd64', 'unknown/unknown', 'x'),
  })
  .map(
    ({
      stage,
      exitCode,
      argv,
      content,
      mode,
      log,
      kind,
      flags,
      native,
      platform,
    }): DiagnosisFacts => {
      const base = imageFacts({ entrypoint: argv }, [
        file('/app/run', content, mode),
        file('/bin/sh', content),
      ]);
      const { platform: _platform, kernel, ...rest } = base;
      const rules = [rule('arm64', { flags, interpreter: '/app/run' }), rule('s390x')];
      const lines = log.split('\n').map((line) => ({ from: 'log' as const, text: line }));
      return traced({
        ...rest,
        ...(platform === undefined ? {} : { platform }),
        target: { kind, name: 'x', path: '/app/run' },
        surface: { stage, exitCode, lines, cut: false },
        native,
        kernel: 'unknown' in kernel ? kernel : { ...kernel, binfmt: { ...kernel.binfmt, rules } },
      });
    },
  );

describe('whatever the facts', () => {
  it('no cause throws, and each says something', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        for (const cause of causes) {
          const match = cause.match(facts);
          if (match === undefined) continue;
          expect(match.message).not.toBe('');
          expect(match.fix.text).not.toBe('');
          expect(facts.traces.length).toBeGreaterThanOrEqual(match.trace ?? 0);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('they stay as they are', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const before = JSON.stringify(facts);
        for (const cause of causes) cause.match(facts);
        expect(JSON.stringify(facts)).toBe(before);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a hostile log', () => {
  it('proves nothing', () => {
    fc.assert(
      fc.property(text, (log) => {
        const facts = logFacts({ step: '', engine: '', exitCode: null, log });
        const found = causes.flatMap((cause) => cause.match(facts)?.confidence ?? []);
        expect(found.filter((confidence) => confidence !== 'possible')).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  const hostile: [name: string, line: string][] = [
    ['exec without end', 'exec /'.repeat(700)],
    ['exec and no errno', `${'exec '.repeat(800)}: exec format erro`],
    ['colons', 'a: '.repeat(1400)],
    ['quotes', `exec: "${'"'.repeat(4000)}`],
    ['blanks', ' '.repeat(4000)],
    ['libraries', 'error while loading shared libraries: '.repeat(110)],
    ['shells', 'sh: '.repeat(1000)],
    ['slashes', '/'.repeat(4096)],
    ['line 1', '/a: line 1: '.repeat(340)],
    ['brackets', '{"msg":'.repeat(500)],
  ];

  // A pattern that tries everything would not end within the test's own time limit.
  it.each(hostile)('%s: ends', (_, line) => {
    expect(signsOfLog(`${line}\n`.repeat(50))).toBeInstanceOf(Array);
  });

  it('of many megabytes is read at its ends only', () => {
    const log = `exec /a: exec format error\n${'nothing of note\n'.repeat(600_000)}exec /b: exec format error`;
    expect(signsOfLog(log).map(({ path }) => path)).toEqual(['/a', '/b']);
  });
});
