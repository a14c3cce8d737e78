import { locateInSources } from '../dockerfile/locate.ts';
import type { Dockerfile } from '../dockerfile/model.ts';
import type { Finding } from '../model/finding.ts';
import { parsePlatform } from '../model/platform.ts';

/** The Dockerfile of an image, and the mistakes in it. */
export interface Sources {
  dockerfile: Dockerfile;
  target?: string;
  findings: readonly Finding[];
}

/**
 * A finding about a file of an image, with the instruction that the file comes from, and with the
 * mistakes of the instructions on its way. Unchanged where the instruction is not known.
 */
export function explainBySources(finding: Finding, platform: string, sources: Sources): Finding {
  const { location } = finding;
  const { dockerfile, target, findings } = sources;
  if (finding.status === 'pass' || location?.path === undefined) return finding;
  if (location.source !== undefined) return finding;
  const trace = locateInSources({
    path: location.path,
    ...(location.layer && { layer: location.layer }),
    dockerfile,
    platform: parsePlatform(platform),
    ...(target === undefined ? {} : { target }),
  });
  if (trace === undefined) return finding;
  const steps = trace.steps.map(({ line, text }) => `${dockerfile.file}:${line}: ${text}`);
  const known = findings.filter(
    (one) => isWrong(one) && trace.steps.some(({ line, endLine }) => isWithin(one, line, endLine)),
  );
  const reasons = known.map((one) => `${one.message} [${one.id}]`);
  const fix = known.find((one) => one.fix !== undefined)?.fix ?? finding.fix;
  return {
    ...finding,
    location: { ...location, source: trace.source },
    evidence: [...(finding.evidence ?? []), ...steps, ...reasons],
    ...(fix === undefined ? {} : { fix }),
  };
}

/**
 * The mistake that stands where a build failed: BuildKit says `Dockerfile:10`, and for an instruction
 * of several lines its first.
 */
export function mistakeAt(place: string | undefined, { findings }: Sources): Finding | undefined {
  const line = Number(/:(\d+)$/.exec(place ?? '')?.[1] ?? Number.NaN);
  return findings.find((one) => isWrong(one) && isWithin(one, line, line));
}

function isWrong({ status }: Finding): boolean {
  return status === 'fail' || status === 'warn';
}

function isWithin({ location }: Finding, first: number, last: number): boolean {
  const source = location?.source;
  if (source === undefined) return false;
  return source.line <= last && (source.endLine ?? source.line) >= first;
}
