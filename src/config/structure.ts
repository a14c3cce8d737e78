import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node,
  type Pair,
} from 'yaml';
import { escapeLine } from '../model/escape.ts';

/** What is wrong at an offset of the text. */
export interface OffsetProblem {
  offset: number;
  message: string;
  hint: string;
}

/** How many values a file may have once its aliases are filled in. */
const MOST_VALUES = 10_000;

/** The tags that say what a value is without another tool: `!!str 1.20`. Source: YAML 1.2.2, 10.3. */
const plainTags = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

/**
 * What is wrong with the anchors, tags and keys of a document: YAML that is valid and yet makes no
 * configuration. Looked at before anything is read from it, since aliases can grow without bound.
 */
export function structureProblems(document: Document, text: string): OffsetProblem[] {
  const looker = new Looker(document, text);
  if (isNode(document.contents)) looker.measure(document.contents);
  return looker.problems;
}

class Looker {
  readonly problems: OffsetProblem[] = [];
  readonly #document: Document;
  readonly #text: string;
  readonly #sizes = new Map<Node, number>();
  readonly #open = new Set<Node>();
  #tooMany = false;

  constructor(document: Document, text: string) {
    this.#document = document;
    this.#text = text;
  }

  /** How many values a node has, its aliases filled in. */
  measure(node: Node): number {
    const known = this.#sizes.get(node);
    if (known !== undefined) return known;
    this.#open.add(node);
    if (!isAlias(node)) this.#lookAtTag(node);
    const size = isAlias(node) ? this.#measureAlias(node) : 1 + this.#measureInside(node);
    this.#open.delete(node);
    this.#sizes.set(node, size);
    return size;
  }

  #measureInside(node: Node): number {
    if (!isCollection(node)) return 0;
    let sum = 0;
    for (const item of node.items) {
      if (isPair(item)) sum += this.#measurePair(item);
      else if (isNode(item)) sum += this.measure(item);
    }
    return sum;
  }

  #measurePair({ key, value }: Pair): number {
    if (isNode(key)) this.#lookAtKey(key);
    const size = isNode(value) ? this.measure(value) : 0;
    if (isScalar(key) && key.source === '<<' && isNode(value)) this.#lookAtMerge(value);
    return size;
  }

  #measureAlias(alias: Alias): number {
    const target = alias.resolve(this.#document);
    const name = escapeLine(alias.source);
    if (target === undefined) {
      this.#complain(
        alias,
        `*${name} stands for nothing: no "&${name}" comes before it`,
        `Define it first, as in x-${name}: &${name} {...}; or put quotation marks around a text that begins with *.`,
      );
      return 0;
    }
    if (this.#open.has(target)) {
      this.#complain(
        alias,
        `*${name} stands inside of what it stands for`,
        'Write out what is meant.',
      );
      return 0;
    }
    const size = this.measure(target);
    if (size <= MOST_VALUES) return size;
    if (!this.#tooMany)
      this.#complain(
        alias,
        `*${name} stands for more than ${MOST_VALUES} values`,
        'Use fewer aliases.',
      );
    this.#tooMany = true;
    return 0;
  }

  #lookAtMerge(value: Node): void {
    const sources = isSeq(value) ? value.items.filter(isNode) : [value];
    for (const source of sources) {
      const target = isAlias(source) ? source.resolve(this.#document) : source;
      if (target !== undefined && !isMap(target))
        this.#complain(source, '"<<" takes maps, and this is none', 'Write "<<: *NAME" of a map.');
    }
  }

  #lookAtTag(node: Node): void {
    const { tag } = node as { tag?: string };
    if (tag === undefined || plainTags.has(tag)) return;
    const shown = escapeLine(tag.replace('tag:yaml.org,2002:', '!!'));
    const [start = 0] = node.range ?? [];
    this.problems.push({
      // A node begins after its tag.
      offset: this.#startOfTag(tag, start),
      message: `the tag ${shown} means nothing here`,
      hint: 'Remove it: there are no includes and no types of other tools.',
    });
  }

  #startOfTag(tag: string, before: number): number {
    const at = this.#text.lastIndexOf(`!${tag.replace(/^.*[!:]/, '')}`, before);
    return Math.max(0, this.#text[at - 1] === '!' ? at - 1 : at);
  }

  #lookAtKey(key: Node): void {
    if (isScalar(key) && key.value === '__proto__')
      this.#complain(key, '"__proto__" is no key', 'Remove it.');
    if (isScalar(key) || isAlias(key)) return;
    const variable = isMap(key) && key.flow === true;
    this.#complain(
      key,
      `a key is a text, and this is a ${isMap(key) ? 'map' : 'list'}`,
      variable
        ? 'Put quotation marks around a text with a variable: "{{git.sha}}".'
        : 'Write "key: value", with a text as the key.',
    );
  }

  #complain(node: Node, message: string, hint: string): void {
    this.problems.push({ offset: node.range?.[0] ?? 0, message, hint });
  }
}
