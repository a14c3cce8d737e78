import { describe, expect, it } from 'vitest';
import { lastWords } from '../../src/reporters/last-words.ts';

const words = (text: string) =>
  lastWords({ lines: text.split('\n').map((line) => ({ from: 'log' as const, text: line })) });

const npm = [
  'npm error code ERESOLVE',
  'npm error ERESOLVE unable to resolve dependency tree',
  ...Array.from({ length: 14 }, (_, at) => `npm error line ${at}`),
  'npm error A complete log of this run can be found in: /root/.npm/_logs/x.log',
];
const docker =
  'process "/bin/sh -c npm ci" did not complete successfully: exit code: 1\nERROR: failed to build: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1';

describe('what a failing step said', () => {
  it('is shown from where the trouble began to its end, without docker', () => {
    const all = [...Array.from({ length: 30 }, () => 'npm http fetch'), ...npm, docker].join('\n');
    expect(words(all)).toEqual([...npm.slice(0, 5), '…', ...npm.slice(-4)]);
  });

  it('is what BuildKit quotes of it, where the log goes on with the Dockerfile', () => {
    const text = `#8 [2/2] RUN npm ci\n#8 2.1 npm error code E404\n------\n > [2/2] RUN npm ci:\n2.114 npm error code E404\n------\nDockerfile:2\n--------------------\n   2 | >>> RUN npm ci\n--------------------\n${docker}`;
    expect(words(text)).toEqual(['npm error code E404']);
  });

  it("is what stands before FAILED in xbuild's own log", () => {
    const text = `=> [1/2] FROM a DONE 0.1s\n=> [2/2] RUN make\nmake: *** [all] Error 2\n=> [2/2] RUN make FAILED 3.0s: ${docker}\nDockerfile:2`;
    expect(words(text)).toEqual(['make: *** [all] Error 2']);
  });

  it('is the last of it where nothing speaks of trouble, and all of it where it is short', () => {
    const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`);
    expect(words(lines.join('\n'))).toEqual(lines.slice(-10));
    expect(words('one\ntwo')).toEqual(['one', 'two']);
    expect(words(docker)).toEqual(docker.split('\n'));
  });
});
