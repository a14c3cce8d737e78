import { escapeCommands, escapeLine } from '../model/escape.ts';
import type { ProgressSink } from './sink.ts';
import { parseStepName, type StepName } from './event.ts';

/** The words that stand before a step's instruction: `[build 2/5] `. */
export function stepLabel({ stage, index, total }: StepName): string {
  const count = index === undefined ? undefined : `${index}/${total}`;
  const words = [stage, count].filter((word) => word !== undefined);
  return words.length === 0 ? '' : `[${words.join(' ')}] `;
}

/** A step in BuildKit's words, without its platform: `[build 2/5] RUN make`. */
export function stepText(step: StepName): string {
  return `${stepLabel(step)}${step.instruction}`;
}

/** Seconds for people: `0.4s`, `12s`, `3m 05s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  if (seconds < 99.5) return `${Math.round(seconds)}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`;
}

/**
 * Progress as plain lines, each with its platform in front, and its node where there are several, for
 * logs and screen readers. A step that belongs to several platforms is printed once, with all of them.
 */
export function lineSink(
  write: (line: string) => void,
  platforms: readonly string[],
): ProgressSink {
  let nodes: ReadonlyMap<string, string> = new Map();
  const shown = new Set<string>();
  const withNode = (word: string, platform: string) => placeName(word, nodes.get(platform));
  const labelOf = ([first = '', ...others]: readonly string[]) =>
    withNode(others.length === 0 ? first : 'all', first);
  const widthOf = () =>
    Math.max(0, ...platforms.map((platform) => withNode(platform, platform).length));
  let width = widthOf();
  const print = (owners: readonly string[], text: string) =>
    write(`${labelOf(owners).padEnd(width)}  ${escapeCommands(escapeLine(text))}`.trimEnd());
  return {
    event(event, owners) {
      if (event.kind === 'message') return;
      if (event.kind === 'output') {
        for (const line of outputLines(event.text)) print(owners, `| ${line}`);
        return;
      }
      const key = `${owners.join()} ${event.id} ${event.state}`;
      if (event.state === 'announced' || shown.has(key)) return;
      shown.add(key);
      const step = parseStepName(event.name);
      if (isUninteresting(step)) return;
      print(owners, describe(step, event));
    },
    placed(nodeOf) {
      nodes = nodeOf;
      width = widthOf();
    },
    settled(result) {
      const stopped = 'stopped, since another platform failed, after';
      const verdict = result.state === 'interrupted' ? stopped : `${result.state} in`;
      print([result.platform], `${verdict} ${formatSeconds(result.seconds)}`);
    },
    phase: (text) => write(escapeLine(text)),
    close: () => undefined,
  };
}

/** A platform and the node that builds it: `linux/arm64 arm-box`. */
export function placeName(platform: string, node: string | undefined): string {
  return node === undefined ? platform : `${platform} ${escapeCommands(escapeLine(node))}`;
}

function outputLines(text: string): string[] {
  // Programs that draw progress bars return to the start of the line: only what stays is shown.
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, '').split('\r').at(-1) ?? '')
    .filter((line) => line.trim() !== '');
}

/** Steps that BuildKit takes for itself and that tell the user nothing while they succeed. */
export function isUninteresting(step: StepName): boolean {
  return (
    step.stage?.split(' ').includes('internal') === true && !/load metadata/.test(step.instruction)
  );
}

function describe(
  step: StepName,
  event: { state: string; started?: number; completed?: number; error?: string },
): string {
  const name = stepText(step);
  if (event.state === 'running') return name;
  if (event.state === 'failed') return `${name}: FAILED: ${event.error ?? ''}`;
  if (event.state === 'cached') return `${name} (cached)`;
  if (event.state === 'cancelled') return `${name} (stopped)`;
  const spent =
    event.completed === undefined || event.started === undefined
      ? undefined
      : (event.completed - event.started) / 1000;
  return spent === undefined ? `${name} done` : `${name} done in ${formatSeconds(spent)}`;
}

const nothing = () => undefined;

/** No progress at all. */
export function silentSink(raw?: (chunk: string) => void): ProgressSink {
  return {
    event: nothing,
    settled: nothing,
    phase: nothing,
    close: nothing,
    ...(raw === undefined ? {} : { raw }),
  };
}
