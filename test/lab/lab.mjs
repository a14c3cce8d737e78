// @ts-check
// Real Docker engines that touch nothing: each runs in a user namespace of its own, and with it
// has a binfmt_misc table, mounts, processes and a network of its own.
import { existsSync, readFileSync } from 'node:fs';
import {
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  open,
  opendir,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { request } from 'node:http';
import { release, tmpdir } from 'node:os';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureEngine } from './packages.mjs';
import { qemuRule, RULE_ARCHES } from './rules.mjs';
import { pause, run } from './run.mjs';
import { childrenOf, isAlive, removeCgroups, startTime } from './processes.mjs';

/** @typedef {import('./packages.mjs').EngineVersion} EngineVersion */
/** @typedef {import('./rules.mjs').RuleArch} RuleArch */
/** @typedef {import('./run.mjs').Finished} Finished */
/** @typedef {import('./run.mjs').RunOptions} RunOptions */

/**
 * @typedef {object} LabOptions
 * @property {EngineVersion} [version] Default '20.10'.
 * @property {'classic' | 'containerd'} [store] Image store; 'containerd' needs 26.1 or newer. Default 'classic'.
 * @property {'all' | 'none' | readonly (RuleArch | `:${string}`)[]} [rules] Architectures whose Debian rule
 *   is registered before the engine starts; a text that begins with ':' is registered as it is. Default 'all'.
 * @property {boolean} [net] Give the lab's network a way out, for builds and containers too (and with
 *   reach() to a registry on the machine's loopback). Default false: none.
 * @property {{port: number}} [mirror] A registry on the machine's loopback (startRegistry) from which
 *   images without a host in their name are pulled: `FROM busybox` then works for every platform,
 *   on every store. Brings `net` with it.
 * @property {boolean} [usernsRemap] Let the daemon remap container users (to 300000…).
 * @property {EngineVersion} [cli] Use another version's command; default the engine's.
 * @property {boolean} [buildx] Give the command its buildx plugin; default true where it has one.
 * @property {string} [dataSize] Keep the engine's data on a tmpfs of this size ('64m'), to fill it.
 * @property {Record<string, unknown>} [daemonJson] More keys for daemon.json.
 * @property {string} [name] Part of the directory's name, and the engine's host name. Default 'lab'.
 *
 * @typedef {object} Rule One entry of the rule table, as the kernel shows it.
 * @property {string} name
 * @property {boolean} enabled
 * @property {string} interpreter
 * @property {string} flags
 * @property {number | undefined} offset
 * @property {string | undefined} magic Hex.
 * @property {string | undefined} mask Hex; undefined when the rule has none.
 * @property {string | undefined} extension
 */

const BINFMT = '/proc/sys/fs/binfmt_misc';
/** How the directories of labs and their servers begin, below the directory for temporary files. */
export const PREFIX = 'xbuild-lab-';

/**
 * Says why no lab can run on this machine, so that tests can skip with the reason.
 *
 * @returns {string | undefined} one sentence; undefined when all is well
 */
export function whyNoLab() {
  if (process.platform !== 'linux') return `A lab needs Linux; this is ${process.platform}.`;
  if (process.getuid?.() !== 0) return 'A lab needs root, to write the user map of a namespace.';
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 7))
    return `A lab needs Linux 6.7 for a binfmt_misc table of its own; this is ${release()}.`;
  if (!existsSync('/usr/bin/apt-get')) return 'A lab needs apt, and Debian 12 or newer.';
  if (readNumber('/proc/sys/user/max_user_namespaces') === 0)
    return 'User namespaces are not allowed here (user.max_user_namespaces is 0).';
  if (!readFileSync('/proc/filesystems', 'utf8').includes('overlay') && !existsSync('/lib/modules'))
    return 'The kernel has no overlay file system.';
  return undefined;
}

