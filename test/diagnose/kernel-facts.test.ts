import { describe, expect, it } from 'vitest';
import { nativeOf } from '../../src/diagnose/kernel-facts.ts';
import type { KernelFacts, RunFacts } from '../../src/model/facts.ts';

function kernel(...runs: Partial<RunFacts>[]): KernelFacts {
  return { runs } as unknown as KernelFacts;
}

describe('what a kernel runs itself', () => {
  it('is also 386 on amd64, unless it was seen to refuse it', () => {
    expect(nativeOf('amd64', { unknown: 'x' })).toEqual(['amd64', '386']);
    expect(nativeOf('amd64', kernel())).toEqual(['amd64', '386']);
    expect(nativeOf('amd64', kernel({ program: '386', outcome: 'ran' }))).toEqual(['amd64', '386']);
    const refused: Partial<RunFacts> = { program: '386', outcome: 'errno', errno: 'ENOEXEC' };
    expect(nativeOf('amd64', kernel(refused))).toEqual(['amd64']);
    const emulated: Partial<RunFacts> = {
      program: '386',
      outcome: 'ran',
      emulator: { path: '/usr/bin/qemu-i386' },
    };
    expect(nativeOf('amd64', kernel(emulated))).toEqual(['amd64']);
  });

  it('is arm on arm64 only where it was seen', () => {
    expect(nativeOf('arm64', kernel())).toEqual(['arm64']);
    expect(nativeOf('arm64', kernel({ program: 'arm-v7', outcome: 'ran' }))).toEqual([
      'arm64',
      'arm',
    ]);
    expect(nativeOf('s390x', kernel({ program: 'arm-v7', outcome: 'ran' }))).toEqual(['s390x']);
  });
});
