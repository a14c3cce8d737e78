import { disarmText } from '../ci/detect.ts';
import type { CiSystem } from '../ci/system.ts';
import { plainLetters } from '../model/plain-letters.ts';
import type { Output } from './standard-output.ts';
import { describeTerminal } from './terminal.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What text must go through before it is written to a stream; undefined where it may go as it is. */
function filterFor(
  stream: { isTTY?: boolean; columns?: number },
  ci: CiSystem | undefined,
  env: Environment,
): ((text: string) => string) | undefined {
  const isPlain = stream.isTTY === true && !describeTerminal(stream, env).unicode;
  if (ci === undefined && !isPlain) return undefined;
  return (text) => {
    const shown = isPlain ? plainLetters(text) : text;
    return ci === undefined ? shown : disarmText(ci, shown);
  };
}

/**
 * A stream in whose text a CI system finds no command: image paths, logs and error messages are
 * printed in its jobs, and whoever wrote them must not speak to it. A terminal that shows ASCII alone
 * gets that. Bytes that are passed on from other programs stay as they are.
 */
export function guardStream(
  stream: NodeJS.WriteStream,
  ci: CiSystem | undefined,
  env: Environment = process.env,
): NodeJS.WriteStream {
  const filter = filterFor(stream, ci, env);
  if (filter === undefined) return stream;
  const write = (chunk: Uint8Array | string, ...rest: []): boolean =>
    stream.write(typeof chunk === 'string' ? filter(chunk) : chunk, ...rest);
  return new Proxy(stream, {
    get(target, key) {
      if (key === 'write') return write;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The same for what has nothing but write(). */
export function guardOutput(
  output: Output,
  ci: CiSystem | undefined,
  env: Environment = process.env,
): Output {
  const filter = filterFor(output, ci, env);
  if (filter === undefined) return output;
  const { isTTY, columns } = output;
  return {
    write: (text) => output.write(filter(text)),
    ...(isTTY === undefined ? {} : { isTTY }),
    ...(columns === undefined ? {} : { columns }),
  };
}