/** @param {string} path */
function readNumber(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

// Runs as the parent of everything. Its own parent (Node) writes the user map after `ready`.
// The death signal goes in last: changing user clears it.
const OUTER = `echo ready; read -r go || exit 1
exec setpriv --pdeathsig KILL --reuid 0 --regid 0 --clear-groups \
  unshare --mount --net --pid --ipc --uts --cgroup --fork --kill-child=KILL --mount-proc sh "$LAB/init" < /dev/null`;

// Process 1 of the lab. It stays a shell, to reap what containers leave behind.
const INIT = String.raw`set -eu
mount --make-rprivate /
mount -t binfmt_misc binfmt_misc ${BINFMT}
echo "$LAB_NAME" > /proc/sys/kernel/hostname
# slirp4netns answers there, whatever the machine's own name server is.
echo 'nameserver 10.0.2.3' > "$LAB/resolv.conf"
target=$(readlink -f /etc/resolv.conf || true)
mount -t tmpfs -o mode=755 tmpfs /run
case $target in /run/*) mkdir -p "$(dirname "$target")"; : > "$target";; esac
[ ! -e "$target" ] || mount --bind "$LAB/resolv.conf" "$target"
# 20.10 writes a key to the one, containerd makes a directory in the other.
[ ! -d /etc/docker ] || mount -t tmpfs tmpfs /etc/docker
if [ -d /opt ]; then
  mkdir "$LAB/opt" "$LAB/opt.work"
  mount -t overlay -o "userxattr,lowerdir=/opt,upperdir=$LAB/opt,workdir=$LAB/opt.work" overlay /opt
fi
if [ -n "$LAB_REMAP" ]; then
  echo daemon:300000:65536 > "$LAB/subids"
  for file in /etc/subuid /etc/subgid; do [ -e $file ] && mount --bind "$LAB/subids" $file; done
fi
[ -z "$LAB_DATA_SIZE" ] || mount -t tmpfs -o "size=$LAB_DATA_SIZE" tmpfs "$LAB/data"
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
while IFS= read -r rule; do printf '%s' "$rule" > ${BINFMT}/register; done < "$LAB/rules"
container=xbuild-lab dockerd "$@" > "$LAB/log" 2>&1 &
wait $!
`;

/**
 * Starts a private Docker engine and waits until it answers.
 *
 * @param {LabOptions} [options]
 * @returns {Promise<Lab>}
 * @throws {Error} the reason when no lab can run here, or the engine's log when it did not start
 */
export async function startEngine(options = {}) {
  if (options.mirror) options = { ...options, net: true };
  const reason = whyNoLab();
  if (reason) throw new Error(reason);
  const { version = '20.10', store = 'classic' } = options;
  if (store === 'containerd' && version === '20.10')
    throw new Error('Docker 20.10 has no containerd image store.');
  if (store === 'containerd' && options.usernsRemap)
    throw new Error('Docker cannot build with userns-remap on a containerd image store.');
  const engine = await ensureEngine(version);
  const command = options.cli ? await ensureEngine(options.cli) : engine;
  await sweep();
  const dir = await mkdtemp(join(tmpdir(), `${PREFIX}${options.name ?? 'lab'}-`));
  // mkdtemp makes it private, but remapped users and tests as another user must get through.
  await chmod(dir, 0o711);
  const lab = new Lab(dir, options, engine.version, await environment(dir, command, options));
  try {
    await prepare(dir, options);
    await lab.boot(engine.engineDir);
    if (options.mirror) await lab.reach(options.mirror.port);
    return lab;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/**
 * @param {RuleArch | `:${string}`} rule
 * @returns {rule is `:${string}`}
 */
const isLine = (rule) => rule.startsWith(':');

/** @type {(dir: string, options: LabOptions) => Promise<void>} */
async function prepare(dir, options) {
  const { store = 'classic', rules = 'all', net = false, mirror, daemonJson = {} } = options;
  const wanted = rules === 'all' ? RULE_ARCHES : rules === 'none' ? [] : rules;
  const lines = wanted.map((rule) => (isLine(rule) ? rule : qemuRule(rule)));
  await mkdir(join(dir, 'data'));
  await writeFile(join(dir, 'rules'), lines.map((line) => `${line}\n`).join(''));
  await writeFile(join(dir, 'init'), INIT);
  const config = {
    'insecure-registries': ['127.0.0.0/8'],
    'cgroup-parent': `/${cgroupOf(dir)}`,
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    'shutdown-timeout': 1,
    // Only the way out needs address translation.
    iptables: net,
    ip6tables: false,
    ...(mirror ? { 'registry-mirrors': [`http://127.0.0.1:${mirror.port}`] } : {}),
    ...(store === 'containerd' ? { features: { 'containerd-snapshotter': true } } : {}),
    ...(options.usernsRemap ? { 'userns-remap': 'daemon' } : {}),
    ...daemonJson,
  };
  await writeFile(join(dir, 'daemon.json'), JSON.stringify(config, undefined, 2));
}

/**
 * @param {string} dir
 * @param {import('./packages.mjs').EnginePrograms} command
 * @param {LabOptions} options
 */
async function environment(dir, command, options) {
  const config = join(dir, 'config');
  await mkdir(join(config, 'cli-plugins'), { recursive: true });
  await writeFile(join(config, 'config.json'), '{}\n');
  await mkdir(join(dir, 'bin'));
  await place(join(command.cliDir, 'docker'), join(dir, 'bin', 'docker'));
  if (command.buildx && options.buildx !== false)
    await place(command.buildx, join(config, 'cli-plugins', 'docker-buildx'));
  return {
    PATH: `${join(dir, 'bin')}:${process.env.PATH ?? '/usr/bin:/bin'}`,
    DOCKER_HOST: `unix://${join(dir, 'docker.sock')}`,
    DOCKER_CONFIG: config,
  };
}

/**
 * Puts a program where every user can run it; the cache is often below /root.
 *
 * @type {(from: string, to: string) => Promise<void>}
 */
async function place(from, to) {
  const file = await realpath(from);
  await link(file, to).catch(() => copyFile(file, to));
}

/** @param {string} dir */
const cgroupOf = (dir) => dir.slice(dir.lastIndexOf('/') + 1);

/** One running engine, with the namespaces it lives in. */
export class Lab {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #outer;
  /** @type {number | undefined} */
  #init;
  /** @type {Promise<void> | undefined} */
  #wayOut;
  /** @type {LabOptions} */
  #options;

  /**
   * @param {string} dir
   * @param {LabOptions} options
   * @param {string} version
   * @param {{PATH: string, DOCKER_HOST: string, DOCKER_CONFIG: string}} env
   */
  constructor(dir, options, version, env) {
    this.#options = options;
    /** Everything the lab has on disk; gone after stop(). */
    this.dir = dir;
    /** Full version of the engine, such as 28.5.2+dfsg4. */
    this.version = version;
    /** Image store of the engine. */
    this.store = options.store ?? 'classic';
    /** What to add to process.env so that `docker` and `docker buildx` are the lab's. */
    this.env = env;
    /** Address of the engine, unix://…; the socket is `${dir}/docker.sock`. */
    this.dockerHost = env.DOCKER_HOST;
    /** File of the engine's socket, to take away permission from. */
    this.socket = join(dir, 'docker.sock');
    /** Process id of dockerd on the machine, to kill it in the middle of something. */
    this.pid = 0;
  }

  /**
   * Creates the namespaces and starts the daemon; startEngine() calls it.
   *
   * @param {string} engineDir
   * @returns {Promise<void>}
   */
  async boot(engineDir) {
    const own = { pid: process.pid, start: startTime(process.pid) };
    await writeFile(join(this.dir, 'owner.json'), JSON.stringify(own));
    const log = await open(join(this.dir, 'init.log'), 'w');
    const daemonArgs = ['--config-file', join(this.dir, 'daemon.json'), '-H', this.dockerHost];
    daemonArgs.push('--data-root', join(this.dir, 'data'), '--exec-root', '/run/docker');
    daemonArgs.push('--pidfile', '/run/docker.pid');
    const outer = spawn('unshare', ['--user', 'sh', '-c', withArguments(OUTER, daemonArgs)], {
      // A Ctrl-C in the terminal is for the test runner; the lab ends with it, by death signal.
      detached: true,
      stdio: ['pipe', 'pipe', log.fd],
      env: {
        PATH: `${engineDir}:/usr/sbin:/usr/bin:/sbin:/bin`,
        HOME: this.dir,
        LAB: this.dir,
        LAB_NAME: cgroupOf(this.dir),
        LAB_REMAP: this.#options.usernsRemap ? 'yes' : '',
        LAB_DATA_SIZE: this.#options.dataSize ?? '',
      },
    });
    this.#outer = outer;
    await new Promise((resolve, reject) => {
      outer.once('error', reject);
      outer.once('exit', () => reject(new Error('no user namespace')));
      outer.stdout?.once('data', resolve);
    }).catch((/** @type {Error} */ error) => this.#explain(error.message));
    // Ids one to one, so files keep their owners and userns-remap finds room above 65535. Not quite
    // all: a map of all 4294967295 is how programs tell that they are in no user namespace.
    await writeFile(`/proc/${outer.pid}/uid_map`, '0 0 4294967294');
    await writeFile(`/proc/${outer.pid}/gid_map`, '0 0 4294967294');
    outer.stdin?.end('go\n');
    await log.close();
    await this.#untilReady();
  }

  /** @returns {Promise<void>} */
  async #untilReady() {
    const end = Date.now() + 30_000;
    while (Date.now() < end) {
      if (this.#outer?.exitCode !== null) break;
      this.#init ??= childrenOf(this.#outer.pid ?? 0)[0];
      if (this.#options.net && this.#init) this.#wayOut ??= connect(this.dir, this.#init);
      if (existsSync(this.socket) && (await answers(this.socket))) {
        await this.#wayOut;
        this.pid = childrenOf(this.#one)[0] ?? 0;
        return;
      }
      await pause(15);
    }
    await this.#explain('the engine did not start');
  }

  /**
   * @param {string} what
   * @returns {Promise<never>}
   */
  async #explain(what) {
    const said = await Promise.all(
      ['init.log', 'net.log', 'log'].map((name) =>
        readFile(join(this.dir, name), 'utf8').catch(() => ''),
      ),
    );
    const lines = said.join('').trim().split('\n').slice(-12).join('\n');
    throw new Error(`Lab: ${what}.\n${lines}`);
  }

  /** @returns {number} process 1 of the lab, as the machine numbers it */
  get #one() {
    if (this.#init === undefined) throw new Error('This lab does not run.');
    return this.#init;
  }

  /**
   * Runs the lab's `docker` command against its engine.
   *
   * @param {readonly string[]} args
   * @param {RunOptions} [options]
   * @returns {Promise<Finished>}
   * @throws {Error} what docker said, unless `check` is false
   */
  docker(args, options = {}) {
    return run(join(this.env.PATH.split(':')[0] ?? '', 'docker'), args, {
      ...options,
      env: { ...cleanEnvironment(), ...this.env, ...options.env },
    });
  }

  /**
   * Runs a program inside the lab's namespaces, as its root.
   *
   * @param {readonly string[]} argv
   * @param {RunOptions} [options]
   * @returns {Promise<Finished>}
   * @throws {Error} what it said, unless `check` is false
   */
  exec(argv, options = {}) {
    return run('nsenter', [...this.enter(), ...argv], {
      ...options,
      env: options.env ?? { ...cleanEnvironment(), ...this.env },
    });
  }

  /**
   * Gives the arguments for nsenter that lead into the lab, for programs that must go on running.
   *
   * @returns {string[]} to be followed by the program
   */
  enter() {
    const kinds = ['--user', '--mount', '--pid', '--ipc', '--uts', '--net'];
    return ['--target', String(this.#one), ...kinds, '--setuid', '0', '--setgid', '0', '--'];
  }

  /**
   * Registers a rule in the lab's table, exactly as given.
   *
   * @param {string | Buffer} line a register string, such as qemuRule() makes
   * @returns {Promise<void>}
   * @throws {Error} the kernel's reason, such as EEXIST or EINVAL
   */
  async register(line) {
    // From inside, because flag F opens the interpreter at once, in the writer's mounts.
    await this.exec(['dd', 'bs=64k', 'status=none', `of=${BINFMT}/register`, 'conv=notrunc'], {
      input: line,
    });
  }

  /**
   * Turns one rule on or off, or removes it.
   *
   * @param {string} name
   * @param {'0' | '1' | '-1'} value
   * @returns {Promise<void>}
   */
  writeRule(name, value) {
    return writeFile(this.#path(name), value);
  }

  /**
   * Turns the whole table on or off, or empties it.
   *
   * @param {'0' | '1' | '-1'} value
   * @returns {Promise<void>}
   */
  status(value) {
    return writeFile(this.#path('status'), value);
  }

  /** @param {string} name */
  #path(name) {
    return join(`/proc/${this.#one}/root`, BINFMT, name);
  }

  /**
   * Reads the lab's rule table, in the order in which the kernel tries the rules.
   *
   * @returns {Promise<{mounted: boolean, enabled: boolean, rules: Rule[]}>}
   */
  async table() {
    const status = await readFile(this.#path('status'), 'utf8').catch(() => undefined);
    if (status === undefined) return { mounted: false, enabled: false, rules: [] };
    /** @type {Rule[]} */ const rules = [];
    // opendir, because readdir sorts by name; the kernel lists the newest first, and so it tries them.
    for await (const { name } of await opendir(this.#path('.'))) {
      if (name === 'status' || name === 'register') continue;
      rules.push(parseRule(name, await readFile(this.#path(name), 'utf8')));
    }
    return { mounted: true, enabled: status.trim() === 'enabled', rules };
  }

  /**
   * Unmounts the lab's rule table. Since Linux 6.7 the rules go with it, and what the machine
   * itself has (often nothing) shines through.
   *
   * @returns {Promise<void>}
   */
  async umountBinfmt() {
    await this.exec(['umount', BINFMT]);
  }

  /**
   * Makes a port of the machine's loopback one of the lab's loopback: a registry at 127.0.0.1:PORT
   * then has the same name for the engine and for the test. Needs the option `net`.
   *
   * @param {number} port
   * @returns {Promise<void>}
   * @throws {Error} without `net`
   */
  async reach(port) {
    if (!this.#options.net) throw new Error('Lab: reach() needs the option net.');
    const rule = ['-p', 'tcp', '--dport', String(port)];
    // 10.0.2.2 is the machine's loopback in slirp4netns; a sender of 127.0.0.1 would be dropped.
    await this.exec(['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet']);
    for (const more of [
      ['OUTPUT', '-d', '127.0.0.1', ...rule, '-j', 'DNAT', '--to-destination', `10.0.2.2:${port}`],
      ['POSTROUTING', '-d', '10.0.2.2', ...rule, '-j', 'MASQUERADE'],
    ])
      await this.exec(['iptables', '--wait', '-t', 'nat', '-I', ...more]);
  }

  /**
   * Ends the engine and its containers at once, and removes all it had on disk.
   *
   * @returns {Promise<void>}
   */
  async stop() {
    const outer = this.#outer;
    this.#outer = undefined;
    this.#init = undefined;
    if (outer && outer.exitCode === null && outer.signalCode === null) {
      const gone = new Promise((resolve) => outer.once('exit', resolve));
      const [init] = childrenOf(outer.pid ?? 0);
      // Process 1 takes every process of the lab with it.
      outer.kill('SIGKILL');
      await gone;
      if (init !== undefined) await untilGone(init);
    }
    await clear(this.dir);
  }

  /** Lets `await using lab = await startEngine()` stop it. */
  [Symbol.asyncDispose]() {
    return this.stop();
  }
}

/** @param {number} pid */
async function untilGone(pid) {
  while (isAlive(pid)) await pause(5);
}

/** @param {string} dir */
async function clear(dir) {
  await removeCgroups(cgroupOf(dir));
  // The last mounts of a killed namespace are undone a moment after its processes are gone.
  await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/**
 * Removes what labs of killed processes have left: directories and control groups.
 *
 * @returns {Promise<string[]>} the directories that were removed
 */
export async function sweep() {
  /** @type {string[]} */ const removed = [];
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const dir = join(tmpdir(), name);
    const owner = await readFile(join(dir, 'owner.json'), 'utf8').catch(() => undefined);
    if (owner === undefined) {
      // It may be one that is just being made.
      const made = await stat(dir).catch(() => undefined);
      if (made && Date.now() - made.mtimeMs > 60_000) await clear(dir);
      continue;
    }
    const { pid, start } = /** @type {{pid: number, start: string}} */ (JSON.parse(owner));
    if (startTime(pid) === start) continue;
    await clear(dir);
    removed.push(dir);
  }
  return removed;
}

/**
 * Leads a lab's network out without a change to the machine's: connections leave as if
 * slirp4netns had made them. (pasta of Debian 12 loses what a bridge forwards.)
 *
 * @param {string} dir
 * @param {number} init
 * @returns {Promise<void>} when there is a way out
 * @throws {Error} when there is none after five seconds
 */
async function connect(dir, init) {
  const log = await open(join(dir, 'net.log'), 'w');
  const slirp = ['slirp4netns', '--configure', '--mtu=1500', String(init), 'tap0'];
  // In the lab's process namespace, so that it ends with the lab, and in no other of its namespaces.
  const child = spawn('nsenter', ['--target', String(init), '--pid', '--', ...slirp], {
    stdio: ['ignore', log.fd, log.fd],
  });
  child.on('error', () => {});
  await log.close();
  const end = Date.now() + 5000;
  while (Date.now() < end) {
    const routes = await readFile(`/proc/${init}/net/route`, 'utf8').catch(() => '');
    if (/^\S+\s+00000000\s/m.test(routes)) return;
    await pause(10);
  }
  throw new Error(`Lab: no way out.\n${await readFile(join(dir, 'net.log'), 'utf8')}`);
}

/** @returns {NodeJS.ProcessEnv} this environment without what would change docker's mind */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !name.startsWith('DOCKER_') && !name.startsWith('BUILDX_') && !name.startsWith('BUILDKIT_'),
  );
  return Object.fromEntries(kept);
}

/** @type {(script: string, args: readonly string[]) => string} */
const withArguments = (script, args) =>
  script.replace('"$LAB/init"', `"$LAB/init" ${args.map((arg) => `'${arg}'`).join(' ')}`);

/**
 * Asks whether an engine answers on a socket.
 *
 * @param {string} socketPath
 * @returns {Promise<boolean>}
 */
function answers(socketPath) {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/_ping', timeout: 2000 }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
    });
    asked.once('error', () => resolve(false));
    asked.once('timeout', () => asked.destroy());
    asked.end();
  });
}

/**
 * @param {string} name
 * @param {string} text
 * @returns {Rule}
 */
function parseRule(name, text) {
  /** @param {string} key */
  const field = (key) => new RegExp(`^${key} ?(.*)$`, 'm').exec(text)?.[1];
  const offset = field('offset');
  return {
    name,
    enabled: text.startsWith('enabled'),
    interpreter: field('interpreter') ?? '',
    flags: field('flags:') ?? '',
    offset: offset === undefined ? undefined : Number(offset),
    magic: field('magic'),
    mask: field('mask'),
    extension: field('extension'),
  };
}
