// Holds documents of --json to the schemas that ship with the package.
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

type Json = Record<string, unknown>;

const validators = new Map<string, ValidateFunction>();

/**
 * The schema, with every field that it does not name forbidden: users may find new fields in later
 * versions, but what this version prints is all described.
 */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(
    Object.entries(schema).map(([key, inner]): [string, unknown] => [key, closed(inner)]),
  );
  const open = copy['type'] === 'object' && copy['properties'] !== undefined;
  return open && copy['additionalProperties'] === undefined
    ? { ...copy, additionalProperties: false }
    : copy;
}

function validatorOf(name: string): ValidateFunction {
  const known = validators.get(name);
  if (known !== undefined) return known;
  const url = new URL(`../schema/${name}.schema.json`, import.meta.url);
  const schema = closed(JSON.parse(readFileSync(url, 'utf8'))) as Json;
  const made = new Ajv({ allowUnionTypes: true }).compile(schema);
  validators.set(name, made);
  return made;
}

const ownSchema = new Set(['build', 'preflight', 'verify', 'diagnose', 'check', 'config', 'init']);
const reading = new Set(['list', 'show', 'match', 'explain']);

/** The schema of a command's documents: `binfmt show` has its own, all changes share one. */
export function schemaOf(command: string): string | undefined {
  if (ownSchema.has(command)) return command;
  const [first, second = 'list'] = command.split(' ');
  if (first !== 'binfmt' || second === 'snapshot' || second === 'diff') return undefined;
  return reading.has(second) ? `binfmt-${second}` : 'binfmt-change';
}

/** What is wrong with a document; empty where nothing is, or where no schema is for it. */
export function wrongWith(document: Json): string[] {
  const { command } = document;
  const name = typeof command === 'string' ? schemaOf(command) : undefined;
  if (name === undefined) return [];
  const validate = validatorOf(name);
  if (validate(JSON.parse(JSON.stringify(document)))) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message = '', params }: ErrorObject) =>
      `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
