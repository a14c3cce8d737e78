// Writes schema/xbuild.schema.json from the schema that xbuild reads xbuild.yaml with.
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadSource } from './load-source.mjs';

const { configJsonSchema } = await loadSource('src/config/json-schema.ts');
mkdirSync('schema', { recursive: true });
writeFileSync('schema/xbuild.schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
