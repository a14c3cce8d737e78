import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/image-store.ts';
import { only } from './facts.ts';

const two = ['linux/amd64', 'linux/arm64'];

describe('image-store never fails', () => {
  it.each([
    ['containerd', two, true, 'pass'],
    ['classic', two, true, 'warn'],
    ['classic', two, false, 'pass'],
    ['classic', ['linux/arm64'], true, 'pass'],
  ] as const)('%s for %j, named %s: %s', (store, platforms, named, status) => {
    const setting = { engine: { store }, platforms: [...platforms], named };
    expect(only(check, setting).status).toBe(status);
  });

  it.each([
    [false, 'containerd-snapshotter'],
    [true, 'Use containerd for pulling and storing images'],
  ])('says how to switch (Desktop: %s)', (desktop, words) => {
    const setting = { engine: { store: 'classic' as const, desktop }, platforms: two };
    expect(only(check, setting).fix?.text).toContain(words);
  });
});
