// Writes dist/quick.v8: all that V8 makes of dist/quick.cjs. V8 takes it only where its version and
// flags are the same, and else compiles the text.
import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

const file = new URL('../dist/quick.cjs', import.meta.url);
// Also the functions that nothing has called yet; the flag must be as usual when the result is made.
setFlagsFromString('--no-lazy');
const script = new Script(readFileSync(file, 'latin1'), { filename: file.pathname });
setFlagsFromString('--lazy');
writeFileSync(new URL('../dist/quick.v8', import.meta.url), script.createCachedData());
