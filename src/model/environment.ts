/** What a variable is in an environment of `NAME=value`; of several with one name the last one counts. */
export function valueIn(env: readonly string[], name: string): string | undefined {
  const start = `${name}=`;
  return env.findLast((line) => line.startsWith(start))?.slice(start.length);
}
