import { valueIn } from '../model/environment.ts';
import type { StartConfig } from '../model/container.ts';
import type { ImageConfig } from '../verify/image-facts.ts';
import type { InspectedConfig } from '../verify/inspect-image.ts';
import { withoutSecrets } from '../model/secrets.ts';

/** What the engine says of how an image or a container is started. */
export type InspectedStart = InspectedConfig;

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Variables that change how programs are loaded or emulated; nobody keeps a secret in them. */
const telling = /^(?:QEMU_\w+|LD_LIBRARY_PATH|LD_PRELOAD|GLIBC_TUNABLES)=/;

function wordsOf(words: readonly string[] | string | null | undefined): string[] {
  if (words === null || words === undefined) return [];
  return (typeof words === 'string' ? [words] : words).map(withoutSecrets);
}

/** Keeps of a configuration what decides how it starts; of the environment the names only. */
export function startConfigOf(config: Readonly<InspectedStart>): StartConfig {
  const env = config.Env ?? [];
  const path = valueIn(env, 'PATH');
  const test = config.Healthcheck?.Test ?? [];
  const shell = config.Shell ?? [];
  const entrypoint = wordsOf(config.Entrypoint);
  return {
    // ENTRYPOINT [""] takes the base image's entrypoint away.
    entrypoint: entrypoint.join('') === '' ? [] : entrypoint,
    cmd: wordsOf(config.Cmd),
    user: config.User ?? '',
    workingDir: config.WorkingDir ?? '',
    envNames: env.map((line) => line.split('=', 1)[0] ?? ''),
    path: path ?? defaultPath,
    runtimeEnv: Object.fromEntries(
      env.filter((line) => telling.test(line)).map((line) => splitOnce(line)),
    ),
    ...(test.length === 0 || test[0] === 'NONE' ? {} : { healthcheck: wordsOf(test) }),
    ...(shell.length === 0 ? {} : { shell: [...shell] }),
  };
}

function splitOnce(line: string): [name: string, value: string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

/** The same in the words of verify, whose look-up of programs is used here too. */
export function lookupConfigOf(config: Readonly<StartConfig>): ImageConfig {
  const { entrypoint, cmd, user, workingDir, path } = config;
  return { entrypoint, cmd, user, workingDir, env: [`PATH=${path}`] };
}

/** A configuration that says nothing: of a file that is looked at by itself. */
export const emptyStart: StartConfig = {
  entrypoint: [],
  cmd: [],
  user: '',
  workingDir: '',
  envNames: [],
  path: defaultPath,
  runtimeEnv: {},
};
