import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { completeWith } from '../../src/diagnose/complete.ts';
import { diagnose } from '../../src/diagnose/judge.ts';
import { failsAlike, madeUpPrograms } from '../../src/diagnose/made-up.ts';
import { stageOfLines } from '../../src/diagnose/log-stage.ts';
import type { DiagnosisFacts, SurfaceLine } from '../../src/model/diagnosis.ts';
import { findArchitecture, headFor } from '../../src/model/architecture.ts';
import type { FileFacts, RunFacts } from '../../src/model/facts.ts';
import { hexOfBytes } from '../../src/model/bytes.ts';

const row = findArchitecture('riscv64');
if (row === undefined) throw new Error('no riscv64');
const head = headFor(row);
const wrapper = '/opt/wrapper';

interface Kernel {
  mask?: string;
  outcome: RunFacts['outcome'];
  interpreter?: Partial<FileFacts>;
}

/** A log of `exec /bin/server: exec format error`, and the rule of the engine that it comes from. */
function factsOf({ mask = 'ffffffffffffff00fffffffffffffffffeffffff', ...kernel }: Kernel) {
  const lines: SurfaceLine[] = [
    "WARNING: The requested image's platform (linux/riscv64) does not match the detected host platform (linux/amd64/v4)",
    'exec /bin/server: exec format error',
  ].map((text) => ({ from: 'log', text }));
  const facts: DiagnosisFacts = {
    schemaVersion: 1,
    target: { kind: 'log', name: '-' },
    surface: { stage: stageOfLines(lines), exitCode: null, lines, cut: false },
    platform: 'linux/riscv64',
    native: ['amd64', '386'],
    kernel: {
      release: '6.12.0',
      version: '#1',
      machine: 'x86_64',
      pageSize: 4096,
      binfmt: {
        knownToKernel: true,
        mount: 'binfmt_misc',
        status: 'enabled',
        rules: [
          {
            name: 'qemu-riscv64',
            text: `enabled\ninterpreter ${wrapper}\nflags: OCF\noffset 0\nmagic ${hexOfBytes(head.slice(0, 20))}\nmask ${mask}\n`,
          },
        ],
      },
      runs: [
        {
          program: 'riscv64',
          head: Buffer.from(head).toString('base64'),
          outcome: kernel.outcome,
        },
      ],
      interpreters: [
        {
          path: wrapper,
          errno: 'ok',
          kind: 'file',
          mode: 0o755,
          uid: 0,
          gid: 0,
          ...kernel.interpreter,
        },
      ],
    },
    files: [],
    hiddenFiles: [],
    traces: [],
    missing: [],
  };
  return facts;
}

async function answerOf(facts: DiagnosisFacts) {
  for (const { source, path } of madeUpPrograms(facts)) {
    const walked = await completeWith(facts, source, [path]);
    if (failsAlike(walked)) return diagnose(walked, causes).cause;
  }
  return diagnose(facts, causes).cause;
}

describe('a log, and the rules of the engine that it comes from', () => {
  it('shows a mask that misses some of the programs', async () => {
    const mask = 'fffffffffffffffffffffffffffffffffeffffff';
    expect(await answerOf(factsOf({ mask, outcome: 'ran' }))).toMatchObject({
      id: 'rule-too-narrow',
      confidence: 'likely',
    });
  });

  it('shows an emulator that is a script, of a shell that would be emulated, too', async () => {
    const script = Buffer.from('#!/bin/sh\nexec qemu-riscv64 "$@"\n');
    const interpreter = { size: script.length, head: script.toString('base64') };
    const cause = await answerOf(factsOf({ outcome: 'errno', interpreter }));
    expect(cause?.id).toBe('rule-interpreter-is-script');
  });

  it('does not blame rules that are seen to work', async () => {
    expect((await answerOf(factsOf({ outcome: 'ran' })))?.id).toBe('wrong-architecture');
  });
});
