import type { WriteStream } from 'node:tty';
import { escapeLine } from '../model/escape.ts';
import { shorten } from '../model/sentence.ts';
import { formatSeconds, isUninteresting, placeName, stepText } from '../progress/lines.ts';
import type { ProgressSink } from '../progress/sink.ts';
import type { PlatformProgress } from '../progress/track.ts';
import type { PlatformResult } from '../model/build.ts';
import type { Terminal } from './terminal.ts';

/** Progress on a terminal: one live line a platform, drawn by ora; the lines go when it closes. */
export async function liveSink(stream: WriteStream, terminal: Terminal): Promise<ProgressSink> {
  const { default: ora } = await import('ora');
  const spinner = ora({ stream, discardStdin: false, spinner: terminal.unicode ? 'dots' : 'line' });
  const cutMark = terminal.unicode ? '…' : '~';
  const state: LiveState = { cutMark, phase: '', progress: new Map(), results: new Map() };
  const draw = () => {
    // Room for the spinner, and for the ^C that a terminal echoes: a line that it wraps stays behind.
    const width = (stream.columns ?? terminal.columns) - 6;
    spinner.text = liveLines(state, width).join('\n  ');
  };
  const timer = setInterval(draw, 250);
  return {
    event(_event, owners, tracker) {
      for (const owner of owners) {
        // Built again after it was stopped: it goes on.
        state.results.delete(owner);
        const progress = tracker.platforms.get(owner);
        if (progress !== undefined) state.progress.set(owner, progress);
      }
    },
    placed: (nodes) => void (state.nodes = nodes),
    settled: (result) => void state.results.set(result.platform, result),
    phase(text) {
      state.phase = text;
      draw();
      if (!spinner.isSpinning) spinner.start();
    },
    close() {
      clearInterval(timer);
      spinner.stop();
    },
  };
}

interface LiveState {
  /** What stands for what is cut off; the terminal may show ASCII alone. */
  cutMark?: string;
  phase: string;
  progress: Map<string, PlatformProgress>;
  results: Map<string, PlatformResult>;
  /** Where there are several, the node of each platform. */
  nodes?: ReadonlyMap<string, string>;
}

/** The lines of one moment; each fits the width, so that the terminal never wraps one. */
export function liveLines(state: LiveState, width: number): string[] {
  const building = [...state.progress.keys()];
  const names = building.map((platform) => placeName(platform, state.nodes?.get(platform)));
  const pad = Math.max(0, ...names.map((name) => name.length));
  const lines = building.map((platform, at) => {
    const text = platformLine(state.progress.get(platform), state.results.get(platform));
    return `${(names[at] ?? '').padEnd(pad)}  ${text}`;
  });
  return [state.phase, ...lines].map((line) => shorten(escapeLine(line), width, state.cutMark));
}

function platformLine(
  progress: PlatformProgress | undefined,
  result: PlatformResult | undefined,
): string {
  if (result !== undefined) return `${result.state} in ${formatSeconds(result.seconds)}`;
  if (progress?.started === undefined) return 'waiting';
  const time = formatSeconds((Date.now() - progress.started) / 1000);
  const step = progress.current;
  if (step === undefined || isUninteresting(step)) return time.padStart(7);
  return `${time.padStart(7)}  ${stepText(step)}`;
}
