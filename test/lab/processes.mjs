// @ts-check
// What the lab must know of processes and control groups to end only its own.
import { readdirSync, readFileSync } from 'node:fs';
import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Reads the fields of /proc/PID/stat after the program's name.
 *
 * @param {number} pid
 * @returns {string[]} from the state on; empty when there is no such process
 */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name is in brackets and may itself hold brackets and spaces.
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/**
 * Reads when a process started, which together with its number names it for good.
 *
 * @param {number} pid
 * @returns {string} clock ticks since boot; '' when there is no such process
 */
export const startTime = (pid) => stat(pid)[19] ?? '';

/** @param {number} pid @returns {boolean} whether the process runs; a zombie does not */
export const isAlive = (pid) => !['Z', 'X', undefined].includes(stat(pid)[0]);

/**
 * Lists the children of a process, oldest number first.
 *
 * @param {number} pid
 * @returns {number[]}
 */
export function childrenOf(pid) {
  return readdirSync('/proc')
    .map(Number)
    .filter((candidate) => candidate > 0 && Number(stat(candidate)[1]) === pid)
    .toSorted((left, right) => left - right);
}

/**
 * Removes the control groups of one lab, in every hierarchy.
 *
 * @param {string} name
 * @returns {Promise<void>}
 */
export async function removeCgroups(name) {
  const root = '/sys/fs/cgroup';
  const tops = await readdir(root).catch(() => []);
  for (const top of ['.', ...tops]) {
    await removeTree(join(root, top, name));
  }
}

/** @param {string} dir */
async function removeTree(dir) {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(dir, entry.name));
  await rmdir(dir).catch(() => {});
}
