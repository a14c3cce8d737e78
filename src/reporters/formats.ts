import type { ReportFormat } from '../model/report-target.ts';
import { renderGithub } from './github.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import type { Reporter } from './reporter.ts';
import { renderSarif } from './sarif.ts';

/** Every format of --report. */
export const formats: Readonly<Record<ReportFormat, Reporter>> = {
  text: (reported) => reported.text(),
  json: ({ document }) => `${JSON.stringify(document, null, 2)}\n`,
  markdown: renderMarkdown,
  junit: renderJunit,
  sarif: renderSarif,
  github: renderGithub,
};
