import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml';

/** A place in a text; lines and columns count from 1. */
export interface Position {
  line: number;
  column: number;
}

/** A way into a document, of keys and of indexes. */
export type Path = readonly (string | number)[];

/** The place of what a path leads to: of its key, or of its value. */
export function positionOf(
  document: Document,
  lines: LineCounter,
  path: Path,
  of: 'key' | 'value' = 'key',
): Position {
  let node: unknown = document.contents;
  let at: Node | undefined = isNode(node) ? node : undefined;
  for (const part of path) {
    const step = stepInto(document, node, part);
    if (step === undefined) break;
    at = step.at;
    node = step.value;
  }
  if (of === 'value' && isNode(node) && node.range) at = node;
  const offset = at?.range?.[0] ?? 0;
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

interface Step {
  at: Node;
  value: unknown;
}

/** One part further; what an alias or `<<` brings stands where it was written. */
function stepInto(document: Document, from: unknown, part: string | number): Step | undefined {
  const node = isAlias(from) ? from.resolve(document) : from;
  if (isMap(node)) return stepIntoMap(document, node, String(part));
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    return isNode(item) ? { at: item, value: item } : undefined;
  }
  return undefined;
}

function stepIntoMap(document: Document, map: YAMLMap, key: string): Step | undefined {
  const keyed = map.items.flatMap(({ key: own, value }) => (isScalar(own) ? [{ own, value }] : []));
  const pair = keyed.find(({ own }) => String(own.value) === key);
  if (pair !== undefined) return { at: pair.own, value: pair.value };
  const merged = keyed
    .filter(({ own }) => own.source === '<<')
    .flatMap(({ value }) => (isSeq(value) ? value.items : [value]));
  for (const source of merged) {
    const step = stepInto(document, source, key);
    if (step !== undefined) return step;
  }
  return undefined;
}
