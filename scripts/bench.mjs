// Times xbuild against what it stands beside, in one run and in turn (A B A B …), and prints ratios.
// `npm run bench -- --rounds 10` for more rounds, `--only diagnose,verify` for some of it. Starts
// private engines; needs Linux and root.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureBuilt, ensurePackages } from './prepare.mjs';

ensurePackages();
ensureBuilt();
const { startEngine } = await import('../test/lab/lab.mjs');
const { loadBusybox } = await import('../test/lab/images.mjs');
const { benchFiles } = await import('./bench-files.mjs');

const rounds = Number(valueOf('--rounds') ?? 7);
const benches = {
  start: benchStart,
  preflight: benchPreflight,
  diagnose: benchDiagnose,
  build: benchBuild,
  classic: benchClassic,
  verify: benchVerify,
  files: () => benchFiles({ env: containerd.env, folder, xbuild, run, compare }),
  rules: benchRules,
};
const names = valueOf('--only')?.split(',') ?? Object.keys(benches);
const unknown = names.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(
    `No such bench: ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}`,
  );
  process.exit(2);
}
const xbuild = [process.execPath, resolve(process.env['XBUILD_CLI'] || 'dist/cli.js')];
const three = 'linux/amd64,linux/arm64,linux/arm/v7';
const rows = [];

const containerd = await startEngine({
  version: '28.5',
  store: 'containerd',
  name: 'bench',
});
const classic = await startEngine({ version: '28.5', store: 'classic', name: 'bench' });
const folder = mkdtempSync(join(tmpdir(), 'xbuild-bench-'));
try {
  await loadBusybox(containerd);
  await loadBusybox(classic);
  for (const name of names) await benches[name]();
} finally {
  await Promise.all([containerd.stop(), classic.stop()]);
  rmSync(folder, { recursive: true });
}
printRows();

function valueOf(flag) {
  const at = process.argv.indexOf(flag);
  return at < 0 ? undefined : process.argv[at + 1];
}

async function benchStart() {
  await compare('xbuild --version', 'node -e 0', 1.15, {
    ours: () => run([...xbuild, '--version']),
    theirs: () => run([process.execPath, '-e', '0']),
    rounds: rounds * 3,
  });
}

async function benchPreflight() {
  const env = containerd.env;
  await compare('xbuild preflight, all platforms, warm', 'docker run --rm, native image', 1.5, {
    ours: () => run([...xbuild, 'preflight'], { env }),
    theirs: () => run(['docker', 'run', '--rm', 'busybox', 'true'], { env }),
  });
}

/** A container that could not start: from the command to the answer. */
async function benchDiagnose() {
  for (const [store, { env }] of Object.entries({ containerd, classic })) {
    await run(['docker', 'create', '--name', 'bad', 'busybox', '/no/such/program'], { env });
    const what = `xbuild diagnose, a container, ${store} store`;
    await compare(what, 'docker run --rm, native image', 1.5, {
      ours: () => run([...xbuild, 'diagnose', 'bad'], { env }),
      theirs: () => run(['docker', 'run', '--rm', 'busybox', 'true'], { env }),
    });
  }
}

/** About ten seconds of building; the salt keeps BuildKit's cache out of it. */
function writeContext(seconds, lab) {
  const from = lab === classic ? 'FROM busybox:${TARGETARCH}${TARGETVARIANT}' : 'FROM busybox';
  const args = 'ARG TARGETARCH\nARG TARGETVARIANT\n';
  const dockerfile = `${args}${from}\nARG SALT\nRUN echo $SALT > /salt && sleep ${seconds}\nRUN uname -m\n`;
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
}

function salt() {
  return ['--build-arg', `SALT=${process.hrtime.bigint()}`];
}

async function benchBuild() {
  writeContext(9, containerd);
  const env = { ...containerd.env, BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };
  await compare('xbuild, three platforms, --verify=false', 'docker buildx build', 1.05, {
    ours: () =>
      run([...xbuild, '--verify=false', '--platform', three, ...salt(), '-t', 'a', folder], {
        env,
      }),
    theirs: () =>
      run(['docker', 'buildx', 'build', '--platform', three, ...salt(), '-t', 'b', folder], {
        env,
      }),
    rounds: 3,
  });
}

