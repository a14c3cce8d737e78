import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Document,
  type Node,
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
    const step = stepInto(node, part);
    if (step === undefined) break;
    at = step.at;
    node = step.value;
  }
  if (of === 'value' && isNode(node) && node.range) at = node;
  const offset = at?.range?.[0] ?? 0;
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function stepInto(node: unknown, part: string | number): { at: Node; value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(
      (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
    );
    return pair !== undefined && isNode(pair.key) ? { at: pair.key, value: pair.value } : undefined;
  }
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    return isNode(item) ? { at: item, value: item } : undefined;
  }
  return undefined;
}
