import { shown } from '../model/bytes-text.ts';
import type { Finding, Fix } from '../model/finding.ts';

/** Longer evidence is cut: reports are read, and some readers refuse large ones. */
const mostEvidence = 100;

/** Where a finding is, a line a place: the path in the image, its layer, the source. Untrusted. */
export function locationLines({ location }: Finding): string[] {
  const { path, layer, source } = location ?? {};
  const made = layer?.createdBy === undefined ? '' : `: ${layer.createdBy}`;
  return [
    ...(path === undefined ? [] : [`in the image: ${shown(path)}`]),
    ...(layer === undefined ? [] : [`layer ${layer.index} (${layer.diffId})${made}`]),
    ...(source === undefined ? [] : [`${source.file}:${source.line}`]),
  ];
}

/** The facts that prove it; where they are many, the last ones, since logs end with what failed. */
export function evidenceLines({ evidence = [] }: Finding): string[] {
  const left = evidence.length - mostEvidence;
  if (left <= 0) return evidence;
  return [`(${left} lines left out)`, ...evidence.slice(left)];
}

/** What puts it right: a sentence, then its commands. */
export function fixLines(fix: Fix | undefined): string[] {
  return fix === undefined ? [] : [`-> ${fix.text}`, ...fix.commands.map((line) => `   ${line}`)];
}

/** A finding as plain lines: what, why, where, evidence, fix. Untrusted. */
export function findingLines(finding: Finding): string[] {
  return [
    finding.message,
    ...(finding.why === undefined ? [] : [finding.why]),
    ...locationLines(finding),
    ...evidenceLines(finding).map((line) => `  ${line}`),
    ...fixLines(finding.fix),
  ];
}
