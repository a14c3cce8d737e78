import { closest } from './closest.ts';
import { XbuildError } from './errors.ts';

/** The formats of --report, in the order of help. */
export const reportFormats = ['text', 'json', 'markdown', 'junit', 'sarif', 'github'] as const;

export type ReportFormat = (typeof reportFormats)[number];

/** One --report: a format, and the file for it; without a file it goes to standard output. */
export interface ReportTarget {
  format: ReportFormat;
  file?: string;
}

/**
 * Reads the values of --report, `FORMAT` or `FORMAT=FILE`; a FILE of `-` is standard output.
 *
 * Throws `bad-flag` for a format that does not exist, an empty file name, two reports for standard
 * output, or two for one file.
 */
export function parseReportTargets(values: readonly string[], json: boolean): ReportTarget[] {
  const targets = values.map(parseTarget);
  const printed = targets.filter(({ file }) => file === undefined);
  if (printed.length + (json ? 1 : 0) > 1) {
    const names = [...printed.map(({ format }) => format), ...(json ? ['--json'] : [])];
    throw new XbuildError(
      'bad-flag',
      `standard output holds one report; received ${names.join(' and ')}`,
      `Give all but one a file: --report ${names[0]}=FILE`,
    );
  }
  const files = targets.flatMap(({ file }) => (file === undefined ? [] : [file]));
  const twice = files.find((file, at) => files.indexOf(file) !== at);
  if (twice === undefined) return targets;
  throw new XbuildError(
    'bad-flag',
    `two reports cannot go to one file: ${twice}`,
    'Give each a file of its own.',
  );
}

function parseTarget(value: string): ReportTarget {
  const equals = value.indexOf('=');
  const word = equals < 0 ? value : value.slice(0, equals);
  const format = reportFormats.find((name) => name === word);
  if (format === undefined) throw unknownFormat(word);
  if (equals < 0) return { format };
  const file = value.slice(equals + 1);
  if (file === '') {
    throw new XbuildError(
      'bad-flag',
      `--report ${value} names no file`,
      `Write --report ${format}=FILE, or --report ${format} for standard output.`,
    );
  }
  return file === '-' ? { format } : { format, file };
}

function unknownFormat(word: string): XbuildError {
  const near = closest(word, reportFormats);
  return new XbuildError(
    'bad-flag',
    `--report has no format "${word}"`,
    near === undefined
      ? `Write one of ${reportFormats.join(', ')}.`
      : `Did you mean: --report ${near}`,
  );
}
