import { root, type Credentials } from '../model/credentials.ts';
import { isKnown } from '../model/facts.ts';
import { viewOfFacts } from '../model/file-view.ts';
import type { Finding } from '../model/finding.ts';
import { formatPlatform } from '../model/platform.ts';
import type { EntrypointFile, ImageVerification } from '../model/verification.ts';
import type { ImageConfig, ImageFacts } from './image-facts.ts';
import { readImageUser, type ImageUser } from './image-user.ts';
import { declaredPlatform, isForAnother, judgeDeclared } from './judge-declared.ts';
import { judgeProgram, type ProgramJudgement } from './judge-program.ts';
import { judgeUname } from './judge-uname.ts';
import type { ProgramScene } from './program-scene.ts';
import { programsOf, type NamedProgram } from './programs.ts';
import { instructionOf } from './start-command.ts';

/** A judgement, and the paths of the image that must be known for a better one. */
export interface Judged {
  verification: ImageVerification;
  needs: string[];
}

/**
 * Judges whether an image is what it says, and starts what it is to start. Pure; what the facts do
 * not tell is `unknown`, and the paths that would tell are in `needs`.
 */
export function judgeImage(facts: ImageFacts): Judged {
  const declared = judgeDeclared(facts);
  const platform = formatPlatform(facts.platform);
  const basics = { reference: facts.reference, platform, declared: declaredPlatform(facts) };
  if (isForAnother(facts)) {
    const uname = { ...judgeUname(facts).uname, actual: null, by: 'none' as const };
    const verification = { ...basics, ok: false, uname, entrypoint: [], findings: [declared] };
    return { verification, needs: [] };
  }
  const { uname, finding: ran } = judgeUname(facts);
  const start = judgeStart(facts);
  const findings = [declared, ran, ...start.findings];
  const ok = findings.every(({ status }) => status !== 'fail') && start.seen;
  const verification = { ...basics, ok, uname, entrypoint: start.files, findings };
  return { verification, needs: start.needs };
}

interface StartJudgement {
  files: EntrypointFile[];
  findings: Finding[];
  needs: string[];
  /** Whether enough was seen to say anything of the image. */
  seen: boolean;
}

function judgeStart(facts: ImageFacts): StartJudgement {
  const { config } = facts;
  if (!isKnown(config)) {
    return { files: [], findings: [notSeen(facts, config.unknown)], needs: [], seen: false };
  }
  const programs = programsOf(config);
  if (programs.length === 0) {
    const message = 'the image names no program to start: it has neither ENTRYPOINT nor CMD';
    return { files: [], findings: [finding(facts, 'pass', message)], needs: [], seen: true };
  }
  const view = viewOfFacts(facts.files);
  const user = readImageUser(config.user, view);
  if ('needs' in user) {
    const findings = [notSeen(facts, `${user.needs} was not read`)];
    return { files: [], findings, needs: [user.needs], seen: false };
  }
  const { credentials, strict } = credentialsOf(user);
  const { reference } = facts;
  const scene = { reference, platform: facts.platform, config, view, credentials };
  const judged = programs.map((program) => judgeProgram(program, scene));
  const start = { programs, judged: judged[0], scene };
  const denied = strict === undefined ? [] : deniedToUser(start, strict);
  const needs = judged.flatMap(({ needs: path }) => (path === undefined ? [] : [path]));
  const findings = [...judged.flatMap(({ findings: all }) => all), ...denied];
  if ('missing' in user) findings.unshift(userMissing(facts, config, user.missing));
  if (needs.length > 0) findings.push(notSeen(facts, `${needs.join(', ')} was not read`));
  const files = judged.flatMap(({ files: all }) => all);
  if (findings.length === 0) findings.push(allRight(facts, config, files));
  return { files, findings, needs, seen: judged[0]?.needs === undefined };
}

/**
 * Newer engines (26.1 and 28.5 were seen to) look the first program up with root's rights (CAP_DAC_OVERRIDE is
 * effective until execve), 20.10 with the user's: `strict`.
 */
function credentialsOf(user: ImageUser): { credentials: Credentials; strict?: Credentials } {
  if (!('uid' in user) || user.uid === 0) return { credentials: root };
  return { credentials: { ...user, overrides: true }, strict: user };
}

interface Start {
  programs: readonly NamedProgram[];
  /** Of the first program, with root's rights. */
  judged: ProgramJudgement | undefined;
  scene: ProgramScene;
}

/** What only the user's own rights stand in the way of. */
function deniedToUser({ programs, judged, scene }: Start, strict: Credentials): Finding[] {
  const [first] = programs;
  if (first === undefined || judged?.findings.some(({ status }) => status === 'fail') === true) {
    return [];
  }
  const own = judgeProgram(first, { ...scene, credentials: strict });
  return own.findings
    .filter(({ status }) => status === 'fail')
    .map((denied) => ({
      ...denied,
      status: 'warn',
      why: 'Docker 20.10 and some other runtimes refuse to start it ("permission denied"); newer engines look the first program up with the rights of root.',
    }));
}

function finding(facts: ImageFacts, status: Finding['status'], message: string): Finding {
  const platform = formatPlatform(facts.platform);
  return { id: 'entrypoint-architecture', status, platform, message };
}

function allRight(
  facts: ImageFacts,
  config: ImageConfig,
  files: readonly EntrypointFile[],
): Finding {
  const platform = formatPlatform(facts.platform);
  return {
    ...finding(facts, 'pass', `what it starts is for ${platform}`),
    evidence: [
      `${instructionOf(config)} of ${facts.reference}`,
      ...files.map(({ path, description }) => `${path}: ${description}`),
    ],
  };
}

function notSeen(facts: ImageFacts, reason: string): Finding {
  return {
    ...finding(facts, 'unknown', `What the image starts could not be looked at: ${reason}`),
    why: 'Without its files nothing is proven of the image.',
  };
}

function userMissing(facts: ImageFacts, config: ImageConfig, missing: string): Finding {
  return {
    ...finding(facts, 'fail', `the image is to run as "${config.user}", and ${missing}`),
    id: 'entrypoint-user',
    why: 'The engine refuses to start it: "unable to find user".',
    evidence: [`USER ${config.user} of ${facts.reference}`],
    fix: {
      text: 'Create the user in the last stage of the Dockerfile, or give USER a number.',
      commands: ['USER 1000'],
    },
  };
}
