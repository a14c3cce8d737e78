#!/usr/bin/env node
// Nothing is imported before it is known to be needed: start-up is felt at every call.
import type { quick } from './quick.ts';

declare const XBUILD_VERSION: string;

/**
 * Loads dist/quick.cjs, with what V8 made of it when it was built: that is half of the time it takes.
 * Another V8 than that one does not take it, and compiles as ever.
 */
function loadQuick(): typeof quick {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { createRequire } = process.getBuiltinModule('node:module');
  const { Script } = process.getBuiltinModule('node:vm');
  const file = new URL('./quick.cjs', import.meta.url);
  const cache = new URL('./quick.v8', import.meta.url);
  const script = new Script(readFileSync(file, 'latin1'), {
    filename: file.pathname,
    cachedData: readFileSync(cache),
  });
  const module: { exports: { quick?: typeof quick } } = { exports: {} };
  const start = script.runInThisContext() as (...words: unknown[]) => void;
  start(module, module.exports, createRequire(import.meta.url));
  if (module.exports.quick === undefined)
    throw new Error('dist/quick.cjs is not what it should be');
  return module.exports.quick;
}

const argv = process.argv.slice(2);
const [first] = argv;
if (first === '--version' || first === '-v' || first === 'version') {
  process.stdout.write(`xbuild ${XBUILD_VERSION}\n`);
} else {
  // Node 22.0 to 22.2 do not have it.
  const can = first === 'binfmt' && 'getBuiltinModule' in process;
  const done = can ? await loadQuick()(argv) : undefined;
  process.exitCode = done ?? (await (await import('./main.ts')).main(argv));
}
