// Writes schema/: that of xbuild.yaml, from the schema that xbuild reads it with, and those of the
// documents of --json, from their types.
import { mkdirSync, writeFileSync } from 'node:fs';
import { documentSchemas } from './document-schemas.mjs';
import { loadSource } from './load-source.mjs';

const { configJsonSchema } = await loadSource('src/config/json-schema.ts');
const schemas = { 'xbuild.schema.json': configJsonSchema(), ...documentSchemas() };
mkdirSync('schema', { recursive: true });
for (const [file, schema] of Object.entries(schemas)) {
  writeFileSync(`schema/${file}`, `${JSON.stringify(schema, null, 2)}\n`);
}
