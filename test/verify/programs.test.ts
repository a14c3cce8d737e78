import { describe, expect, test } from 'vitest';
import { viewOfFacts } from '../../src/model/file-view.ts';
import type { ImageConfig } from '../../src/verify/image-facts.ts';
import { readImageUser } from '../../src/verify/image-user.ts';
import { programsOf } from '../../src/verify/programs.ts';
import { candidates, pathOf } from '../../src/verify/start-command.ts';
import { madeFiles } from './made-facts.ts';

function config(more: Partial<ImageConfig>): ImageConfig {
  return { entrypoint: [], cmd: [], env: [], user: '', workingDir: '', ...more };
}

function further(more: Partial<ImageConfig>): string[] {
  return programsOf(config(more))
    .filter(({ certain }) => !certain)
    .map(({ name }) => name);
}

describe('what a first program is likely to start', () => {
  test.each<[Partial<ImageConfig>, string[]]>([
    [{ cmd: ['/bin/sh', '-c', '/app --port 80'] }, ['/app']],
    [{ cmd: ['/bin/sh', '-c', 'A=1 exec /opt/app/run; true'] }, ['/opt/app/run']],
    [{ cmd: ['/bin/sh', '-c', 'app && true'] }, []],
    [{ cmd: ['/bin/sh', '-c', '/opt/$NAME/run'] }, []],
    [{ entrypoint: ['/entry.sh'], cmd: ['nginx', '-g', 'daemon off;'] }, ['nginx']],
    [{ entrypoint: ['/bin/tini', '--'], cmd: ['node', 'main.js'] }, ['node']],
    [{ entrypoint: ['tini', '--', '/app'], cmd: ['/etc/app.conf'] }, ['/app', '/etc/app.conf']],
    [{ entrypoint: ['/bin/qemu-x86_64', '/app'] }, []],
    [{ cmd: ['/app'] }, []],
    [{}, []],
  ])('%j: %j', (more, expected) => {
    expect(further(more)).toEqual(expected);
  });
});

test('names without a slash are looked for in the PATH, the last one that is set', () => {
  const own = config({ env: ['PATH=/a', 'HOME=/', 'PATH=/b:rel::/c/'], workingDir: '/w' });
  expect(candidates('app', own)).toEqual(['/b/app', '/w/rel/app', '/w/./app', '/c/app']);
  expect(pathOf(config({}))).toContain('/usr/local/bin');
});

test('paths start at the working directory, and are bytes', () => {
  expect(candidates('./app', config({ workingDir: '/srv/' }))).toEqual(['/srv/./app']);
  expect(candidates('bin/app', config({ workingDir: 'ü' }))).toEqual(['/Ã¼/bin/app']);
});

describe("the image's user", () => {
  const files = madeFiles({
    '/etc/passwd': 'root:x:0:0::/:/bin/sh\napp:x:100:101::/:/bin/sh\n',
    '/etc/group': 'root:x:0:\napp:x:101:\nvideo:x:44:app,other\n',
  });
  const view = viewOfFacts(files);
  test.each<[string, ReturnType<typeof readImageUser>]>([
    ['', { uid: 0, gid: 0 }],
    ['app', { uid: 100, gid: 101, groups: [44] }],
    ['100', { uid: 100, gid: 101, groups: [44] }],
    ['1000', { uid: 1000, gid: 0, groups: [] }],
    ['app:video', { uid: 100, gid: 44 }],
    ['1000:5', { uid: 1000, gid: 5 }],
    ['web', { missing: 'its /etc/passwd knows no user "web"' }],
    ['app:web', { missing: 'its /etc/group knows no group "web"' }],
  ])('%j', (user, expected) => {
    expect(readImageUser(user, view)).toEqual(expected);
  });

  test('is not guessed', () => {
    expect(readImageUser('app', viewOfFacts([]))).toEqual({ needs: '/' });
  });
});
