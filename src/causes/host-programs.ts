import type { CauseMatch } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, type Family } from './entry.ts';
import { type Scene, signsOf } from './scene.ts';
import { baseName, nameOf } from './words.ts';

export const order = 48;

const roles = {
  plugin: "Docker's command line plugin",
  'credential-helper': 'the credential helper',
  runtime: 'the OCI runtime',
  file: 'the program',
} as const;

function hostProgram(scene: Scene): CauseMatch | undefined {
  const broken = scene.facts.client?.programs.find(
    ({ role, trace }) => role !== 'file' && trace.trace?.end.ok === false,
  );
  const [sign] = signsOf(scene, 'host-program');
  if (broken === undefined && sign === undefined) return undefined;
  const path = broken === undefined ? (sign?.path ?? '') : nameOf(broken.trace);
  const what = broken?.trace.trace?.hops.at(-1)?.words;
  const role = broken === undefined ? 'a program of this machine' : roles[broken.role];
  return {
    confidence: broken === undefined ? 'possible' : 'certain',
    message: `${role} ${path} cannot run on this machine${what === undefined ? '' : `: it is ${what}`}; no container is to blame`,
    evidence: [
      ...(sign === undefined ? [] : [sign.line]),
      `this machine is ${scene.facts.client?.architecture ?? 'of an architecture that is not known'}`,
    ],
    fix: advice(
      `Install ${baseName(path) || 'it'} for this machine.${path.endsWith('.exe') || /credential-desktop/.test(path) ? ' A helper of Windows under WSL: take credsStore out of ~/.docker/config.json.' : ''}`,
      path.startsWith('/')
        ? [`file ${shellQuote(path)}`, 'uname -m']
        : ['ls -l ~/.docker/cli-plugins', 'uname -m'],
    ),
  };
}

/** Docker's own programs. */
export const family: Family = {
  id: 'host-programs',
  title: 'Programs of the machine itself',
  causes: [
    {
      id: 'host-program-foreign',
      title: 'a program of Docker itself on this machine is for another architecture',
      why: "Docker's command starts plugins and credential helpers, the engine starts the OCI runtime. Where such a file was downloaded for another architecture it is that one which fails, before any container.",
      seen: [
        'fork/exec …/cli-plugins/docker-buildx: exec format error',
        "docker: 'buildx' is not a docker command",
        'error storing credentials - err: fork/exec …/docker-credential-desktop.exe: exec format error',
      ],
      proof: 'The message names a file of the machine, and no container was made.',
      remedy: 'Install that program for the architecture of the machine.',
      prevent: 'Install plugins from packages, or choose the download by uname -m.',
      before: ['no-rule', 'wrong-architecture', 'windows-program'],
      find: hostProgram,
    },
  ],
};
