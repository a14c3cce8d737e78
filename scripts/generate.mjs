// Writes schema/: that of xbuild.yaml, from the schema that xbuild reads it with, and those of the
// documents of --json, from their types; and docs/api, from what the library exports.
import { mkdirSync, writeFileSync } from 'node:fs';
import { apiPages } from './api-pages.mjs';
import { documentSchemas } from './document-schemas.mjs';
import { loadSource } from './load-source.mjs';

const { configJsonSchema } = await loadSource('src/config/json-schema.ts');
const schemas = { 'xbuild.schema.json': configJsonSchema(), ...documentSchemas() };
mkdirSync('schema', { recursive: true });
for (const [file, schema] of Object.entries(schemas)) {
  writeFileSync(`schema/${file}`, `${JSON.stringify(schema, null, 2)}\n`);
}
mkdirSync('docs/api', { recursive: true });
for (const [file, text] of Object.entries(apiPages())) writeFileSync(file, text);
