import { shown } from '../model/bytes-text.ts';
import { shellQuote } from '../model/escape.ts';
import type { Finding, FindingLocation, Fix } from '../model/finding.ts';
import type { FoundSpot } from './fault.ts';
import { directoryOfPath } from './image-files.ts';

/** A layer that files come from. */
export type SpotLayer = NonNullable<FindingLocation['layer']>;

const MOST_PLACES = 3;
const MOST_SHOWN = 5;
const MOST_EVIDENCE = 6;

/** `/app/node_modules` of all below it; else the first two parts of a path. */
function areaOf(path: string): string {
  const directory = directoryOfPath(path);
  const modules = directory.indexOf('/node_modules');
  if (modules !== -1) return directory.slice(0, modules + '/node_modules'.length);
  return directory.split('/').slice(0, 3).join('/') || '/';
}

function groupBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/** By directory; where those are many, by area; where those are, all at once. */
function placesOf(spots: readonly FoundSpot[]): Map<string, FoundSpot[]> {
  for (const keyOf of [directoryOfPath, areaOf]) {
    const groups = groupBy(spots, ({ path }) => keyOf(path));
    if (groups.size <= MOST_PLACES) return groups;
  }
  return new Map([['/', [...spots]]]);
}

function distinct(lines: readonly string[]): string[] {
  return [...new Set(lines)];
}

function together(place: string, spots: readonly FoundSpot[]): string[] {
  const named = spots.slice(0, MOST_SHOWN).map(({ path }) => shown(path));
  const rest = spots.length - named.length;
  const evidence = distinct(spots.slice(0, MOST_SHOWN).flatMap((spot) => spot.evidence ?? []));
  return [
    `${spots.length} files under ${shown(place)}: ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
    ...evidence.slice(0, MOST_EVIDENCE),
  ];
}

/** The fix, with the words that allow what may be meant. */
function fixOf({ fix, mayBeMeant }: FoundSpot, glob: string): Fix | undefined {
  if (fix === undefined || mayBeMeant !== true) return fix;
  const allow = `xbuild verify --allow ${shellQuote(`${shown(glob)}=REASON`)}`;
  return { ...fix, commands: [...fix.commands, allow] };
}

function findingOf(
  place: string,
  spots: readonly FoundSpot[],
  platform: string,
  layerOf: LayerOf,
): Finding | undefined {
  const [first] = spots;
  if (first === undefined) return undefined;
  const { fault, status, why, path } = first;
  const layer = layerOf(path);
  const one = spots.length === 1;
  const fix = fixOf(first, one ? path : `${place === '/' ? '' : place}/**`);
  const evidence = one ? (first.evidence ?? []) : together(place, spots);
  return {
    id: fault,
    status,
    platform,
    message: one ? first.message : `${spots.length} files under ${shown(place)} ${first.several}`,
    why,
    ...(evidence.length > 0 && { evidence }),
    ...(fix && { fix }),
    location: { path, ...(layer && { layer }) },
  };
}

export type LayerOf = (path: string) => SpotLayer | undefined;

const rank = { fail: 0, warn: 1, unknown: 2 } as const;

/**
 * Makes findings of the files that have a fault: one for all that share the fault, what there is to
 * say of it, the layer and the neighbourhood. `platform` is formatted.
 */
export function groupSpots(
  spots: readonly FoundSpot[],
  platform: string,
  layerOf: LayerOf = () => undefined,
): Finding[] {
  const alike = groupBy(spots, ({ fault, status, several, path }) =>
    JSON.stringify([fault, status, several, layerOf(path)?.diffId ?? '']),
  );
  return [...alike.values()]
    .flatMap((group) => [...placesOf(group)])
    .flatMap(([place, group]) => findingOf(place, group, platform, layerOf) ?? [])
    .toSorted((one, other) => rankOf(one) - rankOf(other));
}

function rankOf({ status }: Finding): number {
  return status === 'pass' ? 3 : rank[status];
}
