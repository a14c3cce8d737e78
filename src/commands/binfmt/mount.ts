import { XbuildError } from '../../model/errors.ts';
import { escapeLine } from '../../model/escape.ts';
import { isOn, parseArguments } from '../../model/flags.ts';
import type { CommandContext } from '../command.ts';
import { changingFlags } from './changing.ts';
import { confirm } from './confirm.ts';
import { Reply } from './reply.ts';
import { openSession } from './session.ts';
import type { Subcommand } from './subcommand.ts';

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, changingFlags);
  const [word] = parsed.positionals;
  if (word !== undefined) throw unexpected(word);
  const session = await openSession(parsed, context, ['mount', ...argv]);
  const { place } = session;
  const reply = new Reply('mount', session);
  if (session.kernel.binfmt.mount === 'binfmt_misc') {
    return reply.nothing(`Nothing to do: binfmt_misc is mounted on ${place.name} already.`);
  }
  const line = `mount -t binfmt_misc binfmt_misc ${place.directory}`;
  context.stderr.write(`On ${place.name}, as root:\n  ${line}\n`);
  if (isOn(parsed, 'dry-run')) return 0;
  await confirm(session, [line]);
  const { errno, how } = await place.mount();
  if (errno !== 'ok') throw notMounted(errno, place.name);
  const { binfmt } = await place.read([]);
  if (binfmt.mount !== 'binfmt_misc') throw notMounted('it is still not there', place.name);
  const what = how === 'mounted' ? 'was mounted' : 'was mounted by its automount';
  const count = binfmt.rules.length === 0 ? 'no rules yet' : `${binfmt.rules.length} rules`;
  return reply.changed(
    `Done: binfmt_misc ${what} on ${place.name}; it has ${count}. To have it at the next start too: xbuild binfmt persist --fstab${place.kind === 'machine' ? ' --local' : ''}`,
    [line],
  );
}

function unexpected(word: string): XbuildError {
  return new XbuildError(
    'bad-argument',
    `binfmt mount takes flags only; received: ${word}`,
    'Another directory of this machine is named so: xbuild binfmt mount --mount DIR',
  );
}

const reasons: Readonly<Record<string, string>> = {
  ENODEV: 'the kernel does not know binfmt_misc (try: modprobe binfmt_misc)',
  EPERM: 'it is not allowed; the engine runs in a user namespace or without its root',
  ENOENT: 'there is no such directory; is /proc mounted?',
};

function notMounted(errno: string, where: string): XbuildError {
  return new XbuildError(
    'change-failed',
    `binfmt_misc could not be mounted on ${where}: ${reasons[errno] ?? escapeLine(errno)}`,
    'On its machine, as root: modprobe binfmt_misc; mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc',
  );
}

export const mountSubcommand: Subcommand = {
  name: 'mount',
  usage: 'mount [flags]',
  summary: 'mount binfmt_misc where it is not',
  flags: changingFlags,
  run,
};
