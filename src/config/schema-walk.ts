import type { Path } from './position.ts';
import { configSchema } from './schema.ts';

/** What is looked at of any of valibot's schemas. */
interface AnySchema {
  type?: string;
  entries?: Record<string, AnySchema>;
  wrapped?: AnySchema;
  item?: AnySchema;
  value?: AnySchema;
  /** Of a union; a picklist has words here. */
  options?: readonly unknown[];
}

const root = configSchema as unknown as AnySchema;

/** The keys of the map at a path of the schema. */
export function keysAt(path: Path): string[] {
  let schemas = [root];
  for (const part of path) schemas = schemas.flatMap(open).flatMap((one) => inside(one, part));
  return schemas.flatMap(open).flatMap(({ entries }) => Object.keys(entries ?? {}));
}

function open(schema: AnySchema): AnySchema[] {
  if (schema.wrapped !== undefined) return open(schema.wrapped);
  if (schema.type === 'union') return ((schema.options ?? []) as AnySchema[]).flatMap(open);
  return [schema];
}

function inside(schema: AnySchema, part: string | number): AnySchema[] {
  const own = Object.hasOwn(schema.entries ?? {}, part) ? schema.entries?.[part] : undefined;
  const found = own ?? schema.item ?? schema.value;
  return typeof found === 'object' ? [found] : [];
}

/** What does not fit the schema's maps, by the way to it. */
interface Misfits {
  /** Lists in place of maps: valibot takes a list for a map with the keys 0, 1 ... */
  lists: Path[];
  /** Keys that no map of the schema has there; valibot names only the first of a map. */
  unknownKeys: Path[];
}

/** Finds what valibot does not tell about the maps of a value. */
export function findMisfits(value: unknown): Misfits {
  const found: Misfits = { lists: [], unknownKeys: [] };
  look([root], value, [], found);
  return found;
}

function look(schemas: readonly AnySchema[], value: unknown, path: Path, found: Misfits): void {
  const opened = schemas.flatMap(open);
  if (Array.isArray(value)) {
    const items = opened.flatMap(({ item }) => (item === undefined ? [] : [item]));
    if (items.length === 0 && opened.some(isMap)) found.lists.push(path);
    if (items.length > 0) value.forEach((one, at) => look(items, one, [...path, at], found));
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const deeper = opened.filter(isMap).flatMap((one) => inside(one, key));
    if (deeper.length === 0 && opened.some(isMap)) found.unknownKeys.push([...path, key]);
    look(deeper, inner, [...path, key], found);
  }
}

function isMap({ type }: AnySchema): boolean {
  return type === 'record' || type === 'strict_object';
}
