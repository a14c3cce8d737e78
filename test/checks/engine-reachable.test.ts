import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/engine-reachable.ts';
import { only } from './facts.ts';

describe('engine-reachable says which engine answers', () => {
  it.each([
    [{}, 'Docker 28.5.2 answers at unix:///var/run/docker.sock, on this machine.'],
    [
      {
        remote: true,
        name: 'arm-box',
        endpoint: { url: 'ssh://me@arm-box', source: 'DOCKER_HOST' },
      },
      'Docker 28.5.2 answers at ssh://me@arm-box, on another machine (arm-box).',
    ],
  ])('%o', (engine, message) => {
    expect(only(check, { engine })).toMatchObject({ status: 'pass', message });
  });

  it('and why that one', () => {
    const endpoint = { url: 'unix:///d.sock', source: 'context "vm"', context: 'vm' };
    const { evidence } = only(check, { engine: { endpoint, rootless: true } });
    expect(evidence).toContain('chosen by: context "vm"');
    expect(evidence).toContain('mode: rootless');
  });
});
