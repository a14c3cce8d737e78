import { causes } from '../causes/index.ts';
import { judge } from '../checks/preflight.ts';
import { inspectContainer } from '../diagnose/container-facts.ts';
import { gatherContainer } from '../diagnose/gather-container.ts';
import { gatherLog } from '../diagnose/gather-log.ts';
import { diagnose } from '../diagnose/judge.ts';
import { openSession } from '../diagnose/open-session.ts';
import { readRunWords, type RunWords } from '../diagnose/run-flags.ts';
import { runDockerRun, type Ran } from '../diagnose/run-docker.ts';
import type { Session } from '../diagnose/session.ts';
import { findImageFacts } from '../diagnose/gather-image.ts';
import { gatherFacts } from '../facts/gather.ts';
import { describeTerminal } from '../io/terminal.ts';
import { XbuildError } from '../model/errors.ts';
import type { DiagnosisFacts } from '../model/diagnosis.ts';
import { escapeLine } from '../model/escape.ts';
import { formatPlatform, parsePlatform } from '../model/platform.ts';
import { renderDiagnosis } from '../reporters/diagnose-text.ts';
import type { Command, CommandContext } from './command.ts';

/** How long a detached container is watched: those that die at once are what is looked for. */
const WATCH = 1500;

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const words = readRunWords(argv);
  if (words.image === undefined) {
    throw new XbuildError(
      'bad-argument',
      'run needs an image; received none',
      'Write it as for docker run: xbuild run --rm app:1',
    );
  }
  const session = await openSession({}, context);
  await warn(words, session, context);
  const ran = await runDockerRun(words, [], context.stderr);
  const failed =
    words.detach && ran.exitStatus === 0 ? await diesSoon(ran, session) : ran.exitStatus !== 0;
  try {
    if (failed && !context.signal.aborted) await explain(words, ran, session, context);
  } finally {
    if (words.remove) await removeAfter(ran, session);
  }
  return ran.exitStatus;
}

/** Says beforehand where the engine cannot run the image's platform; docker run has the last word. */
async function warn(
  { image = '', platform }: RunWords,
  session: Session,
  context: CommandContext,
): Promise<void> {
  const asked = platform ?? session.client.defaultPlatform;
  const wanted = asked === undefined ? undefined : parsePlatform(asked);
  const found = await findImageFacts(session, image, wanted);
  const target = wanted ?? found?.platform;
  if (target === undefined || target.architecture === session.native.architecture) return;
  const { facts } = await gatherFacts({
    endpoint: {},
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

/** A detached container that ends at once has failed, though docker run has not. */
async function diesSoon({ container }: Ran, { engine }: Session): Promise<boolean> {
  if (container === undefined) return false;
  const until = Date.now() + WATCH;
  while (Date.now() < until) {
    const { State: state } = await inspectContainer(engine.docker, container);
    if (state.Restarting) return true;
    if (!state.Running) return state.ExitCode !== 0;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  return false;
}

async function explain(
  { image = '' }: RunWords,
  ran: Ran,
  session: Session,
  context: CommandContext,
): Promise<void> {
  const facts = await readFacts(image, ran, session);
  const diagnosis = diagnose(facts, causes);
  // A program that ran and ended with a status of its own is no news.
  if (diagnosis.cause === null) return;
  const terminal = describeTerminal(context.stderr, context.env);
  const options = { width: terminal.columns, colour: terminal.paint, unicode: terminal.unicode };
  context.stderr.write(`\n${renderDiagnosis(diagnosis, options)}`);
}

async function readFacts(image: string, ran: Ran, session: Session): Promise<DiagnosisFacts> {
  if (ran.container === undefined) {
    return gatherLog(
      ran.stderr,
      { kind: 'log', name: `docker run ${image}` },
      session,
      session.client,
    );
  }
  const inspected = await inspectContainer(session.engine.docker, ran.container);
  const name = inspected.Name.replace(/^\//, '');
  return gatherContainer(session, inspected, { kind: 'container', name });
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
  examples: ['xbuild run --rm app:1', 'xbuild run --platform linux/arm64 -p 8080:80 app:1'],
  flags: [],
  run,
  // -h is docker's flag for the host name, and what follows the image is the program's.
  asksForHelp: (argv) => readRunWords(argv).flags.includes('--help'),
};
