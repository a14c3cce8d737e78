import { buildFlags } from '../build/request.ts';
import { describeBuild } from '../config/describe-build.ts';
import { configuredBuilds } from '../config/effective.ts';
import { faults } from '../faults/index.ts';
import { XbuildError } from '../model/errors.ts';
import { isOn, parseArguments, type Flag } from '../model/flags.ts';
import { renderConfig } from '../reporters/config-text.ts';
import type { Command, CommandContext } from './command.ts';
import { textOptionsOf } from './text-options.ts';

const shown = new Set(['json', 'help', 'config']);

/** Every flag of a build is taken, so that `config` can be put before the words of a build. */
const flags: readonly Flag[] = buildFlags.map((flag) => {
  if (shown.has(flag.name)) return flag;
  const { help: _help, ...rest } = flag;
  return rest;
});

async function run(argv: readonly string[], { env, stdout }: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, flags);
  const builds = configuredBuilds({ argv, flags, env, faults: faults.map(({ id }) => id) });
  if (builds === undefined) throw noFile();
  const images = builds.map((build) => describeBuild(build, parsed, env));
  const file = builds[0]?.config.file ?? '';
  const document = { schemaVersion: 1, command: 'config', ok: true, file, images };
  stdout.write(
    isOn(parsed, 'json')
      ? `${JSON.stringify(document, null, 2)}\n`
      : renderConfig(file, images, textOptionsOf(stdout, env)),
  );
  return 0;
}

function noFile(): XbuildError {
  return new XbuildError(
    'bad-configuration',
    'there is no xbuild.yaml in the current folder',
    'Write one with xbuild init, or name another with --config FILE.',
  );
}

export const configCommand: Command = {
  name: 'config',
  usage: '[flags of a build] [IMAGE… | CONTEXT]',
  summary: 'print the configuration that applies, and where each value came from',
  examples: [
    'xbuild config',
    'xbuild config --platform linux/arm64 app',
    'DOCKER_DEFAULT_PLATFORM=linux/arm64 xbuild config --json',
  ],
  flags,
  run,
};
