#!/usr/bin/env node
// Nothing is imported before it is known to be needed: start-up is felt at every call.
declare const XBUILD_VERSION: string;

const argv = process.argv.slice(2);
const [first] = argv;
if (first === '--version' || first === '-v' || first === 'version') {
  process.stdout.write(`xbuild ${XBUILD_VERSION}\n`);
} else {
  // One file of its own: what only reads this machine's rules is asked often, and is to be quick.
  const done = first === 'binfmt' ? await (await import('./quick.ts')).quick(argv) : undefined;
  process.exitCode = done ?? (await (await import('./main.ts')).main(argv));
}
