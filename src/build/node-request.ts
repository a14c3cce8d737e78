import { contextName } from '../model/context-name.ts';
import { XbuildError } from '../model/errors.ts';
import { parsePlatformList, type Platform } from '../model/platform.ts';
import type { EndpointFlags } from '../io/endpoint.ts';

/** One engine that a build may use. */
export interface NodeRequest {
  /** For people, and to tell it from the others. */
  name: string;
  /** Absent for the engine that the command itself talks to. */
  endpoint?: EndpointFlags;
  /** The only platforms that it is to build; absent for any. */
  platforms?: Platform[];
}

/** What the command line says of nodes. */
export interface NodeWords {
  /** Values of --node. */
  nodes: readonly string[];
  /** Values of --node-platforms. */
  platforms: readonly string[];
}

/** The name of the engine that the command itself talks to. */
export const OWN_ENGINE = 'default';

/**
 * Reads `--node default`, `--node CONTEXT`, `--node ssh://build@box`, `--node name=unix:///…`, and
 * `--node-platforms NAME=LIST`. Throws `bad-flag` and `bad-platform`.
 */
export function parseNodes({ nodes, platforms }: NodeWords): NodeRequest[] {
  const named = nodes.flatMap(separate).map(parseNode);
  const twice = named.find(({ name }, at) => named.findIndex((one) => one.name === name) !== at);
  if (twice !== undefined) {
    throw new XbuildError(
      'bad-flag',
      `two nodes are called "${twice.name}"`,
      'Leave one out, or give an address a name of its own: --node NAME=ssh://user@host',
    );
  }
  const pins = new Map(platforms.map(parsePin));
  for (const name of pins.keys()) {
    if (!named.some((node) => node.name === name)) throw unknownNode(name, named);
  }
  return named.map((node) => {
    const only = pins.get(node.name);
    return only === undefined ? node : { ...node, platforms: only };
  });
}

/** The nodes of a request, and whether they go together with the rest of it. Throws `bad-flag`. */
export function wantedNodes(
  words: NodeWords,
  { platforms, builder }: { platforms: readonly Platform[]; builder: string | undefined },
): NodeRequest[] {
  const nodes = parseNodes(words);
  if (nodes.length > 0 && builder !== undefined) {
    throw new XbuildError(
      'bad-flag',
      `nodes and the builder "${builder}" (--builder, BUILDX_BUILDER) cannot be used together: a builder has nodes of its own`,
      'Keep one of the two.',
    );
  }
  if (nodes.length > 1 && platforms.length === 0) {
    throw new XbuildError(
      'bad-flag',
      'several nodes need to know what to build, and no --platform was given',
      'Name the platforms: --platform linux/amd64,linux/arm64',
    );
  }
  return nodes;
}

/** Several names may stand in one list, as platforms do; addresses stand alone. */
function separate(word: string): string[] {
  return word.includes('://') ? [word] : word.split(',').map((name) => name.trim());
}

function parseNode(word: string): NodeRequest {
  if (word === OWN_ENGINE) return { name: OWN_ENGINE };
  const [, given, address] = /^(?:([^=:/]+)=)?([a-z]+:\/\/.+)$/s.exec(word) ?? [];
  const name = given ?? (address === undefined ? word : nameOfAddress(address));
  if (address !== undefined) return { name, endpoint: { host: address } };
  if (contextName.test(word)) return { name, endpoint: { context: word } };
  throw new XbuildError(
    'bad-flag',
    `--node is no name of a Docker context and no address: received "${word}"`,
    'Write default, a context (docker context ls), or an address: --node ssh://user@host',
  );
}

/** `ssh://build@box:2222` → `box:2222`; a password in it is not shown. */
function nameOfAddress(address: string): string {
  if (!URL.canParse(address)) return address;
  const { host, pathname } = new URL(address);
  return host === '' ? pathname : host;
}

function parsePin(word: string): [name: string, platforms: Platform[]] {
  const at = word.indexOf('=');
  const list = word.slice(at + 1).split(',');
  if (at > 0 && list.some((one) => one.trim() !== '')) {
    return [word.slice(0, at), parsePlatformList(list)];
  }
  throw new XbuildError(
    'bad-flag',
    `--node-platforms names a node and its platforms: received "${word}"`,
    'Write --node-platforms arm-box=linux/arm64,linux/arm/v7',
  );
}

function unknownNode(name: string, nodes: readonly NodeRequest[]): XbuildError {
  const names = nodes.map((node) => node.name).join(', ');
  return new XbuildError(
    'bad-flag',
    `--node-platforms speaks of a node "${name}", and there is none; there are: ${names || 'none'}`,
    `Name it too: --node ${name}`,
  );
}
