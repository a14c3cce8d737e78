import { outcomeText } from '../checks/words.ts';
import { architectureOfMachine, expectedMachines } from '../model/architecture.ts';
import { isKnown, type Known } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import { formatPlatform } from '../model/platform.ts';
import type { ImageVerification } from '../model/verification.ts';
import type { RunAnswer } from '../probe/decode.ts';
import { shown } from '../model/bytes-text.ts';
import type { ImageFacts, InsideFacts } from './image-facts.ts';

const id = 'uname';

/** What uname(2) answered inside the image, and what follows from it. */
export interface UnameJudgement {
  uname: ImageVerification['uname'];
  finding: Finding;
}

interface Question {
  facts: ImageFacts;
  platform: string;
  expected: string[];
}

type Verdict = Omit<Finding, 'id' | 'platform'>;

/** Judges `uname -m` in the image: by its own program, else by the probe's. */
export function judgeUname(facts: ImageFacts): UnameJudgement {
  const platform = formatPlatform(facts.platform);
  const expected = [...expectedMachines(facts.platform, facts.native)];
  const question = { facts, platform, expected };
  if (!isKnown(facts.inside)) return notRun(question, facts.inside.unknown);
  const { uname: own } = facts.inside;
  if (isKnown(own) && own.outcome === 'exit' && own.exitStatus === 0) return byImage(own, question);
  return byProbe(facts.inside, question);
}

function settle(
  { platform, expected }: Question,
  actual: string | null,
  by: ImageVerification['uname']['by'],
  verdict: Verdict,
): UnameJudgement {
  return { uname: { expected, actual, by }, finding: { id, platform, ...verdict } };
}

function notRun(question: Question, reason: string): UnameJudgement {
  return settle(question, null, 'none', {
    status: 'unknown',
    message: `Nothing of the image was run: ${reason}`,
    why: 'What its files are was read all the same. That it runs is not proven.',
    ...(question.facts.elsewhere === true
      ? {}
      : {
          fix: {
            text: 'See what the engine can run, and what puts it right.',
            commands: [`xbuild preflight --platform ${question.platform}`],
          },
        }),
  });
}

function byImage(own: RunAnswer, question: Question): UnameJudgement {
  const actual = shown(own.output).trim();
  const { expected, platform } = question;
  const evidence = [
    `${shown(own.path)} -m in ${question.facts.reference}: ${actual.slice(0, 80)}`,
    `expected on ${platform}: ${expected.join(' or ')}`,
  ];
  if (expected.includes(actual)) {
    return settle(question, actual, 'image', {
      status: 'pass',
      message: `uname -m says ${actual}`,
      evidence,
    });
  }
  const other = architectureOfMachine(actual);
  const wrong = other !== undefined && expected.length > 0;
  return settle(question, actual, 'image', {
    status: wrong ? 'fail' : 'warn',
    message: wrong
      ? `uname -m says ${actual} inside the image; on ${platform} it says ${expected.join(' or ')}`
      : `uname -m says "${actual.slice(0, 80)}" inside the image, which xbuild does not know as a machine of ${platform}`,
    why: wrong
      ? `The image's own uname was not run as a program of ${platform}: it is of another architecture.`
      : `xbuild can only tell that something ran, not what.`,
    evidence,
  });
}

/** The image has no uname, or it did not run: then the probe's program tells what the engine does. */
function byProbe({ uname: own, guest }: InsideFacts, question: Question): UnameJudgement {
  const { platform, facts, expected } = question;
  if (guest === null) {
    return notRun(
      question,
      `${whyNotOwn(own)}, and xbuild has no program of its own for ${platform}`,
    );
  }
  if (!isKnown(guest)) return notRun(question, guest.unknown);
  if (guest.outcome !== 'ran') {
    return notRun(question, facts.noSupport ?? `a program for ${platform} ${outcomeText(guest)}`);
  }
  const actual = guest.machine ?? null;
  if (isKnown(own) && own.path.includes('/')) {
    return settle(
      question,
      actual,
      'probe',
      ownFailed(own, guest.emulator !== undefined, platform),
    );
  }
  const evidence = [
    `the probe's program for ${platform} in ${facts.reference}: ${actual ?? 'no answer'}`,
    `expected on ${platform}: ${expected.join(' or ')}`,
  ];
  const known = actual !== null && expected.includes(actual);
  return settle(question, actual, 'probe', {
    status: known ? 'pass' : 'warn',
    message: known
      ? `programs for ${platform} run in it and see ${actual}; it has no uname of its own`
      : `programs for ${platform} run in it, and see ${actual ?? 'no machine'}, not ${expected.join(' or ')}`,
    evidence,
  });
}

function whyNotOwn(own: Known<RunAnswer>): string {
  if (!isKnown(own)) return own.unknown;
  return own.path.includes('/') ? 'its uname did not run' : 'it has no uname';
}

/** An emulator that crashes is not the image's fault; an error of execve(2) is. */
function ownFailed(own: RunAnswer, emulated: boolean, platform: string): Verdict {
  const run = { program: platform, head: '', ...own } as const;
  const said = shown(own.output).trim().split('\n')[0] ?? '';
  const blamed = own.outcome === 'errno' || !emulated;
  return {
    status: blamed ? 'fail' : 'warn',
    message: `${shown(own.path)} of the image ${outcomeText(run)}`,
    why: blamed
      ? `A program of the probe for ${platform} ran in the same container, so it is the image's own files that do not fit.`
      : `A smaller program for ${platform} ran under the same emulator, so either the emulator has a fault or the image has.`,
    evidence: said === '' ? [] : [`it wrote: ${said.slice(0, 200)}`],
  };
}
