import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { diagnose } from '../../src/diagnose/judge.ts';
import { optionsIn } from '../../src/diagnose/mount-options.ts';
import { loadFacts, saveFacts } from '../../src/diagnose/saved-facts.ts';
import { startConfigOf } from '../../src/diagnose/start-config.ts';
import { traceAll } from '../../src/diagnose/trace-programs.ts';
import type { Cause, CauseMatch, DiagnosisFacts } from '../../src/model/diagnosis.ts';
import { diagnoseDocument } from '../../src/reporters/diagnose-json.ts';
import { renderDiagnosis } from '../../src/reporters/diagnose-text.ts';
import { file, imageFacts, program } from './made-facts.ts';

function cause(id: string, confidence?: CauseMatch['confidence'], before: string[] = []): Cause {
  const match: CauseMatch = {
    confidence: confidence ?? 'certain',
    message: `because of ${id}`,
    evidence: [],
    fix: { text: 'Do it.', commands: [] },
  };
  return {
    id,
    family: 'made up',
    title: id,
    why: '',
    prevent: '',
    before,
    match: () => (confidence === undefined ? undefined : match),
  };
}

const traced = (facts: DiagnosisFacts) => ({ ...facts, traces: traceAll(facts).traces });
const broken = traced(
  imageFacts({ entrypoint: ['/app/run'] }, [file('/app/run', 'echo \u001b[31mhi\n')]),
);
const sound = traced(imageFacts({ entrypoint: ['/app/run'] }, [file('/app/run', program())]));
const plain = { width: 80, unicode: false, colour: (_style: string, text: string) => text };

describe('causes', () => {
  it('are ranked by how sure they are, and what follows from another comes behind it', () => {
    const { cause: first, others } = diagnose(broken, [
      cause('a', 'possible'),
      cause('none'),
      cause('b', 'likely'),
      cause('c', 'certain'),
      cause('d', 'likely', ['c']),
    ]);
    expect([first, ...others].map((one) => one?.id)).toEqual(['b', 'd', 'a', 'c']);
  });

  it('are open for a file that could not be read, whatever its container does', () => {
    const target = { kind: 'file', name: 'c:/app/run', path: '/app/a run' } as const;
    const unread = { path: '/app/a run', errno: 'unreadable' };
    const answerFor = (one: typeof unread) => {
      const facts = imageFacts({ entrypoint: [] }, [one]);
      const surface = { ...facts.surface, stage: 'running' as const };
      return diagnose(traced({ ...facts, target, surface }), causes);
    };
    expect(answerFor(unread)).toMatchObject({ cause: null, answer: 'open' });
    expect(answerFor(file('/app/a run', program()))).toMatchObject({ answer: 'fine' });
    expect(answerFor({ ...unread, errno: 'ENOENT' }).cause?.id).toBe('command-not-found');
    // What engines say of a link that leads back to itself.
    expect(answerFor({ ...unread, errno: 'ELOOP' }).cause?.id).toBe('symlink-loop');
  });

  it('are not looked for where all went well', () => {
    const ended = {
      ...broken,
      surface: { ...broken.surface, stage: 'ended' as const, exitCode: 0 },
    };
    expect(diagnose(ended, [cause('a', 'certain')])).toMatchObject({ cause: null, answer: 'fine' });
  });

  it('may be none: then it is fine, or open', () => {
    expect(diagnose(sound, [cause('none')])).toMatchObject({ cause: null, answer: 'fine' });
    expect(diagnose(broken, [cause('none')])).toMatchObject({ cause: null, answer: 'open' });
  });
});

describe('facts', () => {
  it('give the same answer when they were saved', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xbuild-facts-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'facts.json');
    await saveFacts(path, broken);
    const again = await loadFacts(path);
    expect(diagnoseDocument(diagnose(again, causes))).toEqual(
      diagnoseDocument(diagnose(broken, causes)),
    );
    writeFileSync(path, '{"schemaVersion": 1}');
    await expect(loadFacts(path)).rejects.toThrow(/not what --save-facts writes/);
    await expect(loadFacts(join(folder, 'none'))).rejects.toThrow(/cannot be read/);
  });

  it('hold no values of the environment', () => {
    const config = startConfigOf({
      Env: ['PATH=/bin', 'DB_PASSWORD=hunter2', 'NAME=hunter2', 'QEMU_CPU=max'],
      Cmd: ['serve', '--token=hunter2'],
      Healthcheck: { Test: ['CMD-SHELL', 'curl https://u:hunter2@localhost'] },
    });
    expect(JSON.stringify(config)).not.toContain('hunter2');
    expect(config).toMatchObject({
      envNames: ['PATH', 'DB_PASSWORD', 'NAME', 'QEMU_CPU'],
      path: '/bin',
      runtimeEnv: { QEMU_CPU: 'max' },
    });
  });

  it('have the options of mounts as the kernel writes them', () => {
    const text =
      '36 35 0:3 / /app\\040x rw,noexec,relatime shared:1 - tmpfs t rw\n37 36 0:4 / / rw - overlay o rw\n';
    expect(optionsIn(text)).toEqual(
      new Map([
        ['/app x', ['noexec']],
        ['/', []],
      ]),
    );
  });
});

describe('the text', () => {
  it('has the answer in its first line, the walk, the fix, and no escape sequence', () => {
    const text = renderDiagnosis(diagnose(broken, causes), plain, ['a file']);
    const [first = ''] = text.split('\n');
    expect(first).toMatch(/^x \/app\/run is text without a #! line/);
    expect(text).toContain('[script-without-shebang, certain]');
    expect(text).toContain('stops at /app/run');
    expect(text).toContain('-> ');
    expect(text).toContain('note: app:1 is also a file');
    expect(text).not.toContain('\u001b');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(82);
  });

  it('says what was looked at where nothing is wrong', () => {
    const text = renderDiagnosis(diagnose(sound, causes), plain);
    expect(text).toMatch(/^\+ nothing is wrong with app:1\n/);
    expect(text).toContain('checked: what it starts, /app/run: execve(2) starts');
  });
});
