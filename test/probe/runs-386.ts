// What this machine's own kernel runs without a rule: not every x86 kernel runs 32-bit programs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wordsOf } from '../../src/probe/command.ts';
import { decodeStream, readRunAnswers } from '../../src/probe/decode.ts';
import { installProgram, native, whyNoLauncher } from './launcher.ts';

/** Whether this kernel runs programs for linux/386: built with CONFIG_IA32_EMULATION, and not switched off. */
export const runs386 = whyNoLauncher === undefined && tryToRun('386');

/** By the launcher: what Node starts goes to a shell where the kernel refuses it (execvp(3)). */
function tryToRun(name: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'xbuild-386-'));
  try {
    const launcher = installProgram(`launcher-${native}`, folder);
    const guest = installProgram(`guest-${name}`, folder);
    const { stdout } = spawnSync(launcher, wordsOf([{ do: 'run', words: [guest] }]));
    return readRunAnswers(decodeStream(stdout))[0]?.outcome === 'exit';
  } finally {
    rmSync(folder, { recursive: true });
  }
}
