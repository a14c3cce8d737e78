import {
  Directory,
  FarLink,
  OTHER,
  PLAIN,
  TextFile,
  type Listed,
  type Node,
} from './layer-tree.ts';

/** One step of a walk over a tree: a plain file's name, `0` for the way up, or something else. */
type Step =
  | string
  | 0
  | [
      'd',
      name: string,
      explicit: boolean,
      opaque: boolean,
      removed: string[],
      closed?: Directory['closed'],
    ]
  | ['f', name: string, node: number]
  | ['l', name: string, parts: readonly string[]]
  | ['t', name: string, text: string]
  | ['o', name: string];

/** A tree as JSON that is not nested, however deep the tree is. */
export interface TreeCode {
  nodes: Listed[];
  steps: Step[];
}

/** Writes a tree down; files that are the same inode stay so. */
export function encodeTree(root: Directory): TreeCode {
  const nodes: Listed[] = [];
  const numbers = new Map<Listed, number>();
  const steps: Step[] = [];
  const write = (name: string, node: Node) => {
    if (node === PLAIN) steps.push(name);
    else if (node === OTHER) steps.push(['o', name]);
    else if (node instanceof FarLink) steps.push(['l', name, node.parts]);
    else if (node instanceof TextFile) steps.push(['t', name, node.text]);
    else if (node instanceof Directory) enter(name, node);
    else {
      let number = numbers.get(node);
      if (number === undefined) {
        number = nodes.push(node) - 1;
        numbers.set(node, number);
      }
      steps.push(['f', name, number]);
    }
  };
  const enter = (name: string, { entries, explicit, opaque, removed, closed }: Directory) => {
    const step: Step = ['d', name, explicit, opaque, [...(removed ?? [])]];
    if (closed !== undefined) step.push(closed);
    steps.push(step);
    for (const [below, node] of entries) write(below, node);
    steps.push(0);
  };
  enter('', root);
  return { nodes, steps };
}

/** Reads what encodeTree wrote. */
export function decodeTree({ nodes, steps }: TreeCode): Directory {
  const top = new Directory();
  const trail = [top];
  for (const step of steps) {
    const here = trail.at(-1) ?? top;
    if (step === 0) trail.pop();
    else if (typeof step === 'string') here.entries.set(step, PLAIN);
    else if (step[0] === 'd') trail.push(enterDirectory(here, step));
    else here.entries.set(step[1], nodeOf(step, nodes));
  }
  const root = top.entries.get('');
  return root instanceof Directory ? root : top;
}

function enterDirectory(
  parent: Directory,
  [, name, explicit, opaque, removed, closed]: Extract<Step, ['d', ...unknown[]]>,
): Directory {
  const directory = new Directory(explicit);
  directory.opaque = opaque;
  directory.closed = closed;
  for (const one of removed) directory.remove(one);
  parent.entries.set(name, directory);
  return directory;
}

function nodeOf(
  step: Extract<Step, ['f' | 'l' | 'o' | 't', ...unknown[]]>,
  nodes: readonly Listed[],
): Node {
  if (step[0] === 'o') return OTHER;
  if (step[0] === 'l') return new FarLink(step[2]);
  if (step[0] === 't') return new TextFile(step[2]);
  return nodes[step[2]] ?? PLAIN;
}
