import { describe, expect, it } from 'vitest';
import { buildCommand } from '../../src/commands/build.ts';
import { configCommand } from '../../src/commands/config.ts';
import { commandHelp, generalHelp } from '../../src/commands/help.ts';
import { initCommand } from '../../src/commands/init.ts';
import { preflightCommand } from '../../src/commands/preflight.ts';

describe('help fits a terminal of 80 columns and 24 lines, and has examples', () => {
  const commands = [buildCommand, configCommand, initCommand, preflightCommand];
  const texts = commands.map((command) => [command.name, commandHelp(command)] as const);
  it.each([['xbuild', generalHelp()] as const, ...texts])('%s', (_name, text) => {
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(23);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(text).toContain('\nExamples:\n');
  });

  it('so does what xbuild alone says, which is what to do next', () => {
    const lines = generalHelp(80, 'xbuild init').trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(23);
    expect(lines.at(-1)).toBe('Next: xbuild init');
  });

  it.each(commands)(
    '$name in 40 columns, but for commands that must be copied whole',
    (command) => {
      const lines = [...commandHelp(command, 40).split('\n'), ...generalHelp(40).split('\n')];
      expect(lines.filter((line) => line.length > 40 && !/^  .*xbuild /.test(line))).toEqual([]);
    },
  );
});
