import { listed } from '../model/sentence.ts';
import type { Finding } from '../model/finding.ts';
import { formatPlatform, samePlatform, type Platform } from '../model/platform.ts';
import type { DeclaredPlatforms, ImageFacts } from './image-facts.ts';

const id = 'platform-declared';

/** What the image says it is for, in one platform's words; the configuration counts first. */
export function declaredPlatform(facts: ImageFacts): string {
  const { config, index, chosen, offered } = facts.declared;
  const said = config ?? index ?? chosen;
  if (said !== undefined) return formatPlatform(said);
  return offered === undefined || offered.length === 0 ? 'unknown' : offersOf(offered);
}

function sameMachine(one: Platform, other: Platform): boolean {
  return samePlatform({ ...one, variant: '' }, { ...other, variant: '' });
}

/** Whether the image says that it is for another kind of machine: then nothing else is worth a look. */
export function isForAnother({ declared, platform }: ImageFacts): boolean {
  if (declared.offered !== undefined) return true;
  const said = declared.config ?? declared.index;
  return said !== undefined && !sameMachine(said, platform);
}

const sources = [
  ['index', 'its index'],
  ['config', 'its configuration'],
] as const;

function evidenceOf(declared: DeclaredPlatforms): string[] {
  const lines = sources.flatMap(([key, words]) => {
    const said = declared[key];
    return said === undefined ? [] : [`${words} says ${formatPlatform(said)}`];
  });
  return declared.chosen === undefined
    ? lines
    : [...lines, `the engine chose it for ${formatPlatform(declared.chosen)}`];
}

/** Compares what the index and the configuration say with the platform that was asked for. */
export function judgeDeclared(facts: ImageFacts): Finding {
  const platform = formatPlatform(facts.platform);
  const { declared } = facts;
  if (declared.offered !== undefined) {
    return { id, platform, ...notOffered(declared.offered, facts) };
  }
  const evidence = evidenceOf(declared);
  for (const [key, words] of sources) {
    const said = declared[key];
    if (said === undefined || samePlatform(said, facts.platform)) continue;
    const unsaid = sameMachine(said, facts.platform) && (said.variant ?? '') === '';
    return { ...complaint(said, words, unsaid, facts), id, platform, evidence };
  }
  if (evidence.length === 0) {
    const message = `${facts.reference} does not say for which platform it is`;
    return { id, status: 'unknown', platform, message };
  }
  return { id, status: 'pass', platform, message: `it says that it is for ${platform}`, evidence };
}

function offersOf(offered: readonly Platform[]): string {
  return listed(offered.map(formatPlatform));
}

function notOffered(
  offered: readonly Platform[],
  { reference, platform }: ImageFacts,
): Pick<Finding, 'status' | 'message' | 'why' | 'fix'> {
  const wanted = formatPlatform(platform);
  const has = offered.length === 0 ? '' : `; it has ${offersOf(offered)}`;
  return {
    status: 'fail',
    message: `${reference} has no image for ${wanted} in the engine's store${has}`,
    why: `Machines of ${wanted} cannot use it.`,
    fix: {
      text: `Build or pull it for ${wanted}.`,
      commands: [
        `xbuild build --platform ${wanted} .`,
        `docker pull --platform ${wanted} ${reference}`,
      ],
    },
  };
}

function complaint(
  said: Platform,
  words: string,
  unsaid: boolean,
  facts: ImageFacts,
): Pick<Finding, 'status' | 'message' | 'why' | 'fix'> {
  const wanted = formatPlatform(facts.platform);
  const other = formatPlatform(said);
  if (unsaid) {
    return {
      status: 'warn',
      message: `${words} names no variant, which reads as ${other}, and the image is for ${wanted}`,
      why: `An engine that is asked for ${wanted} may refuse it, or take it for another platform.`,
    };
  }
  return {
    status: 'fail',
    message: `${words} says ${other}, and the image was asked for as ${wanted}`,
    why: `Engines choose images by what they say: machines of ${wanted} will not get this one, or not start it.`,
    fix: {
      text: `Build it for ${wanted}; where a Dockerfile has FROM --platform=…, its last stage must not name another platform.`,
      commands: [`xbuild build --platform ${wanted} .`],
    },
  };
}
