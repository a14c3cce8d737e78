#!/usr/bin/env node
// Compiles the probe's programs (src/probe/native) into src/probe/bin, for every architecture.
//
//   node scripts/build-probe.mjs           rebuild the shipped files
//   node scripts/build-probe.mjs --check   rebuild elsewhere and compare with the shipped bytes
//
// One compiler serves all architectures: Debian 12's clang-19 with lld-19, installed by apt where
// missing (which takes root). The C library is the kernel's nolibc, kept in src/probe/nolibc; the
// kernel's own headers come with linux-libc-dev of Debian 13, which holds those of every
// architecture, unpacked to ${XDG_CACHE_HOME:-~/.cache}/xbuild/probe and never installed. What was
// used is written down in build-probe.lock.json.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src/probe');
const lock = JSON.parse(await readFile(join(root, 'scripts/build-probe.lock.json'), 'utf8'));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'xbuild', 'probe');
const aptEnvironment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

const arm = ['-marm', '-mfloat-abi=soft'];

// The oldest machine of each architecture that a Linux distribution with Docker runs on.
/** @type {{name: string, headers: string, flags: string[], only?: 'guest' | 'launcher'}[]} */
const targets = [
  { name: 'amd64', headers: 'x86_64-linux-gnu', flags: ['--target=x86_64-linux-gnu'] },
  { name: '386', headers: 'i386-linux-gnu', flags: ['--target=i686-linux-gnu', '-march=i586'] },
  { name: 'arm64', headers: 'aarch64-linux-gnu', flags: ['--target=aarch64-linux-gnu'] },
  {
    name: 'arm',
    headers: 'arm-linux-gnueabi',
    flags: ['--target=armv5te-linux-gnueabi', ...arm],
    only: 'launcher',
  },
  {
    name: 'arm-v5',
    headers: 'arm-linux-gnueabi',
    flags: ['--target=armv5te-linux-gnueabi', ...arm],
    only: 'guest',
  },
  {
    name: 'arm-v6',
    headers: 'arm-linux-gnueabi',
    flags: ['--target=armv6k-linux-gnueabi', ...arm, '-DGUEST_ARM_V6'],
    only: 'guest',
  },
  {
    name: 'arm-v7',
    headers: 'arm-linux-gnueabi',
    flags: ['--target=armv7a-linux-gnueabi', ...arm, '-DGUEST_ARM_V7'],
    only: 'guest',
  },
  {
    name: 'riscv64',
    headers: 'riscv64-linux-gnu',
    flags: ['--target=riscv64-linux-gnu', '-march=rv64gc'],
  },
  {
    name: 'ppc64le',
    headers: 'powerpc64le-linux-gnu',
    flags: ['--target=powerpc64le-linux-gnu', '-mcpu=pwr8'],
  },
  { name: 's390x', headers: 's390x-linux-gnu', flags: ['--target=s390x-linux-gnu', '-march=z10'] },
  {
    name: 'mips64le',
    headers: 'mips64el-linux-gnuabi64',
    flags: ['--target=mips64el-linux-gnuabi64', '-march=mips64r2', '-Wno-option-ignored'],
  },
  {
    name: 'loong64',
    headers: 'loongarch64-linux-gnu',
    flags: ['--target=loongarch64-linux-gnu', '-march=loongarch64'],
  },
];

const compilerFlags = [
  '-std=gnu11 -Os -ffreestanding -fno-pic -fno-ident -nostdinc -nostdlib -static',
  '-fno-stack-protector -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections',
  '-Wall -Wextra -Werror',
  // What nolibc itself is not clean of.
  '-Wno-unused-function -Wno-unused-parameter -Wno-sign-compare',
  // Neither paths nor dates nor ids: the same source gives the same bytes anywhere.
  '-no-canonical-prefixes -fuse-ld=lld --ld-path=/usr/lib/llvm-19/bin/ld.lld',
  '-Wl,--gc-sections,--build-id=none,--strip-all,-z,norelro,-z,noseparate-code',
].flatMap((line) => line.split(' '));

async function ensureCompilers() {
  const packages = Object.keys(lock.compilers);
  const program = '/usr/lib/llvm-19/bin/clang';
  if (!existsSync(program) || !existsSync('/usr/lib/llvm-19/bin/ld.lld')) {
    const install = ['install', '-y', '-q', '--no-install-recommends', ...packages];
    const options = ['-o', 'DPkg::Lock::Timeout=120'];
    await run('apt-get', [...options, ...install], { env: aptEnvironment }).catch(async () => {
      await run('apt-get', [...options, 'update'], { env: aptEnvironment });
      await run('apt-get', [...options, ...install], { env: aptEnvironment });
    });
  }
  for (const name of packages) {
    const { stdout } = await run('dpkg-query', ['-W', '-f', '${Version}', name]);
    if (stdout !== lock.compilers[name])
      console.error(`note: ${name} is ${stdout}, the lock file has ${lock.compilers[name]}`);
  }
  return program;
}

/** The mirror that this machine's own apt uses. */
async function findMirror() {
  const format = '$(REPO_URI) $(ORIGIN) $(COMPONENT)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', format]);
  const line = stdout.split('\n').find((text) => /\/debian\/? Debian main$/.test(text));
  if (line === undefined) throw new Error('apt has no mirror of Debian among its sources');
  return line.split(' ')[0];
}

/**
 * Unpacks the kernel's headers to the cache. A release drops old versions: then its present one is
 * taken, and whether that makes a difference is what --check tells.
 */
