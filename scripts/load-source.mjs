// Loads one of xbuild's own modules into a script, compiled.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** What a source file exports. */
export async function loadSource(entry) {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const folder = mkdtempSync('node_modules/.load-source-');
  try {
    const outfile = join(folder, 'module.mjs');
    await build({
      entryPoints: [entry],
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      outfile,
      define: { XBUILD_VERSION: JSON.stringify(version) },
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