async function benchClassic() {
  writeContext(4, classic);
  const env = { ...classic.env, BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };
  await compare('xbuild, classic store, --verify=false', 'shell loop in the background', 1.1, {
    ours: () =>
      run([...xbuild, '--verify=false', '--platform', three, ...salt(), '-t', 'a', folder], {
        env,
      }),
    theirs: () => run(['sh', '-c', shellLoop()], { env }),
    rounds: 3,
  });
}

function loopLine(platform) {
  return `docker buildx build --platform ${platform} ${salt().join(' ')} -t b:${platform.replaceAll('/', '-')} ${folder} &`;
}

function shellLoop() {
  return `${three.split(',').map(loopLine).join('\n')}\nwait`;
}

/** A build from the cache, with and without verification; the difference is what it adds. */
async function benchVerify() {
  writeContext(0, containerd);
  const { env } = containerd;
  const words = ['--platform', three, '-t', 'v', folder];
  const added = [];
  const runs = [];
  await run([...xbuild, ...words], { env });
  for (let round = 0; round < rounds; round++) {
    const without = await run([...xbuild, '--verify=false', ...words], { env });
    added.push((await run([...xbuild, ...words], { env })) - without);
    const start = performance.now();
    for (const platform of three.split(',')) {
      await run(['docker', 'run', '--rm', '--platform', platform, 'v', 'uname', '-m'], { env });
    }
    runs.push(performance.now() - start);
  }
  addRow('what verification of three platforms adds', 'docker run per platform', 1, added, runs);
}

/** What a question about this machine's rules takes more than Node alone; with every rule of Debian's. */
async function benchRules() {
  await containerd.status('-1');
  const packaged = '/usr/lib/binfmt.d';
  for (const name of readdirSync(packaged).filter((one) => one.endsWith('.conf'))) {
    await containerd.register(readFileSync(join(packaged, name), 'latin1').trim());
  }
  // In the lab's namespaces, both of them: there are its rules.
  const inside = (...words) => run(['nsenter', ...containerd.enter(), process.execPath, ...words]);
  for (const words of [
    ['list', '--local'],
    ['match', '--local', '/bin/true'],
  ]) {
    await compare(`xbuild binfmt ${words.join(' ')}`, 'node -e 0', 20, {
      ours: () => inside(xbuild[1], 'binfmt', ...words),
      theirs: () => inside('-e', '0'),
      rounds: Math.max(30, rounds),
      by: 'difference',
    });
  }
}

async function compare(ours, theirs, aim, options) {
  const times = { ours: [], theirs: [] };
  await options.ours();
  await options.theirs();
  for (let round = 0; round < (options.rounds ?? rounds); round++) {
    times.ours.push(await options.ours());
    times.theirs.push(await options.theirs());
  }
  addRow(ours, theirs, aim, times.ours, times.theirs, options.by);
}

function run(argv, options = {}) {
  const start = performance.now();
  return new Promise((done, fail) => {
    const env = { ...process.env, ...options.env };
    const child = spawn(argv[0], argv.slice(1), { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    child.on('error', fail);
    child.on('close', (status) => {
      if (status === 0) done(performance.now() - start);
      else fail(new Error(`${argv.join(' ')} ended with ${status}: ${said.slice(-500)}`));
    });
  });
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** `by`: what is compared with the aim, the ratio or the difference in milliseconds. */
function addRow(ours, theirs, aim, mine, others, by = 'ratio') {
  const compared = mine.map((time, index) =>
    by === 'ratio' ? time / others[index] : time - others[index],
  );
  const value = median(compared);
  const unit = by === 'ratio' ? 'x' : ' ms more';
  rows.push({ ours, theirs, aim, mine: median(mine), others: median(others), value, unit });
  console.error(`${ours}: ${value.toFixed(2)}${unit}`);
}

function printRows() {
  for (const { ours, theirs, aim, mine, others, value, unit } of rows) {
    const verdict = value <= aim ? 'ok' : 'MISSED';
    console.log(
      `${value.toFixed(2)}${unit} (aim ${aim}, ${verdict})  ${ours}: ${mine.toFixed(0)} ms  against ${theirs}: ${others.toFixed(0)} ms`,
    );
  }
}
