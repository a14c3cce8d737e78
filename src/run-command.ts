import { setMaxListeners } from 'node:events';
import type { Command, CommandContext } from './commands/command.ts';
import { errorDocument, renderError, statusOf } from './commands/report-error.ts';
import { systemOf } from './ci/detect.ts';
import { guardStream } from './io/guard-stream.ts';
import { describeTerminal } from './io/terminal.ts';
import { explainSystemError } from './model/system-error.ts';
import { explainRefusal } from './probe/refusal.ts';

/** Says on stderr what went wrong, with --json also as a document; returns the exit status for it. */
export function reportError(
  thrown: unknown,
  { command, json }: { command: string; json: boolean },
): number {
  const error = explainRefusal(explainSystemError(thrown));
  const terminal = describeTerminal(process.stderr, process.env);
  const ci = systemOf(process.env);
  const document = json ? `${JSON.stringify(errorDocument(error, command), null, 2)}\n` : '';
  if (json) guardStream(process.stdout, ci).write(document);
  guardStream(process.stderr, ci).write(renderError(error, terminal.paint));
  return statusOf(error);
}

/** Runs a command with what this process has; Ctrl-C and SIGTERM abort its signal. */
export async function runCommand(command: Command, argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  // Every image and container that is looked at listens.
  setMaxListeners(0, stop.signal);
  let asked = 0;
  interrupt = () => {
    asked++;
    if (asked > 2) process.exit(130);
    // What is under way needs a moment to be cleared away, also for those in a hurry.
    if (asked === 2) setTimeout(() => process.exit(130), 5000).unref();
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    if (!process.listeners(signal).includes(onSignal)) process.on(signal, onSignal);
  }
  try {
    return await command.run(argv, contextOf(stop.signal));
  } finally {
    interrupt = undefined;
  }
}

let interrupt: (() => void) | undefined;

/** Once the command has ended there is nothing left to wait for: its own exit status stays. */
function onSignal(): void {
  if (interrupt === undefined) process.exit();
  interrupt();
}

function contextOf(signal: AbortSignal): CommandContext {
  const { env, stdout, stderr } = process;
  const ci = systemOf(env);
  // Opening standard input takes its time, and few commands read it.
  return {
    env,
    stdout: guardStream(stdout, ci),
    stderr: guardStream(stderr, ci),
    commandStreams: { stdout, stderr },
    ...(ci === undefined ? {} : { ci }),
    signal,
    get stdin() {
      return process.stdin;
    },
  };
}
