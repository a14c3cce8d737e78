import { delimiter, join } from 'node:path';
import { root } from '../model/credentials.ts';
import type { ClientDiagnosisFacts, ProgramTrace, SurfaceLine } from '../model/diagnosis.ts';
import { configFolder } from '../io/endpoint.ts';
import { byteString } from '../model/bytes-text.ts';
import { FileReader } from './read-files.ts';
import { localArchitecture, readLocalKernel } from './local-kernel.ts';
import { nativeOf } from './kernel-facts.ts';
import { rulesOf } from './rules.ts';
import { localSource } from './sources.ts';
import { traceExec } from '../model/exec-trace.ts';
import { viewOfFacts } from '../model/file-view.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type ClientProgram = ClientDiagnosisFacts['programs'][number];
type Role = ClientProgram['role'];

interface Named {
  role: Role;
  /** Where it may be, the first that is there counts. */
  paths: string[];
}

const pluginFolders = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
];

function programsNamed(lines: readonly SurfaceLine[], env: Environment): Named[] {
  const plugins = [join(configFolder(env), 'cli-plugins'), ...pluginFolders];
  const onPath = (name: string) =>
    (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name));
  const named = new Map<string, Named>();
  for (const { text } of lines) {
    const command =
      /unknown command: docker (?<name>[\w-]+)|docker: '(?<old>[\w-]+)' is not a docker command/.exec(
        text,
      )?.groups;
    const plugin = command?.['name'] ?? command?.['old'];
    if (plugin !== undefined) {
      const file = `docker-${plugin}`;
      named.set(file, { role: 'plugin', paths: plugins.map((folder) => join(folder, file)) });
    }
    const builder = /BuildKit is enabled but the buildx component is missing or broken/.test(text);
    if (builder) {
      const paths = plugins.map((folder) => join(folder, 'docker-buildx'));
      named.set('docker-buildx', { role: 'plugin', paths });
    }
    const credential = /\b(?<name>docker-credential-[\w.-]+)/.exec(text)?.groups?.['name'];
    if (credential !== undefined) {
      named.set(credential, { role: 'credential-helper', paths: onPath(credential) });
    }
    const forked = /fork\/exec (?<path>\/[^\s:"]+): /.exec(text)?.groups?.['path'];
    if (forked !== undefined) {
      const role = forked.includes('/docker-credential-')
        ? 'credential-helper'
        : forked.includes('/cli-plugins/')
          ? 'plugin'
          : 'runtime';
      named.set(forked, { role, paths: [forked] });
    }
  }
  return [...named.values()].slice(0, 6);
}

/**
 * The programs of this machine that lines complain about: plugins of Docker's command, credential
 * helpers, runtimes; and what execve(2) makes of those that are here.
 */
export async function clientPrograms(
  lines: readonly SurfaceLine[],
  env: Environment,
): Promise<ClientProgram[]> {
  const named = programsNamed(lines, env);
  if (named.length === 0) return [];
  const kernel = await readLocalKernel();
  const native = nativeOf(localArchitecture(), kernel);
  const traced = await Promise.all(
    named.map(async ({ role, paths }) => {
      for (const path of paths) {
        const bytes = byteString(path);
        if ((await localSource.read(bytes)).errno === 'ok') {
          return [{ role, trace: await traceLocal(bytes, native, rulesOf(kernel)) }];
        }
      }
      return [];
    }),
  );
  return traced.flat();
}

async function traceLocal(
  path: string,
  native: readonly string[],
  table: ReturnType<typeof rulesOf>,
): Promise<ProgramTrace> {
  const reader = new FileReader(localSource);
  const run = () =>
    traceExec({ path, argv: [path], view: viewOfFacts(reader.files), native, ...table });
  let trace = run();
  let wanted = [path];
  while (await reader.read(wanted)) {
    trace = run();
    wanted = trace.end.ok === 'unknown' ? [trace.end.needs] : [];
  }
  return { role: 'file', argv: [path], cwd: '/', user: root, lookup: { path }, trace };
}
