import type { BuildFailure } from '../model/build.ts';
import type { Finding } from '../model/finding.ts';

/** What failing steps say when the engine's rules are at fault, and the checks that tell why. */
const symptoms: readonly { says: RegExp; checks: RegExp }[] = [
  {
    says: /exec format error|Invalid ELF image/i,
    checks: /^(?:binfmt|rule|interpreter)-(?!flags)/,
  },
  { says: /\bexec\b.*: no such file or directory/, checks: /^(?:rule-fix-binary|interpreter-.*)$/ },
  { says: /effective uid is not 0|must be (?:setuid|owned by uid 0)/, checks: /^rule-flags$/ },
];

/** The finding of preflight that explains why a platform's step failed, where there is one. */
export function explainStep(
  platform: string,
  { error, lines }: BuildFailure,
  findings: readonly Finding[],
): Finding | undefined {
  const text = [...lines, error].join('\n');
  const seen = symptoms.filter(({ says }) => says.test(text));
  return findings.find(
    (finding) =>
      (finding.status === 'fail' || finding.status === 'warn') &&
      (finding.platform === undefined || finding.platform === platform) &&
      seen.some(({ checks }) => checks.test(finding.id)),
  );
}
