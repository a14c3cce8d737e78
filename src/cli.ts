#!/usr/bin/env node
// Nothing is imported before it is known to be needed: start-up is felt at every call.
declare const XBUILD_VERSION: string;

async function start(argv: readonly string[]): Promise<number> {
  // One file of its own: what only reads this machine's rules is asked often, and is to be quick.
  const done = argv[0] === 'binfmt' ? await (await import('./quick.ts')).quick(argv) : undefined;
  return done ?? (await import('./main.ts')).main(argv);
}

const argv = process.argv.slice(2);
const [first] = argv;
if (first === '--version' || first === '-v' || first === 'version') {
  process.stdout.write(`xbuild ${XBUILD_VERSION}\n`);
} else {
  void start(argv).then((status) => (process.exitCode = status));
}
