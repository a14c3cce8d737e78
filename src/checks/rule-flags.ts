import type { Rule } from '../model/binfmt-rule.ts';
import type { Finding } from '../model/finding.ts';
import type { Check } from '../model/preflight.ts';
import { aboutRules, replaceRulesOf } from './scene.ts';
import { needsRule } from './wanted.ts';
import type { Wanted } from './wanted.ts';

export const order = 160;

const id = 'rule-flags';

/** Flags P, O and C, in words; flag F has a check of its own. */
export const check: Check = {
  id,
  title: 'The rules keep what programs rely on (flags P, O, C)',
  run: (input) =>
    aboutRules(id, input, 'No wanted platform has a rule whose flags could be told.', (scene) => {
      const ruled = scene.wanted.filter((wanted) => needsRule(wanted) && wanted.rule !== undefined);
      const lacking = ruled.filter(({ rule }) => rule?.flags.includes('C') === false);
      // A rule that fails for want of F is to be replaced as it is, by one with C.
      const working = lacking.filter(({ rule }) => rule?.flags.includes('F') === true);
      const fix = { ...replaceRulesOf(scene, working), text: remedy };
      return [
        ...ruled.filter((wanted) => !working.includes(wanted)).map(fine),
        ...working.map((wanted) => ({ ...withoutC(wanted), fix })),
      ];
    }),
};

const remedy =
  "Only if your images need it: register the emulators with flag C, as this does. With C a set-uid program of an image runs in the emulator with its owner's rights.";

const letters: readonly [letter: string, withIt: string, without: string][] = [
  ['P', 'programs see the argv[0] they were called with', 'programs see their path as argv[0]'],
  [
    'O',
    'the kernel opens the program and hands it over, so files that only may be executed work',
    'the interpreter opens the program itself, so files that may be executed but not read fail',
  ],
  [
    'C',
    "set-uid programs get their owner's rights",
    "set-uid programs do not get their owner's rights",
  ],
];

function inWords(rule: Rule): string[] {
  return letters.map(([letter, withIt, without]) =>
    rule.flags.includes(letter) ? `${letter}: ${withIt}` : `no ${letter}: ${without}`,
  );
}

function fine({ rule, name: platform }: Wanted): Finding {
  const flags = rule?.flags === '' ? 'no flags' : `flags ${rule?.flags ?? ''}`;
  const message = `Rule ${rule?.name ?? ''} for ${platform} has ${flags}.`;
  return { id, status: 'pass', platform, message, evidence: rule ? inWords(rule) : [] };
}

function withoutC({ rule, name: platform }: Wanted): Finding {
  return {
    id,
    status: 'warn',
    platform,
    message: `Rule ${rule?.name ?? ''} for ${platform} has no flag C (credentials).`,
    why: 'Set-uid programs (sudo, su, ping, mount) that a RUN step starts as a user other than root do not become root: "effective uid is not 0". Steps that run as root are not touched.',
    evidence: rule ? inWords(rule) : [],
  };
}
