// The main job on an example, with a real engine: builds examples/hello for five platforms and proves
// that each image runs. Uses the engine that docker would use; where none answers, it starts a
// private one, with its own emulators, that is gone afterwards (Linux, root, Debian packages).
import { spawnSync } from 'node:child_process';
import { ensureBuilt, ensurePackages } from './prepare.mjs';

const platforms = 'linux/amd64,linux/arm64,linux/arm/v7,linux/riscv64,linux/s390x';

ensurePackages();
ensureBuilt();
process.exitCode = engineAnswers() ? demo(process.env) : await demoInLab();

function engineAnswers() {
  const { status } = spawnSync('docker', ['version'], { stdio: 'ignore' });
  return status === 0;
}

function demo(env) {
  const words = ['dist/cli.js', '--platform', platforms, '-t', 'xbuild-hello', 'examples/hello'];
  console.log(`\n$ xbuild ${words.slice(1).join(' ')}`);
  return (
    spawnSync('node', words, { stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1
  );
}

async function demoInLab() {
  const { startEngine, whyNoLab } = await import('../test/lab/lab.mjs');
  const reason = whyNoLab();
  if (reason !== undefined) {
    console.error(`No Docker engine answers, and a private one cannot be started: ${reason}`);
    return 5;
  }
  const { loadBusybox } = await import('../test/lab/images.mjs');
  console.log(
    'No Docker engine answers: starting a private one (this installs packages of Debian).',
  );
  const lab = await startEngine({ version: '28.5', store: 'containerd', name: 'demo' });
  try {
    console.log(
      `Docker ${lab.version} at ${lab.dockerHost}, with busybox made from packages of Debian.`,
    );
    await loadBusybox(lab);
    return demo(lab.env);
  } finally {
    await lab.stop();
  }
}
