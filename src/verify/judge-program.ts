import { traceExec, type Failed, type Hop, type Trace } from '../model/exec-trace.ts';
import type { FileNode } from '../model/file-view.ts';
import type { Finding } from '../model/finding.ts';
import { walkPath } from '../model/path-walk.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import type { EntrypointFile } from '../model/verification.ts';
import { shown } from '../model/bytes-text.ts';
import { architectureOfNode, describeNode } from './describe.ts';
import { walkerOf, type ProgramScene } from './program-scene.ts';
import type { NamedProgram } from './programs.ts';
import { directoryOf, findProgram, instructionOf, pathOf, type Lookup } from './start-command.ts';
import { explainFailure, type Complaint } from './explain-failure.ts';
import { judgeVariant } from './judge-variant.ts';

/** What starting one program comes by. */
export interface ProgramJudgement {
  files: EntrypointFile[];
  findings: Finding[];
  /** A path that must be known to go on. */
  needs?: string;
}

/** What a machine of the platform runs without any emulator. */
function nativeOf({ architecture }: Platform): string[] {
  return architecture === 'amd64' ? ['amd64', '386'] : [architecture];
}

/**
 * Judges one program by the bytes of the files on its way, as a machine of the image's platform
 * would execute them: with that platform's kernel and without any rule. So it does not matter what
 * this engine can run, nor what only happens to run here.
 */
export function judgeProgram(program: NamedProgram, scene: ProgramScene): ProgramJudgement {
  const lookup = findProgram(program.name, scene.config, walkerOf(scene));
  if ('needs' in lookup) return { files: [], findings: [], needs: lookup.needs };
  if (!('found' in lookup)) {
    const files = program.certain ? [missingFile(program, lookup)] : [];
    return { files, findings: certainOnly(program, notFound(program, lookup, scene), scene) };
  }
  // An argument that is no program and no script is some file that the program reads.
  if (!program.certain && !startsSomething(lookup.found.node)) return { files: [], findings: [] };
  const trace = traceExec({
    path: lookup.path,
    argv: [program.name],
    view: scene.view,
    rules: [],
    enabled: false,
    native: nativeOf(scene.platform),
    cwd: '/',
    credentials: scene.credentials,
  });
  return judgeTrace(trace, program, scene);
}

function startsSomething(node: FileNode): boolean {
  return architectureOfNode(node) !== null || describeNode(node).startsWith('script for');
}

function missingFile(program: NamedProgram, lookup: Lookup): EntrypointFile {
  const description =
    'refused' in lookup && lookup.refused.errno !== 'ENOENT' ? lookup.refused.errno : 'missing';
  return { path: shown(program.name), role: 'entrypoint', description, architecture: null };
}

function toFinding(complaint: Complaint, status: Finding['status'], scene: ProgramScene): Finding {
  const { evidence = [], ...rest } = complaint;
  return {
    status,
    platform: formatPlatform(scene.platform),
    ...rest,
    evidence: [`${instructionOf(scene.config)} of ${scene.reference}`, ...evidence],
  };
}

function certainOnly(
  { certain }: NamedProgram,
  complaint: Complaint,
  scene: ProgramScene,
): Finding[] {
  return certain ? [toFinding(complaint, 'fail', scene)] : [];
}

function notFound(program: NamedProgram, lookup: Lookup, scene: ProgramScene): Complaint {
  const name = shown(program.name);
  if ('refused' in lookup) {
    const complaint = explainFailure(
      { ok: false, ...lookup.refused, opening: 'program', name: lookup.path },
      { path: lookup.path, hops: [], scene },
    );
    // Of a path that is missing, the directory that is missing says less.
    const at = lookup.refused.errno === 'ENOENT' ? lookup.path : lookup.refused.at;
    return { ...complaint, location: { path: at } };
  }
  return {
    id: 'entrypoint-missing',
    message:
      name === ''
        ? 'the program to start has an empty name'
        : `the image is to start "${name}", and no folder of its PATH has such a program`,
    why: 'Starting the image ends in "executable file not found in $PATH".',
    evidence: [`PATH=${shown(pathOf(scene.config))}`],
    fix: {
      text: `Install ${name} in the last stage of the Dockerfile, or name it by its path.`,
      commands: [],
    },
  };
}

