import { findDockerfile } from '../build/context.ts';
import { lookForMistakes } from '../build/mistakes.ts';
import { buildFlags, type BuildRequest } from '../build/request.ts';
import { XbuildError } from '../model/errors.ts';
import { isOn, parseArguments, type Flag } from '../model/flags.ts';
import { parsePlatformList } from '../model/platform.ts';
import { mistakesDocument } from '../reporters/json.ts';
import { renderMistakes, type MistakesReport } from '../reporters/mistakes-text.ts';
import type { Command, CommandContext } from './command.ts';
import { requestedBuilds, type RequestedBuild } from './requested-builds.ts';
import { textOptionsOf } from './text-options.ts';

/** Without --platform: what an image of several platforms has at least. */
const usual = parsePlatformList(['linux/amd64,linux/arm64']);

const strict: Flag = {
  name: 'strict',
  kind: 'bool',
  help: 'exit status 4 for warnings as well',
};

const shown = new Set(['platform', 'file', 'target', 'build-arg', 'json']);

/** Every flag of a build is taken, so that `check` can be put before the words of a build. */
const flags: readonly Flag[] = [strict, ...buildFlags].map((flag) => {
  if (flag === strict || shown.has(flag.name)) return flag;
  const { help: _help, ...rest } = flag;
  return rest;
});

async function run(argv: readonly string[], { env, stdout }: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, flags);
  const own = new Set(
    parsed.flags.filter(({ name }) => name === 'strict').flatMap(({ words }) => words),
  );
  const builds = await requestedBuilds(
    argv.filter((word) => !own.has(word)),
    env,
  );
  if (isOn(parsed, 'json') && builds.length > 1) throw severalImages(builds);
  const bad = isOn(parsed, 'strict') ? ['fail', 'warn'] : ['fail'];
  let status = 0;
  for (const { name, request } of builds) {
    const report = look(request, env);
    if (builds.length > 1) stdout.write(`image ${name ?? ''}\n`);
    stdout.write(
      isOn(parsed, 'json')
        ? `${JSON.stringify(mistakesDocument(report), null, 2)}\n`
        : renderMistakes(report, textOptionsOf(stdout, env)),
    );
    if (report.findings.some((finding) => bad.includes(finding.status))) status = 4;
  }
  return status;
}

function look(request: BuildRequest, env: CommandContext['env']): MistakesReport {
  const platforms = request.platforms.length > 0 ? request.platforms : usual;
  const mistakes = lookForMistakes(request, findDockerfile(request), {
    platforms,
    legacyBuilder: /^(?:0|f|false)$/i.test(env['DOCKER_BUILDKIT'] ?? ''),
    env,
    limits: { entries: 1_000_000, heads: 100_000 },
  });
  if (mistakes === undefined) throw notHere(request);
  return { file: mistakes.dockerfile.file, platforms, findings: mistakes.findings };
}

function severalImages(builds: readonly RequestedBuild[]): XbuildError {
  const names = builds.map(({ name }) => name ?? '').join(', ');
  return new XbuildError(
    'bad-argument',
    `check --json writes one document, and xbuild.yaml has ${builds.length} images: ${names}`,
    `Name one of them: xbuild check --json ${builds[0]?.name ?? ''}`,
  );
}

function notHere({ context, file }: BuildRequest): XbuildError {
  return new XbuildError(
    'bad-argument',
    `check reads the Dockerfile of a folder of this machine; received ${file ?? context}`,
    'Name a folder, and the Dockerfile with -f where it has another name.',
  );
}

export const checkCommand: Command = {
  name: 'check',
  usage: '[flags of a build] CONTEXT',
  summary: 'say what in a Dockerfile makes an image wrong for a platform',
  details:
    'What xbuild.yaml says of a build counts here too. Without any platform it looks\nfor what is wrong for linux/amd64 or linux/arm64. Nothing is run, and no engine\nis asked. Exit status 4 where an image would be wrong for sure.',
  examples: [
    'xbuild check .',
    'xbuild check --platform linux/arm/v7 -f docker/Dockerfile .',
    'xbuild check --strict --json .',
  ],
  flags,
  run,
};
