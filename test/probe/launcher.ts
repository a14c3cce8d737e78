// Runs the launcher of this machine's architecture, without any engine.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { wordsOf, type ProbeCommand } from '../../src/probe/command.ts';
import { decodeStream, type ProbeStream } from '../../src/probe/decode.ts';

const bin = new URL('../../src/probe/bin/', import.meta.url);
const names: Record<string, string> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** This machine's architecture in Go's words. */
export const native = names[process.arch] ?? process.arch;

/** Why the launcher cannot run here; undefined where it can. */
export const whyNoLauncher =
  process.platform === 'linux' && existsSync(new URL(`launcher-${native}`, bin))
    ? undefined
    : `no launcher for ${process.platform} on ${native}`;

/** A new folder that every user can enter; it goes when the test is over. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xbuild-probe-'));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Copies one of the probe's programs to where it can be executed. */
export function installProgram(name: string, folder: string): string {
  const path = join(folder, name);
  copyFileSync(new URL(name, bin), path);
  chmodSync(path, 0o755);
  return path;
}

/** Runs the launcher with commands, or words that are given to it as they are. */
export function launch(
  commands: readonly (ProbeCommand | string)[],
  options: { env?: NodeJS.ProcessEnv } = {},
): ProbeStream {
  const launcher = installProgram(`launcher-${native}`, makeFolder());
  const words = commands.flatMap((command) =>
    typeof command === 'string' ? [command] : wordsOf([command]),
  );
  const { stdout } = spawnSync(launcher, words, { maxBuffer: 64 << 20, ...options });
  return decodeStream(stdout);
}
