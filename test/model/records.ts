import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Reads a compressed file of records (one JSON value a line) of what a Linux kernel did. */
export function readRecords<T>(name: string): T[] {
  const file = readFileSync(new URL(`../fixtures/oracle/${name}.jsonl.gz`, import.meta.url));
  const lines = gunzipSync(file).toString('utf8').trimEnd().split('\n');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own recorded files
  return lines.map((line) => JSON.parse(line) as T);
}
