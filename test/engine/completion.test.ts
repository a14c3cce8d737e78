// The completions, asked in the shells themselves.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install } from '../lab/packages.mjs';
import { CLI, reason, skipped } from './xbuild.ts';

let folder: string;

beforeAll(async () => {
  if (reason !== undefined) return;
  await install(['fish', 'zsh']);
  folder = mkdtempSync(join(tmpdir(), 'xbuild-completion-'));
  symlinkSync(CLI, join(folder, 'xbuild'));
  writeFileSync(join(folder, 'notes.txt'), '');
  const context = join(folder, '.docker', 'contexts', 'meta', 'one');
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, 'meta.json'), '{"Name": "arm-box"}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ask(shell: string, script: string): string[] {
  const PATH = `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
  const output = execFileSync(shell, ['-c', script], {
    cwd: folder,
    env: { ...process.env, PATH, HOME: folder },
    encoding: 'utf8',
  });
  return output.split('\n').filter((line) => line !== '');
}

/** One case in every shell: the words so far, and what comes out. */
const cases: [line: string, offers: string[]][] = [
  ['xbuild pre', ['preflight']],
  ['xbuild build --progress pl', ['plain']],
  ['xbuild --platform linux/amd64,linux/ri', ['linux/amd64,linux/riscv64']],
  ['xbuild build --node arm', ['arm-box']],
  ['xbuild binfmt snap', ['snapshot']],
  ['xbuild diagnose no', ['notes.txt']],
];

describe.skipIf(reason)(`completion${skipped}`, () => {
  test.each(cases)('bash: %s', (line, offers) => {
    const script = `source <(xbuild completion bash); COMP_WORDS=(${line}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); compopt() { :; }; _xbuild; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(ask('bash', script)).toEqual(offers);
  });

  test('bash takes --flag=value apart', () => {
    const script = `source <(xbuild completion bash); COMP_WORDS=(xbuild build --progress = pl); COMP_CWORD=4; _xbuild; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(ask('bash', script)).toEqual(['plain']);
  });

  test.each(cases)('fish: %s', (line, offers) => {
    const offered = ask('fish', `xbuild completion fish | source; complete -C "${line}"`);
    expect(offered.map((one) => one.split('\t')[0])).toEqual(offers);
  });

  test.each(cases)('zsh: %s', (line, offers) => {
    // Its own functions only work inside its line editor: what they are given is what counts.
    const script = `compdef() { :; }; _describe() { print -rl -- "\${candidates[@]%%:*}"; }; _files() { print -rl -- \${words[CURRENT]}*(N); }; source <(xbuild completion zsh); words=(${line}); CURRENT=$#words; _xbuild`;
    expect(ask('zsh', script)).toEqual(offers);
  });
});
