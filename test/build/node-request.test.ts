import { describe, expect, test } from 'vitest';
import { parseNodes } from '../../src/build/node-request.ts';
import { parseBuildRequest } from '../../src/build/request.ts';
import { formatPlatform } from '../../src/model/platform.ts';

const nodesOf = (line: string) =>
  parseBuildRequest(`--platform amd64 ${line} .`.trim().split(' '), {}).nodes;

describe('--node', () => {
  test.each([
    ['--node default', [['default', undefined]]],
    [
      '--node arm-box --node=big.box',
      [
        ['arm-box', { context: 'arm-box' }],
        ['big.box', { context: 'big.box' }],
      ],
    ],
    [
      '--node default,arm-box',
      [
        ['default', undefined],
        ['arm-box', { context: 'arm-box' }],
      ],
    ],
    ['--node ssh://build@box:22', [['box:22', { host: 'ssh://build@box:22' }]]],
    ['--node ssh://me:secret@box', [['box', { host: 'ssh://me:secret@box' }]]],
    ['--node unix:///run/a.sock', [['/run/a.sock', { host: 'unix:///run/a.sock' }]]],
    ['--node arm=tcp://box:2376', [['arm', { host: 'tcp://box:2376' }]]],
  ])('%s', (line, expected) => {
    expect(nodesOf(line).map(({ name, endpoint }) => [name, endpoint])).toEqual(expected);
  });

  test('a node builds only what --node-platforms says', () => {
    const nodes = nodesOf('--node default,box --node-platforms box=arm64,arm/v7');
    const only = nodes.map(({ platforms }) => platforms?.map(formatPlatform));
    expect(only).toEqual([undefined, ['linux/arm64', 'linux/arm/v7']]);
  });

  test.each([
    ['--node default --node default', 'two nodes are called "default"'],
    ['--node -x', 'received "-x"'],
    ['--node a=b', 'received "a=b"'],
    ['--node /run/docker.sock', 'received "/run/docker.sock"'],
    ['--node default,', 'received ""'],
    ['--node default --node-platforms box=arm64', 'a node "box", and there is none'],
    ['--node default --node-platforms default', 'received "default"'],
    ['--node default --node-platforms default=', 'received "default="'],
    ['--node default --builder big', 'the builder "big"'],
  ])('%s is refused', (line, message) => {
    expect(() => nodesOf(line)).toThrow(
      expect.objectContaining({ code: 'bad-flag', message: expect.stringContaining(message) }),
    );
  });

  test('several nodes need to know what to build', () => {
    expect(() => parseBuildRequest(['--node', 'default,box', '.'], {})).toThrow('no --platform');
    expect(parseBuildRequest(['--node', 'box', '.'], {}).nodes).toHaveLength(1);
  });

  test('a platform that is none is refused', () => {
    const words = { nodes: ['default'], platforms: ['default=linux/none'] };
    expect(() => parseNodes(words)).toThrow(expect.objectContaining({ code: 'bad-platform' }));
  });
});