function judgeTrace(trace: Trace, program: NamedProgram, scene: ProgramScene): ProgramJudgement {
  const { hops, end } = trace;
  const files = filesOf(hops, scene);
  if (end.ok === 'unknown') return { files, findings: [], needs: end.needs };
  if (end.ok) return started(hops, program, scene, files);
  const path = hops[0]?.name ?? program.name;
  const at = hops.at(-1)?.path;
  const complaint = {
    ...explainFailure(end, { path, hops, scene }),
    ...(at === undefined ? {} : { location: { path: at } }),
  };
  const status = program.certain || isForeign(end) ? 'fail' : 'warn';
  return { files, findings: [toFinding(complaint, status, scene)] };
}

function isForeign({ reason }: Failed): boolean {
  return reason === 'foreign-architecture' || reason === 'loader-wrong-architecture';
}

function started(
  hops: readonly Hop[],
  program: NamedProgram,
  scene: ProgramScene,
  files: EntrypointFile[],
): ProgramJudgement {
  const findings = judgeVariant(hops.at(-1), scene).map(({ status, ...complaint }) =>
    toFinding(complaint, status, scene),
  );
  const next = programOfEnv(hops);
  if (next === undefined) return { files, findings };
  const judged = judgeEnv(next, hops, program, scene);
  return {
    ...judged,
    files: [...files, ...judged.files],
    findings: [...findings, ...judged.findings],
  };
}

/** `#!/usr/bin/env python3`: the program that env looks up, a byte string. */
function programOfEnv(hops: readonly Hop[]): string | undefined {
  const line = hops.at(-2)?.taken;
  if (line?.by !== 'script' || line.argument === undefined) return undefined;
  if (!/(?:^|\/)env$/.test(line.interpreter)) return undefined;
  if (!line.argument.startsWith('-')) return line.argument;
  // -S splits the argument; env's other options say too little to go on.
  const words = /^(?:-S|--split-string=?)\s*(?<words>.*)$/.exec(line.argument)?.groups?.['words'];
  return words?.split(/[ \t]+/).find((word) => !/^[A-Za-z_]\w*=/.test(word) && word !== '');
}

function judgeEnv(
  name: string,
  hops: readonly Hop[],
  program: NamedProgram,
  scene: ProgramScene,
): ProgramJudgement {
  const judged = judgeProgram({ name, certain: program.certain }, scene);
  const script = shown(hops[0]?.name ?? '');
  const at = hops.at(-2)?.path;
  const returned = name.endsWith('\r');
  return {
    ...judged,
    files: judged.files.map((file) =>
      file.role === 'entrypoint' ? { ...file, role: 'script-interpreter' } : file,
    ),
    findings: judged.findings.map((finding) =>
      Object.assign(finding, {
        ...(finding.location === undefined && at !== undefined ? { location: { path: at } } : {}),
        id: finding.id === 'entrypoint-missing' ? 'entrypoint-script' : finding.id,
        message: returned
          ? `the #! line of ${script} ends in a carriage return, so env looks for "${shown(name)}"`
          : `${script} is started by env: ${finding.message}`,
      }),
    ),
  };
}

function filesOf(hops: readonly Hop[], scene: ProgramScene): EntrypointFile[] {
  return hops.flatMap((hop, index) => {
    const role = index === 0 ? 'entrypoint' : 'script-interpreter';
    const own = fileAt(hop.name, role, scene);
    const loader = hop.taken.by === 'native' ? hop.taken.loader : null;
    return loader === null ? [own] : [own, fileAt(loader, 'loader', scene)];
  });
}

function fileAt(path: string, role: EntrypointFile['role'], scene: ProgramScene): EntrypointFile {
  const walk = walkPath(
    walkerOf(scene),
    path.startsWith('/') ? path : `${directoryOf(scene.config)}/${path}`,
  );
  const node = 'node' in walk ? walk.node : undefined;
  const absent = 'errno' in walk && walk.errno === 'ENOENT' ? 'missing' : 'not known';
  return {
    path: shown(path),
    role,
    description: node === undefined ? absent : describeNode(node),
    architecture: node === undefined ? null : architectureOfNode(node),
  };
}
