import { spawnSync } from 'node:child_process';
import type { EmulatorPackage } from '../../changes/plan/emulator.ts';
import { XbuildError } from '../../model/errors.ts';
import { shellQuote } from '../../model/escape.ts';
import { isOn } from '../../model/flags.ts';
import { confirm } from './confirm.ts';
import type { Session } from './session.ts';

/** Runs the distribution's package command, as root and with consent; throws where it cannot. */
export async function installPackage(
  session: Session,
  { command, note }: EmulatorPackage,
  architecture: string,
): Promise<void> {
  const [program = '', ...rest] = command;
  const line = command.map(shellQuote).join(' ');
  const { parsed, context } = session;
  const ask = `No static emulator for ${architecture} programs is on this machine. Its package:\n  ${line}\n${note === undefined ? '' : `${note}\n`}`;
  context.stderr.write(ask);
  if (isOn(parsed, 'dry-run')) {
    throw new XbuildError(
      'change-refused',
      `no static emulator for ${architecture} programs is on this machine`,
      `Install it first: ${line}`,
    );
  }
  await confirm(session, [line]);
  if (process.getuid?.() !== 0) {
    throw new XbuildError('not-root', 'only root may install packages', `Run: sudo ${line}`);
  }
  const { status } = spawnSync(program, rest, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  throw new XbuildError(
    'change-failed',
    `the package was not installed: ${program} ended with status ${status}`,
    program === 'apt-get'
      ? `Nothing else was changed. Where its lists are old or missing: apt-get update; then: ${line}`
      : `Nothing else was changed. Run it by hand: ${line}`,
  );
}
