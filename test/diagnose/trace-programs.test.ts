import { describe, expect, it } from 'vitest';
import { traceAll } from '../../src/diagnose/trace-programs.ts';
import { absent, directory, file, imageFacts, link, program } from './made-facts.ts';

const sh = file('/bin/sh', program());

describe('the programs of an image', () => {
  it('are what it starts', () => {
    const { traces, needs } = traceAll(
      imageFacts({ entrypoint: ['/app/run'], cmd: ['-v'] }, [file('/app/run', program())]),
    );
    expect(needs).toEqual([]);
    expect(traces).toHaveLength(1);
    expect(traces[0]).toMatchObject({
      role: 'start',
      argv: ['/app/run', '-v'],
      lookup: { path: '/app/run' },
      trace: { end: { ok: true } },
    });
  });

  it('ask for what is not known, with all folders of PATH at once', () => {
    const { needs } = traceAll(imageFacts({ cmd: ['run'] }, []));
    expect(needs).toEqual(expect.arrayContaining(['/usr/bin/run', '/bin/run']));
  });

  it('are those of a shell, of env and of tini too', () => {
    const files = [
      sh,
      file('/bin/env', program()),
      file('/tini', program()),
      file('/app/tool', program(183)),
    ];
    const ends = (argv: string[]) =>
      traceAll(imageFacts({ entrypoint: argv }, files)).traces.map(({ role, by, trace }) => [
        role,
        by,
        trace?.end.ok,
      ]);
    const failing = [
      ['start', undefined, true],
      ['child', 'shell', false],
    ];
    expect(ends(['/bin/sh', '-c', 'export A=1; exec /app/tool "$A"'])).toEqual(failing);
    expect(ends(['/bin/env', 'A=1', '/app/tool'])).toEqual([failing[0], ['child', 'env', false]]);
    expect(ends(['/tini', '-g', '--', '/app/tool'])).toEqual([
      failing[0],
      ['child', 'init', false],
    ]);
  });

  it('are those that a script is given', () => {
    const files = [sh, file('/run.sh', '#!/bin/sh\nset -e\nexec "$@"\n'), file('/app/tool', '\0')];
    const { traces } = traceAll(
      imageFacts({ entrypoint: ['/run.sh'], cmd: ['/app/tool', '-x'] }, files),
    );
    expect(traces[1]).toMatchObject({ role: 'child', by: 'shell', argv: ['/app/tool', '-x'] });
    expect(traces[1]?.trace?.end).toMatchObject({ ok: false, errno: 'ENOEXEC' });
  });

  it('are not executed where an emulator loads them, but what they start is', () => {
    const files = [file('/qemu-aarch64-static', program()), file('/bin/busybox', program(183))];
    const { traces } = traceAll(
      imageFacts(
        { entrypoint: ['/qemu-aarch64-static', '/bin/busybox', 'sh', '-c', '/bin/busybox ls'] },
        files,
      ),
    );
    expect(traces.map(({ by, trace }) => [by, trace?.end.ok])).toEqual([
      [undefined, true],
      ['emulator', undefined],
      ['shell', false],
    ]);
  });

  it('end where links lead in a circle, or out of the root', () => {
    const circle = [link('/app/a', 'b'), link('/app/b', 'a')];
    expect(traceAll(imageFacts({ cmd: ['/app/a'] }, circle)).traces[0]?.lookup).toMatchObject({
      refused: { errno: 'ELOOP' },
    });
    const out = [
      link('/app/a', '../../../../etc/shadow'),
      directory('/etc'),
      absent('/etc/shadow'),
    ];
    expect(traceAll(imageFacts({ cmd: ['/app/a'] }, out)).traces[0]?.lookup).toMatchObject({
      refused: { errno: 'ENOENT', at: '/etc/shadow' },
    });
  });

  it('may have newlines in their paths', () => {
    const { traces } = traceAll(imageFacts({ cmd: ['/app/a\nb'] }, [file('/app/a\nb', program())]));
    expect(traces[0]?.trace?.end.ok).toBe(true);
  });

  it('run as the user of the image, and without what was dropped', () => {
    const files = [
      directory('/private', 0o700),
      file('/private/run', program()),
      absent('/etc'),
      absent('/etc/passwd'),
      absent('/etc/group'),
    ];
    const { traces } = traceAll(imageFacts({ cmd: ['/private/run'], user: '1000' }, files));
    expect(traces[0]?.lookup).toMatchObject({ refused: { reason: 'search-denied' } });
  });
});
