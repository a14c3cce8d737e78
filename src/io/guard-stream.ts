import { disarmText } from '../ci/detect.ts';
import type { CiSystem } from '../ci/system.ts';
import type { Output } from './standard-output.ts';

/**
 * A stream in whose text a CI system finds no command: image paths, logs and error messages are
 * printed in its jobs, and whoever wrote them must not speak to it. Bytes that are passed on from
 * other programs stay as they are.
 */
export function guardStream(
  stream: NodeJS.WriteStream,
  ci: CiSystem | undefined,
): NodeJS.WriteStream {
  if (ci === undefined) return stream;
  const write = (chunk: Uint8Array | string, ...rest: []): boolean =>
    stream.write(typeof chunk === 'string' ? disarmText(ci, chunk) : chunk, ...rest);
  return new Proxy(stream, {
    get(target, key) {
      if (key === 'write') return write;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** The same for what has nothing but write(). */
export function guardOutput(output: Output, ci: CiSystem | undefined): Output {
  if (ci === undefined) return output;
  const { isTTY, columns } = output;
  return {
    write: (text) => output.write(disarmText(ci, text)),
    ...(isTTY === undefined ? {} : { isTTY }),
    ...(columns === undefined ? {} : { columns }),
  };
}
