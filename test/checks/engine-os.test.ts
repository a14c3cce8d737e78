import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/engine-os.ts';
import { only } from './facts.ts';

describe('engine-os wants Linux containers', () => {
  it.each([
    ['linux', 'pass'],
    ['windows', 'fail'],
  ])('%s: %s', (os, status) => {
    expect(only(check, { engine: { os } }).status).toBe(status);
  });
});
