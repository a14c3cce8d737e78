import type { FileFacts } from '../model/facts.ts';
import type { ImageContent } from '../model/image-content.ts';
import { Directory, isSymlink, PLAIN, TextFile, type Node } from './layer-tree.ts';

/** What of a tree stands in no inventory, and a judgement asks for. */
export type LookedUp = Pick<ImageContent, 'looked' | 'texts' | 'commands'>;

const mostLinks = 40;

/** What a path leads to through links, and where that is. */
function resolve(root: Directory, path: string): { path: string; node: Node } | undefined {
  const todo = path.split('/').toReversed();
  let trail: { name: string; directory: Directory }[] = [];
  for (let links = 0; todo.length > 0;) {
    const part = todo.pop() ?? '';
    if (part === '' || part === '.') continue;
    if (part === '..') {
      trail.pop();
      continue;
    }
    const node = (trail.at(-1)?.directory ?? root).entries.get(part);
    if (isSymlink(node)) {
      if (++links > mostLinks) return undefined;
      const { target = '' } = node;
      if (target.startsWith('/')) trail = [];
      todo.push(...target.split('/').toReversed());
    } else if (node instanceof Directory) trail.push({ name: part, directory: node });
    else if (node === undefined || todo.some(Boolean)) return undefined;
    else return { path: `${pathOf(trail)}/${part}`, node };
  }
  const directory = trail.at(-1)?.directory;
  return directory === undefined ? undefined : { path: pathOf(trail), node: directory };
}

function pathOf(trail: readonly { name: string }[]): string {
  return trail.map(({ name }) => `/${name}`).join('');
}

const basics = { errno: 'ok', uid: 0, gid: 0 };

function directoryFacts(path: string, { closed }: Directory): FileFacts {
  return { path, kind: 'directory', mode: 0o755, ...basics, ...closed };
}

/** Modes of what is not listed are not kept, but of directories that not all may enter. */
function factsOf(path: string, node: Node): FileFacts[] {
  if (node instanceof Directory) return [directoryFacts(path, node)];
  if (node === PLAIN) return [{ path, kind: 'file', mode: 0o644, ...basics }];
  return [];
}

function commandsOf(node: Node): readonly string[] | undefined {
  return typeof node === 'object' && 'commands' in node ? node.commands : undefined;
}

function isText(name: string): boolean {
  return /^(?:passwd|group|ld\.so\.cache|ld-musl-.*\.path)$/.test(name);
}

/** Where the musl loaders of an image look for their paths. */
function muslPathFiles(root: Directory): string[] {
  const found = resolve(root, '/lib')?.node;
  const names = found instanceof Directory ? [...found.entries.keys()] : [];
  return names
    .flatMap((name) => /^(?<loader>ld-musl-.*)\.so/.exec(name)?.groups?.['loader'] ?? [])
    .map((loader) => `${loader}.path`);
}

/** The texts that were kept; of those that are not there it is known where the whole tree is. */
function textsIn(root: Directory, isWhole: boolean): Record<string, string | null> {
  const etc = root.entries.get('etc');
  const names = ['passwd', 'group', 'ld.so.cache', ...muslPathFiles(root)];
  const entries = etc instanceof Directory ? etc.entries : new Map<string, Node>();
  const found = [...entries].filter(([name]) => isText(name));
  const texts: Record<string, string | null> = {};
  for (const name of isWhole && !isSymlink(etc) ? names : []) {
    if (!entries.has(name)) texts[`/etc/${name}`] = null;
  }
  for (const [name, node] of found) {
    if (node instanceof TextFile) texts[`/etc/${name}`] = node.text;
  }
  return texts;
}

/** The directories that a path without links leads through. */
function* above(root: Directory, path: string): Generator<{ path: string; directory: Directory }> {
  let node: Node | undefined = root;
  for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) {
    node = node.entries.get(path.slice(path.lastIndexOf('/', at - 1) + 1, at));
    if (!(node instanceof Directory)) return;
    yield { path: path.slice(0, at), directory: node };
  }
}

/** Looks paths of a tree up, and the small files that judgements go by. */
export function lookUp(
  root: Directory,
  paths: readonly string[],
  { isWhole }: { isWhole: boolean },
): LookedUp {
  const looked = new Map<string, FileFacts>();
  const commands: Record<string, readonly string[]> = {};
  for (const asked of paths) {
    const found = resolve(root, asked);
    if (found === undefined) continue;
    const executed = commandsOf(found.node);
    if (executed !== undefined) commands[found.path] = executed;
    for (const facts of factsOf(found.path, found.node)) looked.set(facts.path, facts);
    // Those above it too: an inventory has only directories with programs in them.
    for (const { path, directory } of above(root, found.path)) {
      looked.set(path, directoryFacts(path, directory));
    }
  }
  return { looked: [...looked.values()], texts: textsIn(root, isWhole), commands };
}
