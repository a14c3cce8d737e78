import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isKnown } from '../../src/model/facts.ts';
import { bytesOfBase64 } from '../../src/model/bytes.ts';
import {
  judgeGuest,
  readBinfmtAnswer,
  readFileAnswers,
  readKernelAnswer,
  readRunAnswers,
} from '../../src/probe/decode.ts';
import { installProgram, launch, makeFolder, native, whyNoLauncher } from './launcher.ts';

const said = (command: string, ...words: string[]) =>
  execFileSync(command, words, { encoding: 'utf8' }).trim();

const findProcess = (words: string) =>
  spawnSync('pgrep', ['-f', words], { encoding: 'utf8' }).stdout;

const look = (path: string) => readFileAnswers(launch([{ do: 'look', path }]));

describe.skipIf(whyNoLauncher)('the launcher', () => {
  test('tells the kernel’s names and page size', () => {
    const answer = readKernelAnswer(launch([{ do: 'kernel' }]));
    if (!isKnown(answer)) throw new Error(answer.unknown);
    expect(answer.release).toBe(said('uname', '-r'));
    expect(answer.version).toBe(said('uname', '-v'));
    expect(answer.pageSize).toBe(Number(said('getconf', 'PAGESIZE')));
  });

  test('says which command it does not know, and does nothing after it', () => {
    const stream = launch(['kernel', 'dance', 'now', 'kernel']);
    expect(stream).toMatchObject({ problem: 'the probe does not know the command "dance"' });
  });

  describe('run', () => {
    test('proves that a native program’s machine code runs', () => {
      const guest = installProgram(`guest-${native}`, makeFolder());
      const stream = launch([{ do: 'run', words: [guest] }]);
      const [answer] = readRunAnswers(stream);
      expect(judgeGuest(native, new Uint8Array(), answer!)).toMatchObject({
        outcome: 'ran',
        machine: said('uname', '-m'),
      });
      expect(answer?.emulator).toBeUndefined();
    });

    test('names what runs a program, also when that ends at once', () => {
      const script = join(makeFolder(), 'script');
      writeFileSync(script, '#!/bin/true\n', { mode: 0o755 });
      const stream = launch(Array.from({ length: 50 }, () => ({ do: 'run', words: [script] })));
      const emulators = readRunAnswers(stream).map((answer) => answer?.emulator?.path);
      expect(new Set(emulators)).toEqual(new Set([realpathSync('/bin/true')]));
      expect(emulators).toHaveLength(50);
    });

    test('lets a set-uid program have its rights', () => {
      const folder = makeFolder();
      const setUid = join(folder, 'id');
      copyFileSync('/usr/bin/id', setUid);
      chownSync(setUid, 65534, 65534);
      chmodSync(setUid, 0o4755);
      const [answer] = readRunAnswers(launch([{ do: 'run', words: [setUid, '-u'] }]));
      expect(answer?.output).toBe('65534\n');
    });

    test('a program that has nothing to do with it is stopped by nothing', () => {
      const words = ['/bin/sh', '-c', 'grep TracerPid /proc/self/status; kill -TRAP $$'] as const;
      const [answer] = readRunAnswers(launch([{ do: 'run', words }]));
      expect(answer).toMatchObject({ outcome: 'signal', signal: 5, output: 'TracerPid:\t0\n' });
    });

    test('tells exit status, signal, errno and time limit apart', () => {
      const folder = makeFolder();
      const text = join(folder, 'text');
      writeFileSync(text, 'neither ELF nor script');
      chmodSync(text, 0o755);
      const stream = launch([
        { do: 'run', words: ['/bin/sh', '-c', 'exit 127'] },
        { do: 'run', words: ['/bin/sh', '-c', 'kill -11 $$'] },
        { do: 'run', words: [join(folder, 'nothing')] },
        { do: 'run', words: [text] },
        { do: 'run', words: ['/etc/passwd'] },
        { do: 'run', words: ['/bin/sh', '-c', 'sleep 60'], limit: 200 },
        { do: 'run', words: ['/bin/sh', '-c', 'exit 0'] },
      ]);
      expect(stream.problem).toBeUndefined();
      expect(
        readRunAnswers(stream).map((answer) => {
          const { path: _path, output: _output, ...rest } = answer!;
          return rest;
        }),
      ).toEqual([
        { outcome: 'exit', exitStatus: 127 },
        { outcome: 'signal', signal: 11 },
        { outcome: 'errno', errno: 'ENOENT' },
        { outcome: 'errno', errno: 'ENOEXEC' },
        { outcome: 'errno', errno: 'EACCES' },
        { outcome: 'timeout' },
        { outcome: 'exit', exitStatus: 0 },
      ]);
    });

    test('kills what a program started with it, and keeps the first kilobyte of a flood', async () => {
      const script = 'sleep 61.25 & while :; do echo 0123456789; done';
      const stream = launch([{ do: 'run', words: ['/bin/sh', '-c', script], limit: 1000 }]);
      const [answer] = readRunAnswers(stream);
      expect(answer).toMatchObject({ outcome: 'timeout' });
      expect(answer?.output).toHaveLength(1024);
      await expect.poll(() => findProcess('sleep 61.25'), { timeout: 20_000 }).toBe('');
    });

    test('does not wait for a background process that holds the output', () => {
      const words = ['/bin/sh', '-c', 'sleep 1000 & echo $!'] as const;
      const [answer] = readRunAnswers(launch([{ do: 'run', words, limit: 600_000 }]));
      expect(answer).toMatchObject({ outcome: 'exit', exitStatus: 0 });
      // It is there still, which kill(2) would deny of one that is gone.
      expect(process.kill(Number(answer?.output), 'SIGKILL')).toBe(true);
    });

    test('looks a name up in the container’s PATH as execvp does', () => {
      const [first, second] = [makeFolder(), makeFolder()];
      mkdirSync(join(first, 'tool'));
      writeFileSync(join(second, 'tool'), '#!/bin/sh\necho "$0 $1"');
      const env = { PATH: `:${join(first, 'none')}:${first}:${second}` };
      const words: [string, string] = ['tool', 'a b'];
      const refused = readRunAnswers(launch([{ do: 'run', words }], { env }));
      expect(refused).toMatchObject([{ outcome: 'errno', errno: 'EACCES' }]);
      chmodSync(join(second, 'tool'), 0o755);
      const found = readRunAnswers(launch([{ do: 'run', words }], { env }));
      expect(found).toMatchObject([
        { path: join(second, 'tool'), output: `${join(second, 'tool')} a b\n` },
      ]);
    });

    test('carries arguments and output of any bytes', () => {
      const words = ['/bin/sh', '-c', 'printf %s "$1"', 'sh', '%41\xff\n\x01é "'] as const;
      const [answer] = readRunAnswers(launch([{ do: 'run', words }]));
      expect(answer?.output).toBe('%41\xff\n\x01é "');
    });

    test('runs twenty programs side by side and keeps their order', () => {
      const commands = Array.from({ length: 20 }, (_, index) => ({
        do: 'run' as const,
        words: ['/bin/sh', '-c', `sleep 0.${20 - index}; exit ${index}`] as const,
      }));
      const answers = readRunAnswers(launch(commands));
      expect(answers.map((answer) => answer?.exitStatus)).toEqual(
        commands.map((_, index) => index),
      );
    });
  });

  describe('look', () => {
    test('reports each component once, and follows links, scripts and PT_INTERP', () => {
      const folder = makeFolder();
      mkdirSync(join(folder, 'real'));
      symlinkSync('real', join(folder, 'link'));
      symlinkSync('../link/./script', join(folder, 'real', 'again'));
      writeFileSync(join(folder, 'real', 'script'), '#! \t/bin/sh -e\n');
      const files = look(`${folder}//link/../link/again`);
      const paths = files.map(({ path }) => path);
      expect(new Set(paths).size).toBe(paths.length);
      expect(files.find(({ path }) => path === join(folder, 'link'))).toMatchObject({
        kind: 'symlink',
        target: 'real',
      });
      expect(paths).toContain(join(folder, 'real', 'script'));
      const shell = files.find(({ interpreter }) => interpreter !== undefined);
      expect(shell?.kind).toBe('file');
      const loader = files.at(-1);
      expect(loader).toMatchObject({ errno: 'ok', kind: 'file' });
      expect(bytesOfBase64(loader?.head ?? '').subarray(0, 4)).toEqual(
        Uint8Array.of(0x7f, 0x45, 0x4c, 0x46),
      );
    });

    test('ends where the kernel would: a loop, a file in the middle, nothing there', () => {
      const folder = makeFolder();
      symlinkSync('b', join(folder, 'a'));
      symlinkSync('a', join(folder, 'b'));
      writeFileSync(join(folder, 'file'), '');
      expect(
        look(`${folder}/a/x`)
          .slice(-2)
          .map(({ target }) => target),
      ).toEqual(['b', 'a']);
      expect(look(`${folder}/file/x`).at(-1)).toMatchObject({ kind: 'file', size: 0 });
      expect(look(`${folder}/none/x`).at(-1)).toEqual({
        path: join(folder, 'none'),
        errno: 'ENOENT',
      });
      expect(look(`/${'long'.repeat(1100)}`).at(-1)?.errno).toBe('ENAMETOOLONG');
      expect(look(`/${'x'.repeat(300)}`).at(-1)?.errno).toBe('ENAMETOOLONG');
      expect(look('').at(-1)?.path).toBe('/');
      expect(look('..').at(-1)?.path).toBe('/');
    });

    test('gives up on scripts that lead to each other', () => {
      const folder = makeFolder();
      writeFileSync(join(folder, 'one'), `#!${folder}/two`);
      writeFileSync(join(folder, 'two'), `#!${folder}/one\n`);
      const files = look(join(folder, 'one'));
      expect(files.filter(({ kind: of }) => of === 'file')).toHaveLength(2);
    });

    test('reads PT_INTERP past the head, and survives one that lies', () => {
      const folder = makeFolder();
      const file = (offset: number, size: number) => {
        const elf = Buffer.alloc(9000);
        elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
        elf.writeBigUInt64LE(64n, 32);
        elf.writeUInt16LE(56, 54);
        elf.writeUInt16LE(1, 56);
        elf.writeUInt32LE(3, 64);
        elf.writeBigUInt64LE(BigInt(offset), 64 + 8);
        elf.writeBigUInt64LE(BigInt(size), 64 + 32);
        elf.write('/lib/far\0', 8000);
        writeFileSync(join(folder, 'elf'), elf);
      };
      file(8000, 9);
      expect(look(join(folder, 'elf')).some((one) => one.interpreter === '/lib/far')).toBe(true);
      for (const [offset, size] of [
        [1e9, 9],
        [8000, 1e9],
        [2 ** 40, 9],
        [8999, 50],
      ] as const) {
        file(offset, size);
        expect(launch([{ do: 'look', path: join(folder, 'elf') }]).problem).toBeUndefined();
      }
    });

    test('keeps the bytes of names and links as they are', () => {
      const folder = makeFolder();
      const target = Buffer.from('\xff\n %', 'latin1');
      symlinkSync(
        target,
        Buffer.concat([Buffer.from(`${folder}/`), Buffer.from('\xe9\t', 'latin1')]),
      );
      const files = look(`${folder}/\xe9\t`);
      expect(files.find(({ path }) => path === `${folder}/\xe9\t`)?.target).toBe('\xff\n %');
      expect(files.at(-1)).toEqual({ path: `${folder}/\xff\n %`, errno: 'ENOENT' });
    });

    test('never opens what is not a regular file', () => {
      const folder = makeFolder();
      execFileSync('mkfifo', [join(folder, 'pipe')]);
      expect(look(join(folder, 'pipe')).at(-1)).toMatchObject({ kind: 'other' });
      expect(look('/dev/zero').at(-1)).toMatchObject({ kind: 'other' });
    });
  });

  describe('binfmt', () => {
    test('reads a folder that is no binfmt_misc', () => {
      const folder = makeFolder();
      writeFileSync(join(folder, 'odd\nname'), 'enabled\n');
      writeFileSync(join(folder, 'register'), '');
      mkdirSync(join(folder, 'folder'));
      const answer = readBinfmtAnswer(launch([{ do: 'binfmt', directory: folder }]));
      expect(answer).toEqual({
        mount: 'nothing',
        status: null,
        rules: [{ name: 'odd\nname', text: 'enabled\n' }],
      });
    });

    test('says why it cannot read one', () => {
      const answer = readBinfmtAnswer(launch([{ do: 'binfmt', directory: '/none' }]));
      expect(answer).toEqual({
        unknown: 'the rules of binfmt_misc: opening their folder: ENOENT',
      });
    });
  });
});
