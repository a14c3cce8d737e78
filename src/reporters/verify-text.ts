import { escapeLine } from '../model/escape.ts';
import type { ImageVerification } from '../model/verification.ts';
import { renderVerified } from './diagnose-text.ts';
import { renderFindings } from './finding-text.ts';
import { renderTable, type Column } from './table.ts';
import type { TextOptions } from './text-options.ts';

const columns: readonly Column[] = [
  { heading: 'IMAGE', leaveOut: 2 },
  { heading: 'PLATFORM', leaveOut: 0 },
  { heading: 'UNAME -M', leaveOut: 1 },
  { heading: 'ENTRYPOINT', leaveOut: 3 },
  { heading: 'RESULT', leaveOut: 0 },
];

/** Verified images for people: a row an image and platform, then what is wrong with each. */
export function renderVerification(
  images: readonly ImageVerification[],
  options: TextOptions,
): string {
  const table = renderTable(columns, images.map(rowOf), {
    width: options.width,
    paint: (text, row, column) =>
      column === 4 ? options.colour(images[row]?.ok === true ? 'green' : 'red', text) : text,
  });
  const findings = images.flatMap(({ findings: all }) =>
    all.filter(({ status }) => status !== 'pass'),
  );
  const blocks = renderFindings(findings, options).flatMap((block) => ['', block]);
  return [...table, ...blocks, ...renderVerified(images, options), ''].join('\n');
}

function rowOf(image: ImageVerification): string[] {
  const by = image.uname.by === 'probe' ? ' (probe)' : '';
  const uname = image.uname.actual === null ? '' : `${escapeLine(image.uname.actual)}${by}`;
  const [entry] = image.entrypoint;
  const entrypoint =
    entry === undefined ? '' : `${escapeLine(entry.path)}: ${escapeLine(entry.description)}`;
  return [escapeLine(image.reference), image.platform, uname, entrypoint, verdict(image)];
}

/** Without a run only the files were read, which proves less. */
function verdict(image: ImageVerification): string {
  if (!image.ok) return 'NOT VERIFIED';
  return image.uname.actual === null ? 'not run' : 'verified';
}
