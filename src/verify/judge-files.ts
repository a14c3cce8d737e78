import { allowedFindings, allowSpots, type Allowed } from '../faults/allow.ts';
import type { FoundSpot } from '../faults/fault.ts';
import { findFaults } from '../faults/find-faults.ts';
import { groupSpots } from '../faults/group-spots.ts';
import type { FaultScene } from '../faults/scene.ts';
import { isKnown } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import type { Inventory } from '../model/inventory.ts';
import { formatPlatform } from '../model/platform.ts';
import { byteString, shown } from '../model/bytes-text.ts';
import type { ImageConfig, ImageFacts } from './image-facts.ts';
import { walkerOf, type ProgramScene } from './program-scene.ts';
import { healthPrograms, programsOf, shellPrograms } from './programs.ts';
import { directoryOf, findProgram, pathOf } from './start-command.ts';

/** The judgement of all files of an image. */
export interface FilesJudgement {
  findings: Finding[];
  /** Files whose text would tell more. */
  texts: string[];
  allowed: Allowed;
  /** Where they were looked for; absent where there was no inventory. */
  scene?: FaultScene;
}

const none: FilesJudgement = {
  findings: [],
  texts: [],
  allowed: { spots: [], taken: [] },
};

/** The directories of the PATH, absolute. */
function pathDirectories(config: ImageConfig): string[] {
  const directory = directoryOf(config).replace(/\/+$/, '');
  return pathOf(config)
    .split(':')
    .map((entry) => (entry.startsWith('/') ? entry : `${directory}/${entry}`));
}

/** The files that the configuration names, by path, and why they count. */
function startsOf(scene: ProgramScene): ReadonlyMap<string, string> {
  const { config } = scene;
  const named = [
    ...scene.started.map(({ program, why }) => [program, why] as const),
    ...healthPrograms(config).map((one) => [one, "the image's HEALTHCHECK names it"] as const),
    ...shellPrograms(config).map((one) => [one, "the image's SHELL names it"] as const),
  ];
  const starts = new Map<string, string>();
  for (const [{ name }, why] of named) {
    const lookup = findProgram(name, config, walkerOf(scene));
    if ('found' in lookup && !starts.has(lookup.found.path)) {
      starts.set(lookup.found.path, why);
    }
  }
  return starts;
}

/** The program that the engine starts itself. */
function firstOf(scene: ProgramScene): { first?: string } {
  const [program] = programsOf(scene.config);
  if (program === undefined) return {};
  const lookup = findProgram(program.name, scene.config, walkerOf(scene));
  return 'found' in lookup ? { first: lookup.found.path } : {};
}

/** A fault of a file that is told already as what stops the image from starting. */
function isTold({ path, fault }: FoundSpot, told: readonly Finding[]): boolean {
  return (
    fault !== 'library-missing' &&
    fault !== 'symbol-version-missing' &&
    told.some(({ location, status }) => status !== 'pass' && location?.path === path)
  );
}

function completeness(inventory: Inventory, platform: string): Finding[] {
  const { incomplete, unreadable } = inventory;
  if (incomplete === undefined && unreadable.count === 0) return [];
  const examples = unreadable.examples.map(({ path, errno }) => `${shown(path)}: ${errno}`);
  const what = incomplete ?? `${unreadable.count} files and directories could not be read`;
  return [
    {
      id: 'files',
      status: 'unknown',
      platform,
      message: `Not every file of the image was looked at: ${what}`,
      why: 'What was not read may be for another platform, or be what other files need.',
      ...(examples.length > 0 ? { evidence: examples } : {}),
    },
  ];
}

function allRight({ counts, by }: Inventory, platform: string): Finding {
  return {
    id: 'files',
    status: 'pass',
    platform,
    message: `${counts.elf} ELF files and ${counts.scripts} scripts were looked at`,
    evidence: [`${counts.files} files in ${counts.directories} directories, read by: ${by}`],
  };
}

/** Judges every file of an image; `told` are the findings of what it starts. Pure. */
export function judgeFiles(
  facts: ImageFacts,
  scene: ProgramScene,
  told: readonly Finding[],
): FilesJudgement {
  const { inventory, platform, texts = {}, allow = [], layers, rule } = facts;
  if (inventory === undefined) return none;
  const name = formatPlatform(platform);
  if (!isKnown(inventory)) {
    const message = `The image's files were not looked at: ${inventory.unknown}`;
    return { ...none, findings: [{ id: 'files', status: 'unknown', platform: name, message }] };
  }
  const faults = findFaults({
    inventory,
    platform,
    env: scene.config.env.map(byteString),
    path: pathDirectories(scene.config),
    starts: startsOf(scene),
    ...firstOf(scene),
    texts: new Map(Object.entries(texts)),
    ...(rule === undefined ? {} : { rule }),
  });
  const allowed = allowSpots(
    faults.spots.filter((spot) => !isTold(spot, told)),
    allow,
  );
  const grouped = groupSpots(allowed.spots, name, (path) => layers?.get(path));
  const gaps = completeness(inventory, name);
  const findings = [...grouped, ...gaps, ...allowedFindings(allowed, name)];
  if (grouped.length + gaps.length === 0) findings.unshift(allRight(inventory, name));
  return {
    findings,
    texts: faults.needs,
    allowed,
    ...(faults.scene === undefined ? {} : { scene: faults.scene }),
  };
}
