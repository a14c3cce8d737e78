import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  explainMismatch,
  findRule,
  formatRuleFile,
  headOf,
  matchRule,
  parseRuleFile,
  type ExtensionRule,
  type MagicRule,
} from '../../src/model/binfmt-rule.ts';
import { bytesOfString, hexOfBytes } from '../../src/model/bytes.ts';

const magicRule: MagicRule = {
  name: 'm',
  enabled: true,
  interpreter: '/i',
  flags: '',
  type: 'magic',
  offset: 1,
  magic: '4142',
};
const extensionRule: ExtensionRule = {
  name: 'e',
  enabled: true,
  interpreter: '/i',
  flags: '',
  type: 'extension',
  extension: 'foo',
};

function head(text: string): Uint8Array {
  return headOf(bytesOfString(text));
}

describe('a magic rule', () => {
  it.each([
    ['xAB', undefined, true],
    ['xAC', undefined, false],
    ['AB', undefined, false],
    ['xAC', 'fffe', true],
    ['xaB', 'dfff', true],
    ['', '0000', true],
  ])('at offset 1 for AB and the file %j, mask %s: %s', (text, mask, matches) => {
    const rule = mask === undefined ? magicRule : { ...magicRule, mask };
    expect(matchRule(rule, head(text), '/w/f')).toBe(matches);
  });

  it('sees a short file as if it ended in NUL bytes', () => {
    expect(matchRule({ ...magicRule, magic: '4100' }, head('xA'), 'f')).toBe(true);
  });

  it('says at which byte it stops', () => {
    const mismatch = { field: 'magic', at: 2, wanted: 0x42, found: 0x43, mask: 0xff };
    expect(explainMismatch(magicRule, head('xAC'), 'f')).toEqual(mismatch);
  });

  it('never minds bits outside its mask, of the file or of the magic', () => {
    const bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(bytes, bytes, bytes, bytes, (file, mask, inFile, inMagic) => {
        const outside = (all: Uint8Array, noise: Uint8Array): Uint8Array =>
          all.map((byte, at) => byte ^ ((noise[at] ?? 0) & ~(mask[at] ?? 0)));
        const magic = hexOfBytes(outside(file, inMagic));
        const rule: MagicRule = { ...magicRule, offset: 0, magic, mask: hexOfBytes(mask) };
        expect(matchRule(rule, headOf(outside(file, inFile)), 'f')).toBe(true);
      }),
    );
  });
});

describe('an extension rule', () => {
  it.each([
    ['/w/a.foo', true],
    ['a.foo', true],
    ['.foo', true],
    ['a.b.foo', true],
    ['a.FOO', false],
    ['a.foo.bar', false],
    ['foo', false],
    ['d.foo/a', false],
  ])('for foo and the name %s: %s', (name, matches) => {
    expect(matchRule(extensionRule, head(''), name)).toBe(matches);
  });

  it('says what it found', () => {
    const mismatch = { field: 'extension', wanted: 'foo', found: 'x/a' };
    expect(explainMismatch(extensionRule, head(''), 'd.x/a')).toEqual(mismatch);
  });
});

describe('of several rules', () => {
  const rules = [
    { ...magicRule, enabled: false },
    { ...extensionRule, name: 'first' },
    extensionRule,
  ];

  it('the first enabled one takes a file', () => {
    expect(findRule(rules, head('xAB'), 'a.foo')).toBe(rules[1]);
  });

  it('none takes what none fits', () => {
    expect(findRule(rules, head('xAB'), 'a')).toBeUndefined();
  });

  it('one of an unknown kind makes the answer unknown', () => {
    const opaque = { ...magicRule, type: 'opaque' as const };
    expect(findRule([opaque, ...rules], head('xAB'), 'a.foo')).toBe('unknown');
  });
});

describe("a rule's file", () => {
  it.each([
    [
      { ...magicRule, mask: 'ff0f' },
      'enabled\ninterpreter /i\nflags: \noffset 1\nmagic 4142\nmask ff0f\n',
    ],
    [
      { ...extensionRule, enabled: false, flags: 'OC' },
      'disabled\ninterpreter /i\nflags: OC\nextension .foo\n',
    ],
  ])('of %j', (rule, text) => {
    expect(formatRuleFile(rule)).toBe(text);
    expect(parseRuleFile({ name: rule.name, text })).toEqual({ rule });
  });

  it('keeps what only a newer kernel knows', () => {
    const text = 'enabled\ninterpreter /i\nflags: PTF\noffset 1\nmagic 4142\nloader yes\n';
    const rule = { ...magicRule, flags: 'PF', unknown: ['flag T', 'loader yes'] };
    expect(parseRuleFile({ name: 'm', text })).toEqual({ rule });
  });

  it('may be of a kind that only a newer kernel knows', () => {
    const text = 'enabled\ninterpreter /i\nflags: \nbpf 17\n';
    const { name, enabled, interpreter, flags } = magicRule;
    const rule = { name, enabled, interpreter, flags, type: 'opaque', unknown: ['bpf 17'] };
    expect(parseRuleFile({ name: 'm', text })).toEqual({ rule });
  });

  it('can say two things, when its interpreter holds newlines', () => {
    const forged = { ...extensionRule, interpreter: '/a\nflags: \nextension .x' };
    const reading = parseRuleFile({ name: 'e', text: formatRuleFile(forged) });
    expect(reading).toMatchObject({ ambiguous: [{ interpreter: '/a' }, { extension: 'foo' }] });
  });

  it.each([
    [''],
    ['enabled\n'],
    ['enabled\ninterpreter \nflags: \noffset 0\nmagic 41\n'],
    ['hello'],
  ])('is not %j', (text) => {
    expect(parseRuleFile({ name: 'm', text })).toHaveProperty('unreadable');
  });
});
