import { causes } from '../causes/index.ts';
import { judge } from '../checks/preflight.ts';
import { inspectContainer, type InspectedContainer } from '../diagnose/container-facts.ts';
import { gatherContainer } from '../diagnose/gather-container.ts';
import { gatherLog } from '../diagnose/gather-log.ts';
import { diagnose } from '../diagnose/judge.ts';
import { openSession } from '../diagnose/open-session.ts';
import { stageOfLines } from '../diagnose/log-stage.ts';
import { readRunWords, type RunWords } from '../diagnose/run-flags.ts';
import { runDockerRun, type Ran } from '../diagnose/run-docker.ts';
import type { Session } from '../diagnose/session.ts';
import { gatherGone } from '../diagnose/gather-gone.ts';
import { findImageFacts } from '../diagnose/gather-image.ts';
import { watchContainer, type Became } from '../diagnose/watch-container.ts';
import { gatherFacts } from '../facts/gather.ts';
import { endpointFlags } from '../io/shared-flags.ts';
import { describeTerminal } from '../io/terminal.ts';
import { XbuildError } from '../model/errors.ts';
import type { Diagnosis, DiagnosisFacts } from '../model/diagnosis.ts';
import { escapeLine } from '../model/escape.ts';
import { formatPlatform, parsePlatform } from '../model/platform.ts';
import { refusalOf } from '../probe/refusal.ts';
import { renderDiagnosis } from '../reporters/diagnose-text.ts';
import type { Command, CommandContext } from './command.ts';

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const words = readRunWords(argv);
  if (words.image === undefined) {
    throw new XbuildError(
      'bad-argument',
      'run needs an image; received none',
      'Write it as for docker run: xbuild run --rm app:1',
    );
  }
  const session = await openSession(words.endpoint, context);
  await warn(words, session, context);
  const ran = await runDockerRun(words, context.stderr);
  try {
    const became = await becameOf(words, ran, session);
    if (became !== 'well' && !context.signal.aborted) {
      const facts = await readFacts(words, ran, became, session);
      explain(diagnose(facts, causes), context);
    }
  } finally {
    if (words.remove) await removeAfter(ran, session);
  }
  return ran.exitStatus;
}

/** A detached container that ends at once has failed, though docker run has not. */
async function becameOf(
  { detach, flags }: RunWords,
  { exitStatus, container: id }: Ran,
  { engine }: Session,
): Promise<Became> {
  if (exitStatus !== 0) return 'failed';
  if (!detach || id === undefined) return 'well';
  return watchContainer(engine.docker, { id, removed: flags.includes('--rm') });
}

/** Says beforehand where the engine cannot run the image's platform; docker run has the last word. */
async function warn(
  { image = '', platform, endpoint }: RunWords,
  session: Session,
  context: CommandContext,
): Promise<void> {
  const asked = platform ?? session.client.defaultPlatform;
  const wanted = asked === undefined ? undefined : parsePlatform(asked);
  const found = await findImageFacts(session, image, wanted);
  const target = wanted ?? found?.platform;
  if (target === undefined || target.architecture === session.native.architecture) return;
  const { facts } = await gatherFacts({
    endpoint,
    probe: true,
    env: context.env,
    signal: context.signal,
  });
  const { platforms } = judge({ facts, platforms: [target], named: true });
  const [support] = platforms;
  if (support?.support !== 'none') return;
  const reason = support.reason ?? 'no rule of its kernel takes such programs';
  context.stderr.write(
    `xbuild: this engine does not run ${formatPlatform(target)}: ${escapeLine(reason)}\n`,
  );
}

/** A program that ran and ended with a status of its own is no news. */
function explain(diagnosis: Diagnosis, { stderr, env }: CommandContext): void {
  if (diagnosis.cause === null) return;
  const terminal = describeTerminal(stderr, env);
  const options = { width: terminal.columns, colour: terminal.paint, unicode: terminal.unicode };
  stderr.write(`\n${renderDiagnosis(diagnosis, options)}`);
}

async function readFacts(
  words: RunWords,
  ran: Ran,
  became: Became,
  session: Session,
): Promise<DiagnosisFacts> {
  const { container, stderr } = ran;
  const name = `docker run ${words.image ?? ''}`;
  const fromLog = () => gatherLog(stderr, { kind: 'log', name }, session, session.client);
  if (typeof became === 'object') {
    const gone = await gatherGone(session, words, became.gone);
    if (gone !== undefined) return gone;
  }
  if (container === undefined) return fromLog();
  const inspected = await inspectIfThere(container, session);
  if (inspected === undefined) return (await gatherNeverStarted(session, words, ran)) ?? fromLog();
  const own = inspected.Name.replace(/^\//, '');
  return gatherContainer(session, inspected, { kind: 'container', name: own });
}

/** A detached container with --rm is gone at once where the runtime refuses to start it. */
async function inspectIfThere(
  id: string,
  { engine }: Session,
): Promise<InspectedContainer | undefined> {
  try {
    return await inspectContainer(engine.docker, id);
  } catch (error) {
    if (refusalOf(error)?.statusCode === 404) return undefined;
    throw error;
  }
}

/** What docker said on standard error is all that is left, beside the image. */
async function gatherNeverStarted(
  session: Session,
  words: RunWords,
  { exitStatus, stderr }: Ran,
): Promise<DiagnosisFacts | undefined> {
  const facts = await gatherGone(session, words, exitStatus);
  const stage = stageOfLines(stderr.lines);
  return facts && { ...facts, surface: { ...facts.surface, ...stderr, stage } };
}

/** --rm, which docker was not told, since the container was still to be looked at. */
async function removeAfter(ran: Ran, { engine }: Session): Promise<void> {
  if (ran.container === undefined) return;
  const container = engine.docker.getContainer(ran.container);
  await container.remove({ force: true, v: true }).catch(() => undefined);
}

export const runCommand: Command = {
  name: 'run',
  usage: '[flags of docker run] IMAGE [COMMAND] [ARGUMENT…]',
  summary: 'docker run, and where it fails: why',
  details: `Takes every flag of docker run, and ends with its exit status. The diagnosis
goes to standard error. With --rm the container is removed once it has been
looked at; a detached one (-d) is watched for a second and a half.`,
  examples: ['xbuild run --rm app:1', 'xbuild run --platform linux/arm64 -p 8080:80 app:1'],
  flags: endpointFlags,
  run,
  // -h is docker's flag for the host name, and what follows the image is the program's.
  asksForHelp: (argv) => readRunWords(argv).flags.includes('--help'),
};
