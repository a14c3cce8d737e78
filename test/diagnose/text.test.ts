import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readLog } from '../../src/diagnose/log-source.ts';
import { platformOfLines, stageOfLines } from '../../src/diagnose/log-stage.ts';
import { mentionedLibraries, mentionedPaths } from '../../src/diagnose/mentions.ts';
import { readRunWords } from '../../src/diagnose/run-flags.ts';
import { commandsIn, commandWords, optionalIn } from '../../src/diagnose/shell-words.ts';
import { withoutArguments, withoutSecrets } from '../../src/model/secrets.ts';

const line = (text: string) => ({ from: 'log' as const, text });

/** 32 MB of lines of 16 KB and of one byte, with the telling one in their middle. */
function* long() {
  yield Buffer.from('first\n');
  for (let at = 0; at < 2000; at++) {
    if (at === 1000) yield Buffer.from('\nexec /app/run: exec format error\n');
    yield Buffer.alloc(16_384, at % 2 === 0 ? 'x' : 'y\n');
  }
  yield Buffer.from('\nlast');
}

describe('a log', () => {
  it('is bounded, however long it and its lines are', async () => {
    const { lines, cut } = await readLog(Readable.from(long()));
    expect(cut).toBe(true);
    expect(lines.length).toBeLessThanOrEqual(600);
    expect(lines[0]).toMatchObject({ text: 'first', number: 1 });
    expect(lines.at(-1)?.text).toBe('last');
    expect(lines.map(({ text }) => text)).toContain('exec /app/run: exec format error');
    expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThanOrEqual(2000);
  });

  it('keeps what is about a program among a thousand lines about files', async () => {
    const noise = 'GET /favicon.ico: not found\n'.repeat(5000);
    const { lines } = await readLog(
      Readable.from([Buffer.from(`${noise}exec /app/run: exec format error\n${noise}`)]),
    );
    expect(lines.map(({ text }) => text)).toContain('exec /app/run: exec format error');
    const numbers = lines.map(({ number }) => number ?? 0);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  });

  it('loses its escape sequences, and what was overwritten', async () => {
    const { lines } = await readLog(
      Readable.from([
        Buffer.from('\u001b[31mred\u001b[0m\r\n10%\r100%\n\u001b]8;;http://x\u0007a\n'),
      ]),
    );
    expect(lines.map(({ text }) => text)).toEqual(['red', '100%', 'a']);
  });

  it('keeps the carriage return that belongs to a name', async () => {
    const { lines } = await readLog(
      Readable.from([Buffer.from("env: can't execute 'sh\r': No such file or directory\n")]),
    );
    expect(lines[0]?.text).toBe(String.raw`env: can't execute 'sh\r': No such file or directory`);
  });

  it('tells how far it came, and for which platform', () => {
    expect(stageOfLines([line('exec /x: exec format error')])).toBe('exec');
    expect(stageOfLines([line('docker: unknown command: docker buildx')])).toBe('client');
    expect(
      stageOfLines([
        line('#8 ERROR: process "/bin/sh -c x" did not complete successfully: exit code: 2'),
      ]),
    ).toBe('build');
    const refused = 'docker: Error response from daemon:';
    expect(stageOfLines([line(`${refused} failed to resolve reference "docker.io/a:1"`)])).toBe(
      'pull',
    );
    expect(stageOfLines([line(`${refused} Conflict. The name is in use`)])).toBe('create');
    expect(stageOfLines([line('hello')])).toBe('unknown');
    const warning =
      "WARNING: The requested image's platform (linux/arm/v7) does not match the detected host platform (linux/amd64/v4)";
    expect(platformOfLines([line(warning)])).toBe('linux/arm/v7');
    expect(platformOfLines([line('#9 [linux/arm64 2/3] RUN make')])).toBe('linux/arm64');
  });
});

describe('what a log names', () => {
  it.each([
    ['exec /app/run: exec format error', '/app/run'],
    ['exec container process `/app/run`: Exec format error', '/app/run'],
    [
      'exec container process (missing dynamic library?) `/app/run`: No such file or directory',
      '/app/run',
    ],
    ['/app/tool: line 1: syntax error: unexpected word (expecting ")")', '/app/tool'],
    ['/bin/sh: /root-only/run: Permission denied', '/root-only/run'],
    ['/bin/sh: 1: /app/run: not found', '/app/run'],
    ['[FATAL tini (7)] exec /app/tool failed: Exec format error', '/app/tool'],
    ['qemu-aarch64-static: /bin/busybox: Invalid ELF image for this architecture', '/bin/busybox'],
    ['fork/exec /bin/sh: exec format error', '/bin/sh'],
    ["/bin/sh: can't open '/app/run': Permission denied", '/app/run'],
    ['sh: 0: cannot open /app/run: Permission denied', '/app/run'],
  ])('%s', (text, path) => {
    expect(mentionedPaths([line(text)])).toContain(path);
  });

  it('are libraries', () => {
    expect(
      mentionedLibraries([
        line(
          '/app/run: error while loading shared libraries: libf.so: wrong ELF class: ELFCLASS32',
        ),
        line(
          'Error loading shared library libz.so.1: No such file or directory (needed by /app/run)',
        ),
      ]),
    ).toEqual(['libf.so', 'libz.so.1']);
  });

  it('leaves out what the engine starts on its own machine', () => {
    const own =
      'failed to start shim: fork/exec /usr/bin/containerd-shim-runc-v2: exec format error';
    expect(mentionedPaths([line(own), line('exec /app: exec format error')])).toEqual(['/app']);
  });
});

