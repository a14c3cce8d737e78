import type { Diagnosis, ProgramTrace } from '../model/diagnosis.ts';
import type { Hop, Trace } from '../model/exec-trace.ts';
import type { TextOptions } from './text-options.ts';
import { wrap } from './wrap.ts';

/** The program that shows the cause, behind those that start it; none where only text tells. */
export function programsOf({ cause, facts }: Diagnosis): ProgramTrace[] {
  if (cause !== null && cause.trace === undefined && cause.confidence === 'possible') return [];
  const programs: ProgramTrace[] = [];
  let program = facts.traces[cause?.trace ?? 0];
  while (program !== undefined && !programs.includes(program)) {
    programs.unshift(program);
    program = program.parent === undefined ? undefined : facts.traces[program.parent];
  }
  return programs;
}

/** The tree: each line is what the line above it led to. */
export function walkLines(diagnosis: Diagnosis, options: TextOptions): string[] {
  const texts = programsOf(diagnosis).flatMap((program) => [
    ...(program.parent === undefined ? [] : [`it starts ${program.argv[0] ?? ''}`]),
    ...(program.trace === null
      ? lookupTexts(program).slice(program.parent === undefined ? 0 : 1)
      : hopTexts(program.trace, diagnosis)),
  ]);
  const corner = options.unicode ? '└─ ' : '`- ';
  return texts.map((text, depth) => {
    const indent = 2 + Math.max(0, Math.min(depth, deepest) - 1) * 3;
    const lead = `${' '.repeat(indent)}${depth === 0 ? '' : corner}`;
    return lead + wrap(lead.length, ' '.repeat(lead.length + 2), text, options.width);
  });
}

/** Further in there would be no room for words. */
const deepest = 6;

function lookupTexts({ argv, lookup }: ProgramTrace): string[] {
  const name = argv[0] ?? '';
  if ('absent' in lookup) return [name, `in no folder of PATH: ${lookup.folders.join(':')}`];
  if ('refused' in lookup) {
    const { errno, at } = lookup.refused;
    return [name, `${at === name ? '' : `${at}: `}${errno}, before anything is executed`];
  }
  return 'unknown' in lookup ? [name, `not known: ${lookup.unknown}`] : [];
}

function takenText({ taken, path }: Hop): string | undefined {
  switch (taken.by) {
    case 'rule': {
      const how =
        taken.opened === 'held' ? 'opened when the rule was made' : 'looked up by its path';
      return `rule ${taken.rule} (flags ${taken.flags || 'none'}) takes it: ${taken.interpreter}, ${how}`;
    }
    case 'script':
      return `#! ${[taken.interpreter, taken.argument].filter(Boolean).join(' ')}`;
    case 'native':
      return taken.loader === null ? 'the kernel runs it itself' : `its loader: ${taken.loader}`;
    case 'nothing':
      return undefined;
  }
  return path;
}

function textOfHop(hop: Hop): string {
  return `${hop.path}\n${takenText(hop) ?? ''}`;
}

/** The hops up to where they come round again, and how that goes on. */
function withoutRounds(hops: readonly Hop[]): { hops: readonly Hop[]; round: string[] } {
  const again = hops.findIndex((hop, at) =>
    hops.slice(0, at).some((earlier) => textOfHop(earlier) === textOfHop(hop)),
  );
  const hop = hops[again];
  if (hop === undefined) return { hops, round: [] };
  return { hops: hops.slice(0, again), round: [`${hop.name} again, and so on`] };
}

function hopTexts(trace: Trace, { facts }: Diagnosis): string[] {
  const { hops: once, round } = withoutRounds(trace.hops);
  const hops = once.flatMap((hop) => {
    const links = hop.links.length === 0 ? '' : ` (a link to ${hop.path})`;
    const taken = takenText(hop);
    const own = `${hop.name}${links}: ${hop.words}`;
    return taken === undefined ? [own] : [own, taken];
  });
  const { end } = trace;
  if (end.ok === 'unknown') return [...hops, `not known: ${end.needs}`];
  if (!end.ok) {
    const at = end.name ?? end.at;
    return [...hops, ...round, `stops at ${at}: ${end.reason.replaceAll('-', ' ')} (${end.errno})`];
  }
  const guest = end.guestLoader;
  const loader =
    guest?.state === 'absent' ? [`${guest.path}, its loader, is missing (${guest.errno})`] : [];
  return [...hops, ...loader, ...(facts.surface.stage === 'never' ? ['it starts'] : [])];
}
