#!/usr/bin/env node
// Nothing is imported before it is known to be needed: start-up is felt at every call.
declare const XBUILD_VERSION: string;

const [first] = process.argv.slice(2);
if (first === '--version' || first === '-v' || first === 'version') {
  process.stdout.write(`xbuild ${XBUILD_VERSION}\n`);
} else {
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
}
