// Builds every Dockerfile that `xbuild init` writes, for amd64 and arm64, and runs what came out:
// `npm run templates`, or `npm run templates go rust`. No image is pulled: base images of the names
// that the templates use are made from Debian's packages and, for Node, from npm's. Takes minutes and
// needs a network, and so is not part of `npm test`.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { standIns } from '../test/lab/stand-ins.mjs';
import { startEngine, whyNoLab } from '../test/lab/lab.mjs';
import { loadStandIn } from '../test/lab/load-stand-in.mjs';
import { ensureBuilt, ensurePackages } from './prepare.mjs';

/** The images that the template of each language starts from. */
const languages = {
  c: ['debian:stable-slim'],
  go: ['golang:1.25'],
  rust: ['rust:1-slim-trixie', 'debian:trixie-slim'],
  node: ['node:22-slim'],
  python: ['python:3.13-slim'],
  java: ['maven:3-eclipse-temurin-21', 'eclipse-temurin:21-jre'],
};
const cli = resolve('dist/cli.js');

ensurePackages();
ensureBuilt();
const reason = whyNoLab();
if (reason !== undefined) throw new Error(reason);
const wanted = process.argv.slice(2);
const lab = await startEngine({
  version: '28.5',
  store: 'containerd',
  net: true,
  name: 'templates',
});
let failed = 0;
try {
  for (const [language, images] of Object.entries(languages)) {
    if (wanted.length > 0 && !wanted.includes(language)) continue;
    for (const image of images) await loadStandIn(lab, image, standIns[image]);
    if (!tryTemplate(language)) failed++;
  }
} finally {
  await lab.stop();
}
process.exitCode = failed === 0 ? 0 : 1;

function tryTemplate(language) {
  const top = mkdtempSync(join(tmpdir(), 'xbuild-templates-'));
  const folder = join(top, 'hello');
  const env = { ...process.env, ...lab.env };
  const run = (program, ...words) =>
    execFileSync(program, words, {
      cwd: folder,
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  try {
    cpSync(join('examples/projects', language), folder, { recursive: true });
    run(process.execPath, cli, 'init', '--yes', '--ci', 'none', '--image', `hello-${language}`);
    const tag = `hello-${language}:1`;
    const words = ['build', '--json', '--tag', tag];
    const { platforms } = JSON.parse(run(process.execPath, cli, ...words));
    const said = platforms.map(({ platform, verification, seconds }) => {
      const output = run('docker', 'run', '--rm', '--network=none', '--platform', platform, tag);
      return { platform, seconds, ok: verification.ok, output };
    });
    const wrong = said.filter(
      // The last line: a JVM complains first of the control groups of a lab.
      ({ platform, ok, output }) =>
        !ok || output.trimEnd().split('\n').at(-1) !== `hello from ${platform.split('/')[1]}`,
    );
    const times = said.map(({ platform, seconds }) => `${platform} ${seconds.toFixed(0)} s`);
    console.log(`${wrong.length === 0 ? 'ok' : 'WRONG'}  ${language}: ${times.join(', ')}`);
    if (wrong.length > 0) console.log(wrong);
    return wrong.length === 0;
  } catch (error) {
    const log = join(tmpdir(), `xbuild-templates-${language}.log`);
    writeFileSync(log, `${error.message}\n${error.stdout ?? ''}`);
    console.log(`FAILED ${language}: see ${log}`);
    return false;
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}
