import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRegisterString } from '../../src/model/binfmt-register.ts';
import { bytesOfString } from '../../src/model/bytes.ts';
import { explainRegisterString } from '../../src/binfmt/register-fields.ts';
import { renderRegister } from '../../src/reporters/binfmt-explain.ts';

const options = { width: 80, unicode: true, colour: (_style: unknown, text: string) => text };
const explain = (text: string) => explainRegisterString(bytesOfString(text));

describe('a string that the kernel refuses', () => {
  test.each([
    ['register', 'length', 0, 'it has 8 bytes, not 11 to 1920'],
    ['PaPMPPMZPP/xPPPP', 'delimiter', 0, 'the delimiter is a flag'],
    [':n/ame:M::MZ::/usr/bin/wine:', 'name', 2, 'the name cannot be that of a file'],
    ['::M::MZ::/usr/bin/wine:', 'name', 1, 'the name is empty'],
    [':wine:X::MZ::/usr/bin/wine:', 'type', 6, 'the type is neither E nor M'],
    [':wine:M:0x1:MZ::/usr/bin/wine:', 'offset', 9, 'the offset is no decimal number'],
    [String.raw`:a:M::A\x4:::/x:`, 'magic', 7, String.raw`\x is not followed by two hex digits`],
    [':wine:M::::/usr/bin/wine:', 'magic', 9, 'the magic is empty'],
    [':wine:M::MZ:a:/usr/bin/wine:', 'mask', 12, 'the mask has 1 bytes, the magic 2'],
    [':jar:E::a/b::/usr/bin/jexec:', 'extension', 9, 'the extension holds a slash'],
    [':wine:M::MZ:::P', 'interpreter', 13, 'the interpreter is empty'],
    [':wine:M::MZ::/usr/bin/wine:PXF', 'flags', 28, 'only the letters P, O, C, F may follow'],
    [':wine:M::MZ::/usr/bin/wine', 'flags', 26, 'a field is missing'],
  ])('%s: %s, byte %i: %s', (text, field, at, reason) => {
    const { refusal } = explain(text);
    expect(refusal).toMatchObject({ errno: 'EINVAL', field, at });
    expect(refusal?.reason).toContain(reason);
  });

  test('has a caret under the byte, also in a long one', () => {
    const text = `:wine:M::MZ::/usr/bin/${'w'.repeat(200)}:PX`;
    const [shown = '', caret = ''] = renderRegister(explain(text), options).split('\n');
    expect(shown.length).toBeLessThanOrEqual(80);
    expect(shown[caret.indexOf('^')]).toBe('X');
  });

  test.each([
    [':register:M::MZ::/usr/bin/wine:', 'EEXIST'],
    [`:${'n'.repeat(256)}:M::MZ::/usr/bin/wine:`, 'ENAMETOOLONG'],
  ])('%s: %s', (text, errno) => {
    expect(explain(text).refusal).toMatchObject({ errno, field: 'name', at: 1 });
  });

  test.each([
    [':wine:M::MZ::/usr/bin/wine:PT', 'flag T is not known to this version of xbuild'],
    [':wine:B::MZ::/usr/bin/wine:', 'type B is not known to this version of xbuild'],
    [':wine:M::MZ::/usr/bin/wine:p', 'flags are upper-case letters'],
    [':wine:M::MZ::/usr/bin/wine', 'empty fields keep their delimiter'],
    [':a:M::MZ::/usr/bin/wine:\n:b:M::MZ::/x:\n', 'write every line on its own'],
    [':a:M::MZ::/usr/bin/wine:\r\n', 'carriage return'],
  ])('%j gets the note: %s', (text, note) => {
    expect(explain(text).notes.join('\n')).toContain(note);
  });
});

describe('a string that the kernel takes', () => {
  test('is told field by field', () => {
    const { fields } = explain(':binfmt-test:M::12345678::/usr/local/bin/fake-runner:P');
    expect(fields.map(({ field, text, words }) => [field, text, words])).toEqual([
      ['delimiter', ':', 'separates the fields'],
      ['name', 'binfmt-test', 'the name of the rule’s file'],
      ['type', 'M', 'M: decided by bytes of the file (magic)'],
      ['offset', '', 'the magic is looked for at byte 0'],
      ['magic', '12345678', '8 bytes: 31 32 33 34 35 36 37 38, "12345678"'],
      ['mask', '', 'none: every bit of the magic counts'],
      ['interpreter', '/usr/local/bin/fake-runner', 'the program that is started instead'],
      ['flags', 'P', 'P preserve argv[0]'],
    ]);
  });

  test('O is open binary, and is said not to be an offset', () => {
    const text = renderRegister(explain(':a:M::MZ::/usr/bin/wine:O'), options);
    expect(text).toContain('O open binary (not "offset")');
  });

  test.each([
    [':a:E::tar.gz::/x/y:', 'no name has the extension "tar.gz"'],
    [':a:M::MZ::wine64:', 'is no absolute path'],
    [':a:M::MZ::/usr/bin/wine --x:', 'never split into words'],
    [String.raw`:a:M::\\x41B::/usr/bin/x:`, 'two backslashes are two bytes'],
    [':a:M::A\0B::/usr/bin/x:', 'a NUL byte ends magic and mask'],
    [String.raw`:a:M::AB:\x00\x00:/x/y:`, 'its own interpreter too'],
    [':a:M::MZ::/usr/bin/wine:C', 'C brings O along'],
    [':a:M::MZ::/usr/bin/wine:C', 'rights of set-uid programs'],
  ])('%j gets the note: %s', (text, note) => {
    const { refusal, notes } = explain(text);
    expect(refusal).toBeUndefined();
    expect(notes.join('\n')).toContain(note);
  });
});

const strings = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc
      .tuple(
        fc.constantFrom(':', ',', '\0', 'x', '4'),
        fc.array(
          fc.constantFrom(
            'a',
            'M',
            'E',
            '',
            '0',
            String.raw`\x41`,
            '\\',
            '/x/y',
            'POCF',
            'T',
            '\n',
          ),
          { maxLength: 9 },
        ),
      )
      .map(([delimiter, fields]) => delimiter + fields.join(delimiter)),
  )
  .map((text) =>
    Array.from(text, (letter) => String.fromCharCode(letter.charCodeAt(0) & 255)).join(''),
  );

test('property: every string is explained, and refused exactly where the model refuses it', () => {
  fc.assert(
    fc.property(strings, (text) => {
      const bytes = bytesOfString(text);
      const report = explainRegisterString(bytes);
      const reading = parseRegisterString(bytes);
      const seen = report.rule === undefined ? report.refusal?.reason : report.rule;
      expect(seen).toEqual('rule' in reading ? reading.rule : reading.reason);
      expect(report.refusal?.at ?? 0).toBeLessThanOrEqual(text.length);
      for (const { from, to, text: inside } of report.fields) {
        expect(text.slice(from, to)).toBe(inside);
      }
      const [, ...fields] = report.fields;
      const joined = text[0] + fields.map((field) => field.text).join(text[0]);
      expect(report.refusal === undefined ? joined : text).toBe(text);
      // oxlint-disable-next-line no-control-regex -- what must not reach a terminal
      expect(renderRegister(report, options)).not.toMatch(/[\0-\u0009\u000b-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 1000 },
  );
});
