import { escapeLine } from '../model/escape.ts';
import type { Finding, Status } from '../model/finding.ts';
import type { TextOptions } from './text-options.ts';
import { wrap } from './wrap.ts';

const styles = { pass: 'green', warn: 'yellow', fail: 'red', unknown: 'yellow' } as const;

/** The sign that stands before what has a status. */
export function signOf(status: Status, { unicode, colour }: TextOptions): string {
  const signs = unicode
    ? { pass: '✔', warn: '!', fail: '✖', unknown: '?' }
    : { pass: '+', warn: '!', fail: 'x', unknown: '?' };
  return colour(styles[status], signs[status]);
}

/** Findings that share their reason and their remedy, to be told at once. */
interface Block {
  status: Status;
  findings: Finding[];
}

const rank: readonly Status[] = ['fail', 'warn', 'unknown'];

/**
 * Findings for people, the worst first: what is so, why it matters, the evidence, and the commands
 * that mend it. What shares a remedy is told once. Commands are never broken, so that they can be
 * pasted.
 */
export function renderFindings(findings: readonly Finding[], options: TextOptions): string[] {
  return blocksOf(findings).map((block) => renderBlock(block, options));
}

function blocksOf(findings: readonly Finding[]): Block[] {
  const blocks: Block[] = [];
  for (const finding of findings) {
    const home = blocks.find((block) => belongs(finding, block));
    if (home === undefined) blocks.push({ status: finding.status, findings: [finding] });
    else home.findings.push(finding);
  }
  return rank.flatMap((status) => blocks.filter((block) => block.status === status));
}

function belongs(finding: Finding, { status, findings }: Block): boolean {
  const [first] = findings;
  if (first === undefined || finding.status !== status) return false;
  if (first.message === finding.message && first.why === finding.why) return true;
  return first.fix !== undefined && remedy(first) === remedy(finding);
}

function remedy({ fix }: Finding): string {
  return JSON.stringify([fix?.text, fix?.commands]);
}

function renderBlock({ status, findings }: Block, options: TextOptions): string {
  const sign = signOf(status, options);
  const width = options.width;
  const lines: string[] = [];
  for (const { message, ids } of byMessage(findings)) {
    lines.push(`${sign} ${wrap(2, '  ', `${message} [${idsText(ids)}]`, width)}`);
  }
  const whys = distinct(findings.flatMap(({ why }) => (why === undefined ? [] : [why])));
  for (const why of whys) lines.push(`  ${wrap(2, '  ', why, width)}`);
  const evidence = distinct(findings.flatMap((finding) => finding.evidence ?? []));
  const layers = distinct(findings.flatMap(layerLines));
  for (const line of [...evidence, ...layers]) {
    lines.push(`    ${options.colour('dim', wrap(4, '      ', line, width))}`);
  }
  lines.push(...renderFix(findings[0]?.fix, options));
  return lines.join('\n');
}

/** Which instruction made the layer of the file that a finding is about. */
function layerLines({ location }: Finding): string[] {
  const { layer } = location ?? {};
  if (layer === undefined) return [];
  const made = layer.createdBy === undefined ? layer.diffId : layer.createdBy;
  return [`layer ${layer.index}: ${made}`];
}

/** The messages, each once, with the checks that gave it. */
function byMessage(findings: readonly Finding[]): { message: string; ids: string[] }[] {
  const messages = new Map<string, Set<string>>();
  for (const finding of findings) {
    const { id } = finding;
    const message = sayPlatform(finding);
    const ids = messages.get(message) ?? new Set<string>();
    messages.set(message, ids.add(id));
  }
  return [...messages].map(([message, ids]) => ({ message, ids: [...ids] }));
}

/** Checks that one cause has stopped are many; the first names the rest. */
function idsText(ids: readonly string[]): string {
  return ids.length > 3 ? `${ids[0]} and ${ids.length - 1} more` : ids.join(', ');
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function renderFix(fix: Finding['fix'], { width, colour, unicode }: TextOptions): string[] {
  if (fix === undefined) return [];
  const arrow = colour('bold', unicode ? '→' : '->');
  const lead = unicode ? 4 : 5;
  const text = `  ${arrow} ${wrap(lead, ' '.repeat(lead), fix.text, width)}`;
  const line = (command: string) => `      ${colour('bold', escapeLine(command))}`;
  const others = fix.instead?.map(line) ?? [];
  const or = others.length === 0 ? [] : ['    or, without xbuild:'];
  return [text, ...fix.commands.map(line), ...or, ...others];
}

/** Messages of checks name their platform themselves; those about images may not. */
function sayPlatform({ message, platform }: Finding): string {
  return platform === undefined || message.includes(platform) ? message : `${platform}: ${message}`;
}
