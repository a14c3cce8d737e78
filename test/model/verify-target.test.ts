import { describe, expect, it } from 'vitest';
import { formatReference, parseReference } from '../../src/model/image-reference.ts';
import { parseVerifyTarget } from '../../src/model/verify-target.ts';

const digest = `sha256:${'0'.repeat(64)}`;

describe('what verify is pointed at', () => {
  it.each([
    ['app', { kind: 'image', name: 'app' }],
    ['localhost:5000/app:1', { kind: 'image', name: 'localhost:5000/app:1' }],
    ['oci:1', { kind: 'layout', path: '1' }],
    ['docker-daemon:app:1', { kind: 'image', name: 'app:1' }],
    ['container:box', { kind: 'container', name: 'box' }],
    ['oci:dir', { kind: 'layout', path: 'dir' }],
    ['oci:a/dir:app:1', { kind: 'layout', path: 'a/dir', name: 'app:1' }],
    ['oci:C:\\dir:1', { kind: 'layout', path: 'C:\\dir', name: '1' }],
    ['oci-archive:x.tar', { kind: 'archive', path: 'x.tar' }],
    ['docker-archive:x.tar:app:1', { kind: 'archive', path: 'x.tar', name: 'app:1' }],
    ['docker-archive:x.tar:', { kind: 'archive', path: 'x.tar' }],
  ])('%s', (word, expected) => {
    expect(parseVerifyTarget(word)).toEqual(expected);
  });

  it.each(['', 'container:', 'oci:', 'docker-daemon:', '-x'])('"%s" names nothing', (word) => {
    expect(() => parseVerifyTarget(word)).toThrow(
      expect.objectContaining({ code: 'bad-argument' }),
    );
  });
});

describe('names of images in registries', () => {
  it.each([
    ['busybox', 'docker.io/library/busybox:latest'],
    ['me/app:1', 'docker.io/me/app:1'],
    ['docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['index.docker.io/me/app', 'docker.io/me/app:latest'],
    ['ghcr.io/me/app', 'ghcr.io/me/app:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['host:5000/app', 'host:5000/app:latest'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    [`app@${digest}`, `docker.io/library/app@${digest}`],
    [`app:1@${digest}`, `docker.io/library/app:1@${digest}`],
    ['a/b/c__d.e-f', 'docker.io/a/b/c__d.e-f:latest'],
  ])('%s is %s', (word, expected) => {
    const reference = parseReference(word);
    expect(formatReference(reference)).toBe(expected);
    expect(parseReference(expected)).toEqual(reference);
    expect(parseVerifyTarget(`docker://${word}`)).toEqual({ kind: 'registry', reference });
  });

  it.each([
    ['', /repository/],
    ['App', /lower case/],
    ['a//b', /repository/],
    ['a/../b', /repository/],
    ['app:', /tag/],
    ['app:a b', /tag/],
    ['app@sha256:12', /digest/],
    ['a@b@c', /@/],
    ['user:password@host.example/app', /digest|tag/],
    ['host.example:port/app', /host/],
    ['evil.example?x/app', /host/],
  ])('"%s" is none', (word, why) => {
    expect(() => parseReference(word)).toThrow(why);
  });
});
