import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/builder.ts';
import { only } from './facts.ts';

describe('builder wants a BuildKit client', () => {
  it.each([
    ['28.5.2', '0.29.1', 'pass'],
    ['20.10.24', null, 'pass'],
    ['22.06.0', null, 'pass'],
    ['23.0.0', null, 'fail'],
    ['28.5.2', null, 'fail'],
    ['18.06.3', null, 'fail'],
  ])('docker %s with buildx %s: %s', (version, buildx, status) => {
    expect(only(check, { client: { command: 'docker', version, buildx } }).status).toBe(status);
  });

  it('names the missing fact', () => {
    expect(only(check, { client: { unknown: 'there is no docker command' } })).toMatchObject({
      status: 'unknown',
      message: 'The docker command was not looked at: there is no docker command.',
    });
  });
});
