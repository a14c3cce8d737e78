import { expect, test } from 'vitest';
import { changingSubcommands } from '../../src/commands/binfmt/changing-subcommands.ts';

const context = {
  env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' },
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  commandStreams: { stdout: process.stdout, stderr: process.stderr },
  signal: new AbortController().signal,
};

test.each([
  ['add', /needs an architecture, or the name of a rule/],
  ['add sparc128', /"sparc128" is no architecture/],
  ['add a b --magic MZ --interpreter /i', /for one rule; received the names a, b/],
  ['add x --magic MZ', /needs an interpreter/],
  ['add x --magic MZ --mask f --interpreter /i', /the mask has 1 bytes, the magic 2/],
  ['add x --magic MZ --offset 300 --interpreter /i', /past the first 256 bytes/],
  ['remove', /binfmt remove needs a rule's name/],
  ['enable', /binfmt enable needs a rule's name/],
  ['disable', /binfmt disable needs a rule's name/],
  ['on arm64', /binfmt on switches the whole table; received: arm64/],
  ['off arm64', /binfmt off switches the whole table; received: arm64/],
  ['mount /x', /binfmt mount takes flags only; received: \/x/],
])('binfmt %s is refused before any engine is asked', async (line, message) => {
  const [name, ...words] = line.split(' ');
  const subcommand = changingSubcommands.find((one) => one.name === name);
  await expect(subcommand?.run(words, context)).rejects.toMatchObject({
    code: 'bad-argument',
    message: expect.stringMatching(message),
  });
});
