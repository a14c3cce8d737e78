import type { BuildReport, BuiltPlatform, NodeResult } from '../model/build.ts';
import type { Finding } from '../model/finding.ts';
import { formatPlatform } from '../model/platform.ts';
import { adviseNative } from './advise-native.ts';
import type { Mistakes } from './mistakes.ts';
import type { AbsentNode } from './nodes.ts';
import type { BuiltPart } from './part.ts';
import type { Join } from './plan-join.ts';
import type { BuildRequest } from './request.ts';

/** What a report is made of, beside the parts. */
export interface ReportInput {
  request: BuildRequest;
  join: Join;
  absent: readonly AbsentNode[];
  /** In the order in which the platforms were asked for. */
  built: readonly BuiltPlatform[];
  indexes: BuildReport['indexes'];
  mistakes: Mistakes | undefined;
  complete: boolean;
  verified: boolean;
}

/** Pure: what a build came to. There is at least one part. */
export function reportOf(parts: readonly BuiltPart[], input: ReportInput): BuildReport {
  const [first] = parts;
  if (first === undefined) throw new Error('no part was built');
  const { request, built, indexes, mistakes, complete, verified } = input;
  const several = request.nodes.length > 1;
  return {
    ok: complete && verified,
    engine: first.node.gathered.facts.engine,
    ...(several && { nodes: nodesOf(parts, input.absent) }),
    platforms: built.map(({ result }) => result),
    checks: parts.flatMap((part) => checksOf(part, several)),
    ...(mistakes && { mistakes: mistakes.findings }),
    notes: [
      ...parts.flatMap(({ plan }) => plan.notes),
      ...input.absent.map(absence),
      ...notesOf(parts, input),
      ...adviceOf(input),
    ],
    indexes,
  };
}

/** A build that failed has something more important to say. */
function adviceOf({ built, mistakes, complete }: ReportInput): string[] {
  if (!complete) return [];
  const results = built.map(({ result }) => result);
  const advice = adviseNative(results, mistakes);
  return advice === undefined ? [] : [advice];
}

function nodesOf(parts: readonly BuiltPart[], absent: readonly AbsentNode[]): NodeResult[] {
  return [
    ...parts.map(({ node, platforms }) => ({
      name: node.name,
      engine: node.gathered.facts.engine,
      platforms: platforms.map(formatPlatform),
    })),
    ...absent.map(({ name, error }) => ({ name, unusable: error.message, platforms: [] })),
  ];
}

/** Of several engines each finding says which one it is about. */
function checksOf({ preflight, node }: BuiltPart, several: boolean): Finding[] {
  const open = preflight.checks.filter(({ status }) => status !== 'pass');
  if (!several) return open;
  return open.map((finding) => ({ ...finding, message: `${node.name}: ${finding.message}` }));
}

function absence({ name, error }: AbsentNode): string {
  return `The node ${name} was not used: ${error.message}. ${error.hint}`;
}

function notesOf(parts: readonly BuiltPart[], input: ReportInput): string[] {
  const { request, join, complete, verified } = input;
  const notes: string[] = [];
  const tags = request.tags.join(', ');
  const isOneName = parts.length > 1 || parts.some(({ plan }) => plan.mode === 'together');
  if (!complete && isOneName && input.built.length > 1 && tags !== '') {
    notes.push(
      `${tags} was left as it was: an image that lacks a platform would mislead whoever uses it. What was built is in the cache.`,
    );
  }
  if (!verified && request.output === 'push')
    notes.push('Nothing was pushed, since an image is not what it says.');
  if (request.verify && isElsewhere(parts, request)) {
    notes.push('Not verified: the result is not in the engine’s image store.');
  }
  if (join.kind === 'apart') notes.push(whereTheyAre(parts, join.why));
  return notes;
}

function isElsewhere(parts: readonly BuiltPart[], { output }: BuildRequest): boolean {
  if (output === 'store' || output === 'none') return false;
  return parts.every(({ plan }) => plan.pushes.length + plan.tags.length === 0);
}

function whereTheyAre(parts: readonly BuiltPart[], why: string): string {
  const places = parts.flatMap(({ built, node }) => {
    const names = built.filter(({ result }) => result.ok).map(({ result }) => result.platform);
    return names.length === 0 ? [] : [`${names.join(', ')} on ${node.name}`];
  });
  return `Each image is in the store of the node that built it (${places.join('; ')}): ${why}. With --push they become one image.`;
}
