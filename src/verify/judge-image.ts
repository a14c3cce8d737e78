import { root, type Credentials } from '../model/credentials.ts';
import { isKnown } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import { formatPlatform } from '../model/platform.ts';
import type { EntrypointFile, ImageVerification } from '../model/verification.ts';
import type { ImageConfig, ImageFacts } from './image-facts.ts';
import { viewOfImage } from './image-view.ts';
import { readImageUser, type ImageUser } from './image-user.ts';
import { declaredPlatform, isForAnother, judgeDeclared } from './judge-declared.ts';
import { judgeFiles, type FilesJudgement } from './judge-files.ts';
import { judgeFurther } from './judge-further.ts';
import { judgeProgram, type ProgramJudgement } from './judge-program.ts';
import { unreadableScript } from './judge-script.ts';
import { judgeUname } from './judge-uname.ts';
import type { ProgramScene } from './program-scene.ts';
import { programsOf, type NamedProgram } from './programs.ts';
import { instructionOf } from './start-command.ts';
import { startedPrograms, type StartedProgram } from './started-programs.ts';

/** A judgement, and what must be known for a better one. */
export interface Judged {
  verification: ImageVerification;
  /** Paths of the image that were not looked at. */
  needs: string[];
  /** Files whose text was not read. */
  texts: string[];
  /** Files that a finding is about, and whose layer is not known. */
  unplaced: string[];
  /** What the judgement of all files found, to be compared with that of other platforms. */
  files?: FilesJudgement;
}

/**
 * Judges whether an image is what it says, starts what it is to start, and holds what machines of
 * its platform run. Pure; what the facts do not tell is `unknown`, and what would tell is named.
 */
export function judgeImage(facts: ImageFacts): Judged {
  const declared = judgeDeclared(facts);
  const platform = formatPlatform(facts.platform);
  const basics = { reference: facts.reference, platform, declared: declaredPlatform(facts) };
  if (isForAnother(facts)) {
    const uname = { ...judgeUname(facts).uname, actual: null, by: 'none' as const };
    const verification = { ...basics, ok: false, uname, entrypoint: [], findings: [declared] };
    return { verification, needs: [], texts: [], unplaced: [] };
  }
  const { uname, finding: ran } = judgeUname(facts);
  const start = judgeStart(facts);
  const files =
    start.scene === undefined ? undefined : judgeFiles(facts, start.scene, start.findings);
  const all = [declared, ran, ...start.findings, ...(files?.findings ?? [])];
  const findings = all.map((one) => withLayer(one, facts));
  const ok = findings.every(({ status }) => status !== 'fail') && start.seen;
  const verification = { ...basics, ok, uname, entrypoint: start.files, findings };
  return {
    verification,
    needs: start.needs,
    texts: files?.texts ?? [],
    unplaced: unplacedOf(findings, files, facts),
    ...(files === undefined ? {} : { files }),
  };
}

function withLayer(told: Finding, { layers }: ImageFacts): Finding {
  const { location } = told;
  const layer = location?.path === undefined ? undefined : layers?.get(location.path);
  if (layer === undefined || location?.layer !== undefined) return told;
  return { ...told, location: { ...location, layer } };
}

/** What the engine has to answer for: no layer is to blame, and finding one takes its time. */
const ofEngine = new Set(['setuid-needs-credentials']);

function unplacedOf(
  findings: readonly Finding[],
  files: FilesJudgement | undefined,
  { layers }: ImageFacts,
): string[] {
  const told = findings.flatMap(({ id, status, location }) =>
    status === 'pass' || location?.path === undefined || ofEngine.has(id) ? [] : [location.path],
  );
  const faulty = (files?.allowed.spots ?? []).filter(({ fault }) => !ofEngine.has(fault));
  const paths = new Set([...told, ...faulty.map(({ path }) => path)]);
  return [...paths].filter((path) => layers?.has(path) !== true);
}

interface StartJudgement {
  files: EntrypointFile[];
  findings: Finding[];
  needs: string[];
  /** Whether enough was seen to say anything of the image. */
  seen: boolean;
  /** What the image's programs are judged with; absent where that is not known. */
  scene?: ProgramScene;
}

function judgeStart(facts: ImageFacts): StartJudgement {
  const { config } = facts;
  if (!isKnown(config)) {
    return { files: [], findings: [notSeen(facts, config.unknown)], needs: [], seen: false };
  }
  const view = viewOfImage(facts);
  const user = readImageUser(config.user, view);
  const starts = programsOf(config).length > 0;
  if ('needs' in user && starts && facts.inventory === undefined) {
    const findings = [notSeen(facts, `${user.needs} was not read`)];
    return { files: [], findings, needs: [user.needs], seen: false };
  }
  const { credentials, strict } = credentialsOf(user);
  const { reference, platform } = facts;
  const basics = { reference, platform, config, view, credentials };
  const scene = { ...basics, started: startedPrograms(basics, facts) };
  const further = judgeFurther(scene);
  const start = judgePrograms(facts, scene, strict);
  if ('missing' in user && starts) start.findings.unshift(userMissing(facts, config, user.missing));
  const told = new Set(start.findings.flatMap(({ location }) => location?.path ?? []));
  const findings = [
    ...start.findings,
    ...further.filter(({ location }) => location?.path === undefined || !told.has(location.path)),
  ];
  if (findings.length === 0) findings.push(allRight(facts, config, start.files));
  return { ...start, findings, scene };
}

function judgeStarted(started: StartedProgram, scene: ProgramScene): ProgramJudgement {
  const judged = judgeProgram(started.program, scene);
  if (!started.byScript) return judged;
  const findings = judged.findings.map((one) => ({
    ...one,
    evidence: [...(one.evidence ?? []), started.why],
  }));
  return { ...judged, files: [], findings };
}

/** What the image starts. */
function judgePrograms(
  facts: ImageFacts,
  scene: ProgramScene,
  strict: Credentials | undefined,
): StartJudgement {
  const programs = programsOf(scene.config);
  if (programs.length === 0) {
    const message = 'the image names no program to start: it has neither ENTRYPOINT nor CMD';
    return { files: [], findings: [finding(facts, 'pass', message)], needs: [], seen: true };
  }
  const judged = scene.started.map((started) => judgeStarted(started, scene));
  const start = { programs, judged: judged[0], scene };
  const denied = strict === undefined ? [] : deniedToUser(start, strict);
  const needs = judged.flatMap(({ needs: path }) => (path === undefined ? [] : [path]));
  const findings = [...judged.flatMap(({ findings: all }) => all), ...denied];
  if (needs.length > 0) findings.push(notSeen(facts, `${needs.join(', ')} was not read`));
  const files = judged.flatMap(({ files: all }) => all);
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
  const unread = unreadableScript(first, strict, scene);
  if (unread !== undefined) return [unread];
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
