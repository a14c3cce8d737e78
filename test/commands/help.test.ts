import { describe, expect, test } from 'vitest';
import { commandHelp, generalHelp } from '../../src/commands/help.ts';
import { commands, findCommand } from '../../src/commands/index.ts';

const words = (text: string) => text.replaceAll(/\s+/g, ' ');

function misfits(text: string): string[] {
  const lines = text.trimEnd().split('\n');
  return [...lines.filter((line) => line.length > 80), ...lines.slice(40)];
}

describe('help', () => {
  test('in general fits a screen, and names every command and every exit status', () => {
    const text = generalHelp();
    expect(misfits(text)).toEqual([]);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
    for (const { name } of commands) expect(text).toMatch(new RegExp(`^  ${name} `, 'm'));
    for (const status of [0, 1, 2, 3, 4, 5, 130]) expect(text).toMatch(new RegExp(`\\b${status} `));
  });

  test.each(commands)('of $name fits a terminal of 80 columns and 40 lines', async ({ load }) => {
    expect(misfits(commandHelp(await load()))).toEqual([]);
  });

  test.each(commands)('of $name says how it is used, with examples', async ({ name, load }) => {
    const command = await load();
    const text = commandHelp(command);
    expect(command.name).toBe(name);
    expect(words(text)).toContain(words(`Usage: xbuild ${name} ${command.usage}`));
    expect(command.examples.length).toBeGreaterThan(0);
    expect(command.examples.filter((line) => !/(?:^|[ (])xbuild /.test(line))).toEqual([]);
    const shown = command.flags.filter(({ help }) => help !== undefined);
    expect(shown.filter((flag) => !text.includes(`--${flag.name}`))).toEqual([]);
    expect(shown.filter(({ kind, value }) => kind === 'value' && value === undefined)).toEqual([]);
  });

  test('has no two commands or aliases of one name', () => {
    const names = commands.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    expect(findCommand('doctor')?.name).toBe('preflight');
    expect(findCommand('nothing')).toBeUndefined();
  });
});
