import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRegisterString, parseRegisterString } from '../../src/model/binfmt-register.ts';
import type { Rule } from '../../src/model/binfmt-rule.ts';
import { bytesOfString } from '../../src/model/bytes.ts';

function read(text: string): ReturnType<typeof parseRegisterString> {
  return parseRegisterString(bytesOfString(text));
}

describe('a register string', () => {
  it('of a magic rule', () => {
    expect(read(String.raw`:qemu-x:M:4:\x7fELF:\xff\xff\xff\xfe:/usr/bin/qemu-x:CF`)).toEqual({
      rule: {
        name: 'qemu-x',
        enabled: true,
        interpreter: '/usr/bin/qemu-x',
        flags: 'OCF',
        type: 'magic',
        offset: 4,
        magic: '7f454c46',
        mask: 'fffffffe',
      },
    });
  });

  it('of an extension rule', () => {
    expect(read(',jar,E,,jar,,/usr/bin/jexec,\n')).toEqual({
      rule: {
        name: 'jar',
        enabled: true,
        interpreter: '/usr/bin/jexec',
        flags: '',
        type: 'extension',
        extension: 'jar',
      },
    });
  });

  it.each([
    [':a:M::X::/i', 'flags', 12, 'a field is missing'],
    [':::M::XYZ::/i:', 'name', 1, 'the name is empty'],
    [':a/b:M::X::/i:', 'name', 1, 'the name cannot be that of a file'],
    [':ab:B::X::/i/x:', 'type', 4, 'the type is neither E nor M'],
    [':ab:M:0x10:X::/i:', 'offset', 6, 'the offset is no decimal number of 0 to 2147483647'],
    [':ab:M:::X:/i/x:', 'magic', 7, 'the magic is empty'],
    [':ab:M::\\x4:X:/i:', 'magic', 7, String.raw`\x is not followed by two hex digits`],
    [':ab:M::XY:X:/i/x:', 'mask', 10, 'the mask has 1 bytes, the magic 2'],
    [':ab:M:256:X::/i/x:', 'magic', 10, 'the magic reaches past the first 256 bytes of a file'],
    [':ab:E::a/b::/i/x:', 'extension', 7, 'the extension holds a slash'],
    [':a:M::XY::', 'length', 0, 'it has 10 bytes, not 11 to 1920'],
    [':ab:M::XY:::', 'interpreter', 11, 'the interpreter is empty'],
    [':ab:M::X::/i/x:p', 'flags', 15, 'only the letters P, O, C, F may follow'],
    [':ab:M::X::/i/x:\n\n', 'flags', 15, 'only the letters P, O, C, F may follow'],
    ['PabPMPPXPP/i/xP', 'delimiter', 0, 'the delimiter is a flag'],
    [':a\0b:M::X::/i/x:', 'name', 1, 'the name holds a NUL byte'],
  ])('%j is refused for its %s at byte %i: %s', (text, field, at, reason) => {
    expect(read(text)).toEqual({ errno: 'EINVAL', field, at, reason });
  });

  it('never makes the parser fail', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
        expect(parseRegisterString(bytes)).toBeDefined();
      }),
    );
  });
});

const hex = fc.stringMatching(/^(?:[0-9a-f]{2}){1,20}$/);
const words = fc.stringMatching(/^[a-z][a-z0-9.+-]{0,12}$/);
const flags = fc.constantFrom('', 'P', 'O', 'OC', 'F', 'POCF', 'OCF');
const rules: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({
    type: fc.constant('magic' as const),
    name: words,
    enabled: fc.constant(true),
    interpreter: fc.string({
      minLength: 1,
      maxLength: 20,
      unit: fc.constantFrom('/', 'a', ' ', ':', ',', '|', '\n', '\\', 'é'),
    }),
    flags,
    offset: fc.integer({ min: 0, max: 236 }),
    magic: hex,
  }),
  fc.record({
    type: fc.constant('extension' as const),
    name: words,
    enabled: fc.constant(true),
    interpreter: words,
    flags,
    extension: words,
  }),
);

describe('the string that registers a rule', () => {
  it('gives back the rule', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        const text = formatRegisterString(rule);
        expect(text === undefined ? text : read(text)).toEqual(text && { rule });
      }),
    );
  });

  it('spells every byte of a pattern', () => {
    const rule: Rule = {
      name: 'qemu-arm',
      enabled: true,
      interpreter: '/q',
      flags: 'F',
      type: 'magic',
      offset: 0,
      magic: '7f45',
      mask: 'ff00',
    };
    expect(formatRegisterString(rule)).toBe(String.raw`:qemu-arm:M:0:\x7f\x45:\xff\x00:/q:F`);
  });

  it('does not exist for a rule that is decided by a program', () => {
    const rule: Rule = { type: 'opaque', name: 'b', enabled: true, interpreter: '/i', flags: '' };
    expect(formatRegisterString(rule)).toBeUndefined();
  });
});
