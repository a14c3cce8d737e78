import type { Allowance } from '../model/allowance.ts';
import { byteString, shown } from '../model/bytes-text.ts';
import { XbuildError } from '../model/errors.ts';
import type { Finding } from '../model/finding.ts';
import type { FoundSpot } from './fault.ts';

export type { Allowance };

const special: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
};

/**
 * The pattern of a glob, for byte strings: `*` and `?` stay within a name, `**` crosses directories,
 * a `/` at the end means all below, and a glob that does not begin with `/` holds at any depth.
 */
export function patternOfGlob(glob: string): RegExp {
  const anchored = glob.startsWith('/') ? glob : `**/${glob}`;
  const whole = anchored.endsWith('/') ? `${anchored}**` : anchored;
  const source = byteString(whole).replaceAll(
    /\*\*\/|\*\*|[*?]|[\\^$.|+()[\]{}]/g,
    (part) => special[part] ?? `\\${part}`,
  );
  return new RegExp(`^${source}$`, 's');
}

/** Reads `GLOB=REASON` or `FAULT:GLOB=REASON`. Throws `bad-argument` where there is no reason. */
export function parseAllowance(text: string): Allowance {
  const at = text.indexOf('=');
  const [left, reason] = at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1).trim()];
  const named = /^(?<fault>[a-z][a-z-]*):(?<path>.+)$/.exec(left)?.groups;
  const path = named?.['path'] ?? left;
  if (path === '' || reason === '') {
    throw new XbuildError(
      'bad-argument',
      `--allow needs a path and a reason; received "${text}"`,
      "Write both: --allow '/opt/firmware/**=runs on the device, not here'",
    );
  }
  const fault = named?.['fault'];
  return { path, reason, ...(fault === undefined ? {} : { fault }) };
}

/** What is left of the faults, and for each allowance the files that it took. */
export interface Allowed {
  spots: FoundSpot[];
  taken: { allowance: Allowance; spots: FoundSpot[] }[];
}

/** Takes the files that are allowed out of those with a fault; the first allowance that fits counts. */
export function allowSpots(spots: readonly FoundSpot[], allowances: readonly Allowance[]): Allowed {
  const taken = allowances.map((allowance) => ({
    allowance,
    pattern: patternOfGlob(allowance.path),
    spots: [] as FoundSpot[],
  }));
  const left = spots.filter((spot) => {
    const home = taken.find(
      ({ allowance, pattern }) =>
        (allowance.fault === undefined || allowance.fault === spot.fault) &&
        pattern.test(spot.path),
    );
    home?.spots.push(spot);
    return home === undefined;
  });
  return {
    spots: left,
    taken: taken.map(({ allowance, spots: own }) => ({ allowance, spots: own })),
  };
}

/** One passing finding an allowance that took something, so that a report says what was let through. */
export function allowedFindings({ taken }: Allowed, platform: string): Finding[] {
  return taken.flatMap(({ allowance, spots }) => {
    const [first] = spots;
    if (first === undefined) return [];
    const files =
      spots.length === 1 ? shown(first.path) : `${spots.length} files (${allowance.path})`;
    return [
      {
        id: 'allowed',
        status: 'pass',
        platform,
        message: `allowed: ${files}: ${allowance.reason}`,
        evidence: spots.slice(0, 5).map(({ message }) => message),
        location: { path: first.path },
      },
    ];
  });
}

/** Allowances that took nothing of any image: they are to be told, since they may hide what comes. */
export function unusedAllowances(
  allowances: readonly Allowance[],
  all: readonly Allowed[],
): Finding[] {
  return allowances
    .filter((allowance) =>
      all.every(({ taken }) =>
        taken.every((one) => one.allowance !== allowance || one.spots.length === 0),
      ),
    )
    .map(({ path, reason }) => ({
      id: 'allow-unused',
      status: 'warn',
      message: `the allowance for ${path} ("${reason}") matches nothing that is wrong`,
      why: 'What it was for is gone or has another path. Left as it is, it may hide a fault to come.',
      fix: { text: 'Take it out, or correct its path.', commands: [] },
    }));
}
