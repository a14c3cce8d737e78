import { expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { renderManPage } from '../../src/commands/man-page.ts';

const page = await renderManPage('1.2.3');

it.each(commands.map(({ name }) => name))('the manual page tells of %s', (name) => {
  expect(page).toContain(`.SS "xbuild ${name}"`);
});

it('has no request that man(7) does not know, so no text is taken for one', () => {
  const requests = page.split('\n').flatMap((line) => /^[.'](\S*)/.exec(line)?.[1] ?? []);
  const known = new Set(['TH', 'SH', 'SS', 'TP', 'PP', 'B', 'RI', 'BR', 'EX', 'EE', 'br']);
  expect(requests.filter((request) => !known.has(request))).toEqual([]);
});

it('writes no hyphen that is shown as a dash', () => {
  expect(page.split('\n').filter((line) => /(?<!\\)--/.test(line))).toEqual([]);
});
