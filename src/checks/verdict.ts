import { expectedMachines } from '../model/architecture.ts';
import type { RunFacts } from '../model/facts.ts';
import type { PreflightInput } from '../model/preflight.ts';
import { elsewhere, kernelScene, whyNoKernel } from './scene.ts';
import { wantedOf } from './wanted.ts';
import type { Wanted } from './wanted.ts';
import { outcomeText } from './words.ts';

/** Whether a platform runs, as far as the facts tell. */
export interface Verdict {
  wanted: Wanted;
  support: 'native' | 'emulated' | 'none' | 'unknown';
  /** Why it does not run, or what is missing to know. */
  reason?: string;
}

/** One verdict a platform, in the order that they were asked for. */
export function verdicts(input: PreflightInput): Verdict[] {
  const scene = kernelScene(input);
  if (!('missing' in scene)) return scene.wanted.map((wanted) => verdictOf(wanted, input));
  const own = input.facts.engine.architecture;
  return input.platforms.map((platform) => unseen(wantedOf(platform, { own }), input));
}

/** The verdict where the kernel that would run it is not known. */
function unseen(wanted: Wanted, { facts }: PreflightInput): Verdict {
  const reason = whyNoKernel(facts) ?? 'the kernel is not known';
  if (facts.engine.os !== 'linux' && wanted.platform.os === 'linux') {
    return { wanted, support: 'none', reason };
  }
  const plain = wanted.own && wanted.platform.variant === undefined;
  return plain && elsewhere(facts) === undefined
    ? { wanted, support: 'native' }
    : { wanted, support: 'unknown', reason };
}

function verdictOf(wanted: Wanted, input: PreflightInput): Verdict {
  const { platform, run, name } = wanted;
  if (platform.os !== 'linux') {
    const reason = `Programs for ${platform.os} do not run on a Linux engine.`;
    return { wanted, support: 'none', reason };
  }
  if (run === undefined) {
    if (wanted.own && platform.variant === undefined) return { wanted, support: 'native' };
    const reason = `The probe has not run a program for ${name}.`;
    return { wanted, support: 'unknown', reason };
  }
  if (run.outcome !== 'ran') {
    return { wanted, support: 'none', reason: `The probe's program ${outcomeText(run)}.` };
  }
  return (
    tooWeak(wanted, run) ?? {
      wanted,
      support: run.emulator ? 'emulated' : 'native',
      ...odd(wanted, run, input),
    }
  );
}

/** A program of x86-64 ran, and the CPU that it saw is less than the wanted variant. */
function tooWeak(wanted: Wanted, run: RunFacts): Verdict | undefined {
  const { architecture, variant } = wanted.platform;
  const level = architecture === 'amd64' ? /^v([234])$/.exec(variant ?? '')?.[1] : undefined;
  if (level === undefined) return undefined;
  if (run.level === undefined) {
    const reason = 'The level of x86-64 that the CPU has was not read.';
    return { wanted, support: 'unknown', reason };
  }
  if (run.level >= Number(level)) return undefined;
  const cpu = run.emulator === undefined ? 'The CPU' : 'The emulated CPU';
  return { wanted, support: 'none', reason: `${cpu} has x86-64-v${run.level} only.` };
}

/** It ran, and calls its machine something else than such a platform does. */
function odd(wanted: Wanted, run: RunFacts, { facts }: PreflightInput): { reason?: string } {
  const expected = expectedMachines(wanted.platform, facts.engine.architecture);
  if (run.machine === undefined || expected.length === 0 || expected.includes(run.machine)) {
    return {};
  }
  return { reason: `It calls its machine ${run.machine}; expected is ${expected.join(' or ')}.` };
}
