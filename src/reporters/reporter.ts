import type { Report } from '../model/report.ts';

/** All that a command hands to the formats of --report. */
export interface Reported {
  report: Report;
  /** The command's own JSON document, as --json prints it. */
  document: object;
  /** The command's text for people, 100 columns wide and without colours. */
  text(): string;
  /** xbuild's own version. */
  version: string;
}

/** One format of --report: pure, and the whole file as a text that ends with a newline. */
export type Reporter = (reported: Reported) => string;