async function ensureHeaders() {
  const { suite, package: name, version, sha256 } = lock.headers;
  const path = join(cache, `${name}-${version}`);
  if (existsSync(path)) return path;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'apt-'));
  try {
    await mkdir(join(work, 'lists/partial'), { recursive: true });
    await writeFile(join(work, 'status'), '');
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
    const entry = `deb [signed-by=${keyring}] ${await findMirror()} ${suite} main\n`;
    await writeFile(join(work, 'sources.list'), entry);
    const options = Object.entries({
      'Dir::Etc::sourcelist': join(work, 'sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::Etc::preferences': '/dev/null',
      'Dir::Etc::preferencesparts': '/dev/null',
      'Dir::State': work,
      'Dir::State::status': join(work, 'status'),
      'Dir::Cache': join(work, 'cache'),
      'APT::Sandbox::User': 'root',
      'Acquire::Languages': 'none',
      'Acquire::Retries': '3',
    }).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    const apt = (/** @type {string[]} */ ...words) =>
      run('apt-get', [...options, '-q', ...words], { env: aptEnvironment, cwd: work });
    await apt('--error-on=any', 'update');
    await apt('download', `${name}=${version}`).catch(async () => {
      console.error(`note: ${suite} no longer has ${name} ${version}; taking what it has`);
      await apt('download', name);
    });
    const deb = (await readdir(work)).find((file) => file.endsWith('.deb')) ?? '';
    const sum = createHash('sha256')
      .update(await readFile(join(work, deb)))
      .digest('hex');
    if (sum !== sha256) {
      if (deb.includes(`_${version}_`)) throw new Error(`${deb} has sha256 ${sum}, not ${sha256}`);
      console.error(`note: using ${deb}, which apt has verified`);
    }
    await run('dpkg-deb', ['-x', join(work, deb), join(work, 'root')]);
    if (!existsSync(path)) await rename(join(work, 'root'), path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return path;
}

/** Cuts off what is not loaded: the section headers, and what only they lead to. */
function cutSections(/** @type {Buffer} */ elf) {
  const wide = elf[4] === 2;
  const little = elf[5] === 1;
  const read = (/** @type {number} */ at, /** @type {number} */ size) => {
    if (size === 8) return Number(little ? elf.readBigUInt64LE(at) : elf.readBigUInt64BE(at));
    return little ? elf.readUIntLE(at, size) : elf.readUIntBE(at, size);
  };
  const [table, entrySize, count] = wide
    ? [read(32, 8), read(54, 2), read(56, 2)]
    : [read(28, 4), read(42, 2), read(44, 2)];
  let end = table + entrySize * count;
  for (let at = table; at < table + entrySize * count; at += entrySize) {
    if (read(at, 4) !== 1) continue;
    const [offset, size] = wide
      ? [read(at + 8, 8), read(at + 32, 8)]
      : [read(at + 4, 4), read(at + 16, 4)];
    end = Math.max(end, offset + size);
  }
  // e_shoff; e_shentsize, e_shnum and e_shstrndx.
  elf.fill(0, wide ? 40 : 32, wide ? 48 : 36);
  elf.fill(0, wide ? 58 : 46, wide ? 64 : 52);
  return elf.subarray(0, end);
}

/** Compiles one program for one target into a file of `into`. */
async function compile(compiler, headers, target, program, into) {
  const include = join(headers, 'usr/include');
  const path = join(into, `${program}-${target.name}`);
  await run(compiler, [
    ...target.flags,
    ...compilerFlags,
    `-DPROGRAM="${target.name}"`,
    '-isystem',
    join(source, 'nolibc'),
    '-isystem',
    join(include, target.headers),
    '-isystem',
    include,
    join(source, 'native', `${program}.c`),
    '-o',
    path,
  ]);
  await writeFile(path, cutSections(await readFile(path)), { mode: 0o644 });
}

async function compileAll(into) {
  const [compiler, headers] = [await ensureCompilers(), await ensureHeaders()];
  const work = targets.flatMap((target) =>
    ['guest', 'launcher']
      .filter((program) => (target.only ?? program) === program)
      .map((program) => () => compile(compiler, headers, target, program, into)),
  );
  const workers = Array.from({ length: availableParallelism() }, async () => {
    for (let next = work.pop(); next !== undefined; next = work.pop()) await next();
  });
  await Promise.all(workers);
}

/** @param {string} path */
async function readIfThere(path) {
  return existsSync(path) ? readFile(path) : undefined;
}

const check = process.argv.includes('--check');
const work = await mkdtemp(join(tmpdir(), 'xbuild-probe-'));
try {
  await compileAll(work);
  const shipped = join(source, 'bin');
  await mkdir(shipped, { recursive: true });
  const names = new Set([...(await readdir(work)), ...(await readdir(shipped))]);
  for (const name of names) {
    const built = await readIfThere(join(work, name));
    const old = await readIfThere(join(shipped, name));
    const same = built !== undefined && old !== undefined && built.equals(old);
    if (!same) console.error(`${check ? 'differs' : 'changed'}: src/probe/bin/${name}`);
    if (!same && check) process.exitCode = 1;
    if (!same && !check && built) await writeFile(join(shipped, name), built, { mode: 0o644 });
    if (!same && !check && !built) await rm(join(shipped, name));
  }
  if (check && process.exitCode === undefined)
    console.log(`${names.size} programs are what their sources compile to`);
} finally {
  await rm(work, { recursive: true, force: true });
}
