// Writes schema/xbuild.schema.json from the schema that xbuild reads xbuild.yaml with.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = mkdtempSync('node_modules/.config-schema-');
const outfile = join(folder, 'schema.mjs');
await build({
  entryPoints: ['src/config/json-schema.ts'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  outfile,
  logLevel: 'warning',
});
const { configJsonSchema } = await import(pathToFileURL(outfile).href);
rmSync(folder, { recursive: true, force: true });
mkdirSync('schema', { recursive: true });
writeFileSync('schema/xbuild.schema.json', `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
