#!/usr/bin/env node
// @ts-check
// The lab for people: start an engine by hand, look at it, and end it.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadBusybox, loadDebian } from './images.mjs';
import { startEngine, sweep, whyNoLab } from './lab.mjs';
import { ensureEngine, ENGINE_VERSIONS } from './packages.mjs';
import { isAlive } from './processes.mjs';
import { pause } from './run.mjs';

const USAGE = `Usage: node test/lab/cli.mjs COMMAND [NAME]

  fetch                     download every engine the lab can start
  up NAME [options]         start an engine; prints what to eval: export DOCKER_HOST=…
      --docker 20.10|26.1|28.5   its version (20.10)
      --containerd               the containerd image store
      --rules all|none|arm64,…   the binfmt_misc rules it has (all)
      --net                      a way out to the internet
      --busybox, --debian        load these base images
  list                      engines that run
  sh NAME [-- COMMAND…]     a shell (or a command) inside the engine's namespaces
  down NAME                 end it

Needs root, Debian and Linux 6.7. Nothing of the machine's own Docker or rules is touched.
`;

/**
 * @typedef {object} Known What `up` leaves for the other commands.
 * @property {string} name
 * @property {number} keeper Process that holds the engine; it ends the engine when it ends.
 * @property {string[]} enter Arguments for nsenter.
 * @property {string} version
 * @property {Record<string, string>} env
 */

/** @param {string} name */
const fileOf = (name) => join(tmpdir(), `xbuild-lab.${name.replaceAll('/', '_')}.json`);

/** @param {string} name @returns {Known} */
function known(name) {
  const file = fileOf(name);
  if (!existsSync(file)) throw new Error(`No engine named ${name}: see "list".`);
  return /** @type {Known} */ (JSON.parse(readFileSync(file, 'utf8')));
}

/** @param {Record<string, string>} env */
const exportsOf = (env) =>
  Object.entries(env)
    .map(([key, value]) => `export ${key}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
    .join('');

/** @type {(name: string, argv: string[]) => Promise<void>} */
async function up(name, argv) {
  const [file, log] = [fileOf(name), `${fileOf(name)}.log`];
  if (existsSync(file) && isAlive(known(name).keeper)) throw new Error(`${name} runs already.`);
  await rm(file, { force: true });
  // The engine ends with the process that started it, so one stays behind to hold it.
  const out = openSync(log, 'w');
  const argument = [process.argv[1] ?? '', 'keep', name, ...argv];
  const keeper = spawn(process.execPath, argument, { detached: true, stdio: ['ignore', out, out] });
  closeSync(out);
  keeper.unref();
  while (!existsSync(file)) {
    if (keeper.exitCode !== null) throw new Error(readFileSync(log, 'utf8'));
    await pause(50);
  }
  process.stdout.write(exportsOf(known(name).env));
}

/**
 * @param {string} name
 * @param {{docker?: string, rules?: string, containerd?: boolean, net?: boolean, busybox?: boolean, debian?: boolean}} values
 */
async function keep(name, values) {
  const rules = values.rules ?? 'all';
  const lab = await startEngine({
    version: /** @type {import('./packages.mjs').EngineVersion} */ (values.docker ?? '20.10'),
    store: values.containerd ? 'containerd' : 'classic',
    rules:
      rules === 'all' || rules === 'none'
        ? rules
        : /** @type {import('./rules.mjs').RuleArch[]} */ (rules.split(',')),
    // debootstrapping needs the network; an engine with Debian in it usually installs packages too.
    net: Boolean(values.net ?? values.debian),
    name,
  });
  if (values.busybox) await loadBusybox(lab);
  if (values.debian) await loadDebian(lab);
  const { version, env } = lab;
  /** @type {Known} */
  const row = { name, keeper: process.pid, enter: lab.enter(), version, env };
  await writeFile(fileOf(name), JSON.stringify(row));
  const end = async () => {
    await lab.stop();
    await rm(fileOf(name), { force: true });
    await rm(`${fileOf(name)}.log`, { force: true });
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => void end());
  // A process without anything to wait for ends; the engine's own handle is enough while it lives.
  setInterval(() => !isAlive(lab.pid) && void end(), 1000);
}

/** @param {string} name */
async function down(name) {
  const { keeper } = known(name);
  if (isAlive(keeper)) process.kill(keeper, 'SIGTERM');
  while (isAlive(keeper)) await pause(20);
  await rm(fileOf(name), { force: true });
  await sweep();
}

function list() {
  for (const entry of readdirSync(tmpdir())) {
    const name = /^xbuild-lab\.(.+)\.json$/.exec(entry)?.[1];
    if (name === undefined) continue;
    const { keeper, version, env } = known(name);
    const state = isAlive(keeper) ? 'runs' : 'dead';
    process.stdout.write(`${name}  ${version}  ${state}  ${env['DOCKER_HOST']}\n`);
  }
}

/** @type {(name: string, command: string[]) => void} */
function enter(name, command) {
  const { enter: path, env } = known(name);
  const argv = [...path, ...(command.length > 0 ? command : ['bash', '-i'])];
  const ended = spawnSync('nsenter', argv, { stdio: 'inherit', env: { ...process.env, ...env } });
  process.exitCode = ended.status ?? 1;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      docker: { type: 'string' },
      containerd: { type: 'boolean' },
      rules: { type: 'string' },
      net: { type: 'boolean' },
      busybox: { type: 'boolean' },
      debian: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [verb, name, ...rest] = positionals;
  const reason = whyNoLab();
  if (reason) throw new Error(reason);
  if (verb === 'list') return list();
  if (verb === 'fetch') {
    for (const version of ENGINE_VERSIONS)
      process.stdout.write(`${(await ensureEngine(version)).version}\n`);
    return undefined;
  }
  if (verb === undefined || name === undefined || values.help)
    return void process.stdout.write(USAGE);
  if (verb === 'up') return up(name, process.argv.slice(process.argv.indexOf(name) + 1));
  if (verb === 'keep') return keep(name, values);
  if (verb === 'down') return down(name);
  if (verb === 'sh') return enter(name, rest);
  throw new Error(USAGE);
}

await main().catch((/** @type {Error} */ error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
