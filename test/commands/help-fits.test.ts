import { describe, expect, it } from 'vitest';
import { configCommand } from '../../src/commands/config.ts';
import { commandHelp, generalHelp } from '../../src/commands/help.ts';
import { initCommand } from '../../src/commands/init.ts';
import { preflightCommand } from '../../src/commands/preflight.ts';

describe('help fits a terminal of 80 columns and 24 lines, and has examples', () => {
  const commands = [configCommand, initCommand, preflightCommand];
  const texts = commands.map((command) => [command.name, commandHelp(command)] as const);
  it.each([['xbuild', generalHelp()] as const, ...texts])('%s', (_name, text) => {
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(text).toContain('\nExamples:\n');
  });
});