describe('a shell’s script', () => {
  it('starts the programs that are plainly named', () => {
    const found = commandsIn(
      'cd /app && A=1 ./run -x; echo $B | /bin/cat; $C; "$@"',
      ['/b', 'c'],
      9,
    );
    expect(found).toEqual([['/app/run', '-x'], ['/bin/cat'], ['/b', 'c']]);
    expect(commandsIn('# /no\nif [ -f x ]; then\n  exec /yes\nfi', [], 9)).toEqual([['/yes']]);
  });

  it.each([
    ['command -v jq >/dev/null && jq .', ['jq']],
    ['[ -x /hook ] && /hook', ['/hook']],
    ['if test -f "/x.sh"; then\n  /x.sh\nfi', ['/x.sh']],
    ['/none/x || echo fallback', ['/none/x']],
    ['/app/run || exit 1', []],
    ['/app/run; exec /app/serve', []],
  ])('%s: goes on without %j', (script, names) => {
    expect([...optionalIn(script)]).toEqual(names);
  });

  it.each([
    ['cd /a && ./b', [['/a/b']]],
    ['cd /a; cd c && ./b', [['/a/c/b']]],
    ['cd a && ./b', [['a/b']]],
    ['cd "$HOME" && ./b && /c', [['/c']]],
    ['cd - && ./b', []],
    ['pushd /a; b', [['b']]],
  ])('%s: relative paths are those of the folder', (script, found) => {
    expect(commandsIn(script, [], 9)).toEqual(found);
  });

  it('is split as a shell splits words', () => {
    expect(commandWords(`/a 'b c' "d e"f`)).toEqual(['/a', 'b c', 'd ef']);
  });
});

describe('secrets', () => {
  it.each([
    ['curl --password hunter2 https://u:p@host/x', 'curl --password … https://…@host/x'],
    ['TOKEN=abc run', 'TOKEN=… run'],
    ['{"api_key": "abc"}', '{"api_key": …}'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer …'],
    ['push ghp_0123456789012345678901234567890', 'push …'],
    ['exec /app/token: exec format error', 'exec /app/token: exec format error'],
    ['permission denied: password file', 'permission denied: password file'],
  ])('%s', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });

  it('are not in an image’s history', () => {
    expect(withoutArguments('RUN |1 KEY=abc /bin/sh -c make # buildkit')).toBe(
      'RUN |… /bin/sh -c make # buildkit',
    );
    expect(withoutArguments('ENV A=very secret')).toBe('ENV A=…');
  });
});

describe('the words of docker run', () => {
  it('end at the image', () => {
    expect(readRunWords(['-it', '-p', '80:80', '-v/a:/b', '--rm', 'app', '--rm', '-d'])).toEqual({
      flags: ['-it', '-p', '80:80', '-v/a:/b'],
      image: 'app',
      command: ['--rm', '-d'],
      detach: false,
      remove: true,
      platform: undefined,
      entrypoint: undefined,
      cidfile: undefined,
      endpoint: {},
    });
  });

  it.each([
    ['-de A=b app', { detach: true, flags: ['-de', 'A=b'] }],
    ['-d=false app', { detach: false, flags: ['-d=false'] }],
    ['--detach=false app', { detach: false, flags: ['--detach=false'] }],
    ['-h name app', { flags: ['-h', 'name'], endpoint: {} }],
    ['-H ssh://box --entrypoint= app', { flags: ['--entrypoint='], entrypoint: '' }],
    ['-H ssh://box app', { flags: [], endpoint: { host: 'ssh://box' } }],
    ['-Hssh://box app', { endpoint: { host: 'ssh://box' } }],
    [
      '--host=ssh://box app --host x',
      { endpoint: { host: 'ssh://box' }, command: ['--host', 'x'] },
    ],
    ['--context far -it app', { flags: ['-it'], endpoint: { context: 'far' } }],
    ['-c 512 app', { flags: ['-c', '512'], endpoint: {} }],
  ])('%s', (typed, words) => {
    expect(readRunWords(typed.split(' '))).toMatchObject({ image: 'app', ...words });
  });

  it('keep --rm of a detached container for docker', () => {
    const words = readRunWords(['-d', '--rm', '--platform=linux/arm64', 'app']);
    expect(words).toMatchObject({ remove: false, detach: true, platform: 'linux/arm64' });
    expect(words.flags).toContain('--rm');
  });
});
