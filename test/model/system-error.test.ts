import { readFileSync, statSync, symlinkSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { XbuildError } from '../../src/model/errors.ts';
import { explainSystemError } from '../../src/model/system-error.ts';
import { run } from '../commands/run-main.ts';

const folder = mkdtempSync(join(tmpdir(), 'xbuild-system-'));
const circle = join(folder, 'circle');
symlinkSync(circle, circle);
afterAll(() => rmSync(folder, { recursive: true }));

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const refused = (code: string, fields: object) =>
  explainSystemError(Object.assign(new Error(code), { code, ...fields }));

describe('what the machine refuses is no bug of xbuild', () => {
  it.each([
    ['a circle of links', () => statSync(circle), /^cannot look at \S+circle: .+ \(ELOOP\)$/],
    ['a name of 5,000 bytes', () => statSync('a'.repeat(5000)), /too long \(ENAMETOOLONG\)$/],
    ['a file in a file', () => readFileSync('/dev/null/x'), /a file and not a folder \(ENOTDIR\)$/],
  ])('%s, from the kernel', (_, work, message) => {
    expect(explainSystemError(thrownBy(work))).toMatchObject({
      code: 'file-refused',
      exitStatus: 2,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/^[A-Z].+\.$/),
    });
  });

  it.each([
    ['EACCES', { syscall: 'stat', path: '.' }, 'file-refused', /^cannot look at \.: .+permission/],
    ['EROFS', { syscall: 'open', path: '/x' }, 'file-refused', /^cannot open \/x: .+read-only/],
    ['ENOSPC', { syscall: 'write' }, 'disk-full', /no room/],
    ['EDQUOT', { syscall: 'write', path: '/x' }, 'disk-full', /^\/x cannot be written/],
  ])('%s %j', (code, fields, expected, message) => {
    expect(refused(code, fields)).toMatchObject({
      code: expected,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['a missing file: who reads it knows what it is for', 'ENOENT', { syscall: 'open', path: 'x' }],
    ['an answer of a network', 'EACCES', { syscall: 'connect', address: '/x' }],
    ['an error of Node’s own', 'ERR_INVALID_ARG_TYPE', {}],
  ])('leaves %s as it is', (_, code, fields) => {
    expect(refused(code, fields)).not.toBeInstanceOf(XbuildError);
  });

  it('is told as any refusal', async () => {
    const { status, stderr } = await run('check', circle);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: cannot look at \S+circle: .+\nhint: {2}Mend the links\.\n$/);
  });
});
