// Runs all tests, with real engines; the last line counts them. Further words go to vitest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensurePackages } from './prepare.mjs';

ensurePackages();
ensureBuilt();
await installForLab();
const folder = mkdtempSync(join(tmpdir(), 'xbuild-test-'));
const file = join(folder, 'results.json');
const words = [
  'vitest',
  'run',
  '--reporter=default',
  '--reporter=json',
  '--reporter=./scripts/second-try.mjs',
  `--outputFile.json=${file}`,
];
const { status } = spawnSync('npx', [...words, ...process.argv.slice(2)], { stdio: 'inherit' });
const results = readResults();
rmSync(folder, { recursive: true, force: true });

const { numPassedTests: passed, numFailedTests, numPendingTests: skipped, testResults } = results;
// A file that cannot be loaded runs no test; it counts as one that failed.
const broken = testResults.filter(
  (one) => one.status === 'failed' && one.assertionResults.length === 0,
);
const failed = numFailedTests + broken.length;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = status === 0 && failed === 0 ? 0 : 1;

/** Once, and not by several test files at a time: apt has one lock. */
async function installForLab() {
  const { whyNoLab } = await import('../test/lab/lab.mjs');
  const { ensurePackages: ensureDebianPackages } = await import('../test/lab/packages.mjs');
  if (whyNoLab() === undefined) await ensureDebianPackages();
}

function readResults() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, testResults: [] };
  }
}
