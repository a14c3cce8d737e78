import { escapeLine } from '../model/escape.ts';
import { describeTerminal } from './terminal.ts';

/** After so long people want to know that something is being done; milliseconds. */
const PATIENCE = 1000;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Does some work, and says on a stream what is being done if that takes longer than a second: on a
 * terminal in one line that goes again, else once. `say` changes the text; it is escaped.
 */
export async function withProgressLine<T>(
  { stream, env }: { stream: NodeJS.WriteStream; env: Environment },
  text: string,
  work: (say: (text: string) => void) => Promise<T>,
): Promise<T> {
  const terminal = describeTerminal(stream, env);
  const width = terminal.columns - 6;
  let now = escapeLine(text);
  let spinner: { text: string; stop: () => unknown } | undefined;
  let isDone = false;
  const start = async (): Promise<void> => {
    if (!terminal.live) {
      stream.write(`${now}\n`);
      return;
    }
    const { default: ora } = await import('ora');
    if (isDone) return;
    const drawn = terminal.unicode ? 'dots' : 'line';
    const options = { stream, discardStdin: false, spinner: drawn } as const;
    spinner = ora(options).start(now.slice(0, width));
  };
  const timer = setTimeout(() => void start(), PATIENCE);
  try {
    return await work((next) => {
      now = escapeLine(`${text}: ${next}`);
      if (spinner !== undefined) spinner.text = now.slice(0, width);
    });
  } finally {
    isDone = true;
    clearTimeout(timer);
    spinner?.stop();
  }
}
