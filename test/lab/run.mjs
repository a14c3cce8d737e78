// @ts-check
// One way to start a program and wait for it, for every part of the lab.
import { spawn } from 'node:child_process';

/**
 * @typedef {object} Finished How a program ended.
 * @property {number} code Exit code; 128 + signal number is not imitated: a killed program has -1.
 * @property {string} stdout
 * @property {string} stderr
 *
 * @typedef {object} RunOptions
 * @property {NodeJS.ProcessEnv} [env] The whole environment; default: this process's.
 * @property {string} [cwd]
 * @property {string | Buffer} [input] Written to standard input, which is then closed.
 * @property {number} [timeout] Milliseconds until SIGKILL.
 * @property {number} [uid] Run as this user.
 * @property {number} [gid]
 * @property {boolean} [check] Throw unless the exit code is 0; default true.
 */

/**
 * Runs a program to its end and collects what it printed.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Finished>}
 * @throws {Error} when it cannot be started, or ends with another code than 0 and `check` is not false
 */
export async function run(file, args, options = {}) {
  const { input, check = true, ...rest } = options;
  const child = spawn(file, args, { ...rest, stdio: 'pipe', killSignal: 'SIGKILL' });
  /** @type {Buffer[]} */ const out = [];
  /** @type {Buffer[]} */ const err = [];
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.on('data', (chunk) => err.push(chunk));
  // A program that ends without reading its input is not our error: its exit code speaks.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  /** @type {number} */
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? -1));
  });
  const ended = { code, stdout: String(Buffer.concat(out)), stderr: String(Buffer.concat(err)) };
  if (check && code !== 0) {
    const said = (ended.stderr || ended.stdout).trim().split('\n').slice(-12).join('\n');
    throw new Error(`${file} ${args.join(' ')} ended with ${code}:\n${said}`);
  }
  return ended;
}

/**
 * Waits, so that loops which poll read as one line.
 *
 * @param {number} ms
 * @returns {Promise<void>}
 */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
