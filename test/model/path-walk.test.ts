import { describe, expect, it } from 'vitest';
import type { Credentials } from '../../src/model/credentials.ts';
import type { FileNode } from '../../src/model/file-view.ts';
import { openForExec, walkPath, type Walker } from '../../src/model/path-walk.ts';

function node(kind: FileNode['kind'], mode: number, rest: Partial<FileNode> = {}): FileNode {
  return { kind, mode, uid: 0, gid: 0, ...rest };
}

function link(target: string): FileNode {
  return node('symlink', 0o777, { target });
}

const directory = node('directory', 0o755);
const program = node('file', 0o755);
const files: Readonly<Record<string, FileNode>> = {
  '/': directory,
  '/d': directory,
  '/d/program': program,
  '/d/data': node('file', 0o644),
  '/d/own': node('file', 0o700, { uid: 1000 }),
  '/d/group': node('file', 0o710, { gid: 1000 }),
  '/d/busy': { ...program, busy: true },
  '/d/noexec': { ...program, noexec: true },
  '/d/fifo': node('other', 0o755),
  '/d/up': link('../d/program'),
  '/d/absolute': link('/d/program'),
  '/d/dangling': link('none'),
  '/d/loop': link('loop'),
  '/d/dirlink/': directory,
  '/d/tail': link('/d/'),
  '/secret': node('directory', 0o700),
  '/secret/program': program,
  '/c': directory,
  '/c/d': directory,
  '/c/d/program': { ...program, uid: 7 },
  '/c/d/escape': link('../../../d/program'),
};

const user: Credentials = { uid: 1000, gid: 1000 };

function walker(rest: Partial<Walker> = {}): Walker {
  const view = { lstat: (path: string) => files[path] ?? 'ENOENT' };
  return { view, root: '/', cwd: '/d', credentials: { uid: 0, gid: 0 }, ...rest };
}

describe('a path leads to a file', () => {
  it.each([
    ['/d/program', '/d/program'],
    ['program', '/d/program'],
    ['./program', '/d/program'],
    ['//d///program', '/d/program'],
    ['../d/./program', '/d/program'],
    ['/../../d/program', '/d/program'],
    ['up', '/d/program'],
    ['absolute', '/d/program'],
    ['tail/program', '/d/program'],
    ['/', '/'],
    ['tail', '/d'],
    ['', '/d'],
  ])('%j is %s', (path, found) => {
    expect(walkPath(walker(), path)).toMatchObject({ path: found });
  });

  it('over the links that it names', () => {
    expect(walkPath(walker(), 'tail/up')).toMatchObject({ links: ['/d/tail', '/d/up'] });
  });

  it('not out of a chroot', () => {
    const chrooted = walker({ root: '/c', cwd: '/c/d' });
    for (const path of ['/d/program', 'program', '../../../d/program', 'escape']) {
      expect(walkPath(chrooted, path)).toMatchObject({ path: '/c/d/program' });
    }
  });
});

describe('a path that cannot be executed says why', () => {
  it.each([
    ['none', 'ENOENT', 'missing', '/d/none'],
    ['dangling', 'ENOENT', 'missing', '/d/none'],
    ['none/../program', 'ENOENT', 'missing', '/d/none'],
    ['program/', 'ENOTDIR', 'not-a-directory', '/d/program'],
    ['program/x', 'ENOTDIR', 'not-a-directory', '/d/program'],
    ['program/..', 'ENOTDIR', 'not-a-directory', '/d/program'],
    ['loop', 'ELOOP', 'symlink-loop', '/d/loop'],
    ['n'.repeat(256), 'ENAMETOOLONG', 'name-too-long', `/d/${'n'.repeat(256)}`],
    [`${'./'.repeat(2048)}program`, 'ENAMETOOLONG', 'name-too-long', '/d'],
    ['.', 'EACCES', 'is-directory', '/d'],
    ['fifo', 'EACCES', 'not-a-file', '/d/fifo'],
    ['data', 'EACCES', 'not-executable', '/d/data'],
    ['noexec', 'EACCES', 'noexec-mount', '/d/noexec'],
    ['busy', 'ETXTBSY', 'busy', '/d/busy'],
  ])('%.20s: %s, %s', (path, errno, reason, at) => {
    expect(openForExec(walker(), path)).toEqual({ errno, reason, at });
  });

  it.each([
    ['/d/program', undefined],
    ['/d/own', undefined],
    ['/d/group', undefined],
    ['/secret/program', 'search-denied'],
    ['/d/data', 'not-executable'],
  ])('to user 1000: %s %s', (path, reason) => {
    const walk = openForExec(walker({ credentials: user }), path);
    expect('reason' in walk ? walk.reason : undefined).toBe(reason);
  });

  it('asks for a path that the view does not know', () => {
    const view = { lstat: (path: string) => (path === '/' ? directory : undefined) };
    expect(walkPath(walker({ view }), '/a/b')).toEqual({ needs: '/a' });
  });
});
