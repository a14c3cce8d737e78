import type { BuildFailure } from '../model/build.ts';
import { shellQuote } from '../model/escape.ts';
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

/** What explains why a platform's build failed, beyond BuildKit's own words, where anything does. */
export function explainStep(
  platform: string,
  failure: BuildFailure,
  findings: readonly Finding[],
): Finding | undefined {
  const text = [...failure.lines, failure.error].join('\n');
  const seen = symptoms.filter(({ says }) => says.test(text));
  const known = findings.find(
    (finding) =>
      (finding.status === 'fail' || finding.status === 'warn') &&
      (finding.platform === undefined || finding.platform === platform) &&
      seen.some(({ checks }) => checks.test(finding.id)),
  );
  return known ?? missingBase(platform, failure);
}

/** BuildKit says that there is no match, and not for what. */
function missingBase(platform: string, { step, error }: BuildFailure): Finding | undefined {
  const image = /load metadata for (?<image>\S+)/.exec(step ?? '')?.groups?.['image'];
  if (image === undefined || !error.includes('no match for platform')) return undefined;
  return {
    id: 'base-image-platform',
    status: 'fail',
    platform,
    message: `The base image ${image} is not there for ${platform}.`,
    why: 'Each platform is built from the base image of that platform, and this name has none.',
    fix: {
      text: 'See which platforms it has, and take another base image or leave this platform out.',
      commands: [`docker buildx imagetools inspect ${shellQuote(image)}`],
    },
  };
}
