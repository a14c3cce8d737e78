import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/builder-kernel.ts';
import { only } from './facts.ts';

describe("builder-kernel says where the build's steps run", () => {
  it.each([
    ['docker', 'pass'],
    ['docker-container', 'pass'],
    ['remote', 'unknown'],
    ['kubernetes', 'unknown'],
    ['cloud', 'unknown'],
    ['unknown', 'unknown'],
  ] as const)('driver %s: %s', (driver, status) => {
    expect(only(check, { builder: { name: 'b', driver, source: '--builder' } }).status).toBe(
      status,
    );
  });

  it('quotes the name in the command', () => {
    const builder = { name: 'my builder', driver: 'remote', source: '--builder' } as const;
    expect(only(check, { builder }).fix?.commands).toEqual([
      "docker buildx inspect --bootstrap 'my builder'",
    ]);
  });

  it('names the missing fact', () => {
    expect(only(check, { builder: { unknown: 'buildx said nothing' } }).status).toBe('unknown');
  });
});
