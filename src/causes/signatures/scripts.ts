import { begin, says, row, type Signature } from './row.ts';

/** What is said of #! lines. */
export const scripts: readonly Signature[] = [
  row(
    'bad-interpreter',
    String.raw`${begin}(?<path>[^\s:"'\`]{1,1023}): (?<word>[^\s:]{0,255}): bad interpreter: ${says}`,
  ),
  row(
    'bad-interpreter',
    String.raw`zsh: (?<path>[^\s:]{1,1023}): bad interpreter: (?<word>[^\s:]{1,255}): ${says}`,
  ),
  row(
    'env-option',
    String.raw`\benv: (?:invalid|unrecognized|unknown|illegal) option(?: --)? ?[‘'"]?-{0,2}(?<word>[\w-]{1,40})`,
  ),
  row('env', String.raw`\benv: can't execute '(?<word>[^']{0,255})(?:': ${says}|$)`),
  row(
    'env',
    String.raw`\benv: (?:[‘'\`](?<word>[^’']{0,255})[’'](?:\$'\\r')?|(?<path>[\w./-]{1,255})): ${says}`,
  ),
];
