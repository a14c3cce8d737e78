// What every script needs first: the packages of package-lock.json, and with `built` also dist/.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a command in the open; a failure ends the script with its status. */
export function must(command, argv, options = {}) {
  const { status, error } = spawnSync(command, argv, { stdio: 'inherit', ...options });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Installs the development packages where they are missing. */
export function ensurePackages() {
  if (existsSync('node_modules/.package-lock.json')) return;
  must('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 2, 2],
  });
}

/** Builds dist/ where it is missing or older than its sources. */
export function ensureBuilt() {
  const built = existsSync('dist/cli.js') ? statSync('dist/cli.js').mtimeMs : 0;
  if (newest('src') > built || newest('scripts') > built) must('node', ['scripts/build.mjs']);
}

function newest(folder) {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? newest(path) : statSync(path).mtimeMs;
  });
  return Math.max(0, ...times);
}
