import { describe, expect, it } from 'vitest';
import { XbuildError } from '../../src/model/errors.ts';
import { parseReportTargets } from '../../src/model/report-target.ts';

describe('parseReportTargets()', () => {
  it.each([
    [[], []],
    [['junit'], [{ format: 'junit' }]],
    [['sarif=-'], [{ format: 'sarif' }]],
    [['junit=a=b.xml'], [{ format: 'junit', file: 'a=b.xml' }]],
    [
      ['text', 'markdown=x.md', 'json=x.json'],
      [
        { format: 'text' },
        { format: 'markdown', file: 'x.md' },
        { format: 'json', file: 'x.json' },
      ],
    ],
  ])('%j', (values, targets) => {
    expect(parseReportTargets(values, false)).toEqual(targets);
  });

  it.each([
    [['juint'], false, 'no format "juint"', 'Did you mean: --report junit'],
    [['srif=x'], false, 'no format "srif"', 'Did you mean: --report sarif'],
    [['html'], false, 'no format "html"', 'Write one of text, json, markdown'],
    [['junit='], false, 'names no file', '--report junit=FILE'],
    [['junit', 'sarif'], false, 'junit and sarif', '--report junit=FILE'],
    [['junit'], true, 'junit and --json', '--report junit=FILE'],
    [['junit=x', 'sarif=x'], false, 'one file: x', 'file of its own'],
  ])('%j with --json=%j is refused: %s', (values, json, message, hint) => {
    const parse = () => parseReportTargets(values, json);
    expect(parse).toThrow(message);
    expect(parse).toThrow(
      expect.objectContaining({ code: 'bad-flag', hint: expect.stringContaining(hint) as string }),
    );
    expect(parse).toThrow(XbuildError);
  });
});
