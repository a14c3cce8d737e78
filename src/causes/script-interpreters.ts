import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, type Family, ofFailures, subjectOf } from './entry.ts';
import { takenByRule } from './foreign.ts';
import { type Scene, signsOf } from './scene.ts';
import { missing, ofInterpreter, scriptOf } from './script-failure.ts';
import { unreadableScript } from './script-reading.ts';
import { baseName, imageWord, textual } from './words.ts';

export const order = 62;

function interpreterMissing(scene: Scene): CauseMatch | undefined {
  const byKernel = ofInterpreter(scene, (script, name, failure) => {
    if (name.endsWith('\r') || !name.startsWith('/') || failure.errno === 'EACCES')
      return undefined;
    return {
      message: `${script} is a script for ${name}, and the ${imageWord(scene.facts)} has no such file`,
      evidence: failure.at === failure.name ? [] : [`what is missing: ${shown(failure.at)}`],
      fix: install(name, script),
    };
  });
  return (
    byKernel ??
    optionOfEnv(scene) ??
    ofFailures(scene, (failure) => {
      const { program, errno } = failure;
      const name = shown(program.argv[0] ?? '');
      if (
        program.by !== 'env' ||
        errno !== 'ENOENT' ||
        failure.opening !== 'program' ||
        name.endsWith('\r')
      )
        return undefined;
      return {
        message: `${scriptOf(scene, failure)} asks env for ${name}, and no folder of PATH has it`,
        fix: install(name, scriptOf(scene, failure)),
      };
    })
  );
}

/** busybox's env, and that of old coreutils, have no -S: it starts nothing. */
function optionOfEnv(scene: Scene): CauseMatch | undefined {
  const [sign] = signsOf(scene, 'env-option');
  if (sign === undefined) return undefined;
  const hops = scene.facts.traces.flatMap(({ trace }) => trace?.hops ?? []);
  const script = hops.find(
    ({ taken }) => taken.by === 'script' && baseName(taken.interpreter) === 'env',
  );
  const line =
    script?.taken.by === 'script'
      ? [`#!${script.taken.interpreter} ${script.taken.argument ?? ''}`]
      : [];
  return {
    confidence: script === undefined ? textual(scene.facts) : 'certain',
    message: `${shown(script?.name ?? 'a script')} asks env for its interpreter with an option (${sign.word ?? '-S'}) that the env of the ${imageWord(scene.facts)} does not have`,
    evidence: [...line.map(shown), sign.line],
    fix: advice(
      'Name the interpreter itself in the #! line (one argument may follow it), or install coreutils 8.30 or newer, whose env has -S.',
    ),
  };
}

function install(name: string, script: string) {
  const word = baseName(name);
  return advice(
    `Install ${word} in the last stage of the Dockerfile, or change the #! line of ${script} to an interpreter that the image has (#!/bin/sh).`,
    [
      `RUN apk add --no-cache ${shellQuote(word)}  # Alpine`,
      `RUN apt-get update && apt-get install -y --no-install-recommends ${shellQuote(word)}  # Debian, Ubuntu`,
    ],
  );
}

function interpreterNotExecutable(scene: Scene): CauseMatch | undefined {
  return ofInterpreter(scene, (script, name, failure) => {
    if (failure.errno !== 'EACCES' || !name.startsWith('/')) return undefined;
    return {
      message: `${script} is a script for ${name}, which cannot be executed: ${failure.reason.replaceAll('-', ' ')}`,
      evidence: [`${shown(failure.at)}: ${failure.reason.replaceAll('-', ' ')}`],
      fix: advice('Give the interpreter the permission.', [`RUN chmod 755 ${shellQuote(name)}`]),
    };
  });
}

function loop(scene: Scene): CauseMatch | undefined {
  return ofFailures(scene, (failure) => {
    if (failure.reason !== 'too-many-interpreters' || takenByRule(failure.hops)) return undefined;
    const names = failure.hops.map(({ name }) => shown(name));
    return {
      message: `${subjectOf(failure)} is a script whose interpreter is a script in turn, more than five deep${new Set(names).size < names.length ? ': it comes back to itself' : ''}`,
      fix: advice('Name a program as interpreter, not a script: #!/bin/sh'),
    };
  });
}

/** The program that the #! line names. */
export const family: Family = {
  id: 'script-interpreters',
  title: 'Scripts: the interpreter',
  causes: [
    {
      id: 'shebang-interpreter-missing',
      title: "the script's interpreter is not in the image",
      why: 'The kernel (or env) looks for the interpreter that the #! line names. ENOENT is about that one, and the message names the script.',
      seen: [
        missing,
        "env: can't execute 'bash': No such file or directory",
        "env: invalid option -- 'S'",
      ],
      proof: 'The script is there; the path in its #! line is not.',
      remedy: 'Install the interpreter in the last stage, or name one that the image has.',
      prevent: 'Alpine has no bash: write scripts for #!/bin/sh.',
      find: interpreterMissing,
    },
    {
      id: 'script-not-readable',
      title: 'a script that its user may not read',
      why: 'The kernel needs the permission to execute a script, and then starts its interpreter, which opens the script with the rights of USER. With mode 711 or 700 it may not, and ends with 2 or 126.',
      seen: [
        "/bin/sh: can't open '/app/start.sh': Permission denied",
        '/bin/bash: /app/start.sh: Permission denied',
      ],
      proof: 'ls -l shows no r for the user that the container runs as.',
      remedy: 'chmod 755 the script.',
      prevent: 'COPY --chmod=755, or --chown to the user that reads it.',
      find: unreadableScript,
    },
    {
      id: 'shebang-interpreter-not-executable',
      title: "the script's interpreter is not executable",
      why: 'The script may be executed and the program that its #! line names may not; the message names the script.',
      seen: ['exec /start.sh: permission denied'],
      proof: 'The script has mode 755, its interpreter has not.',
      remedy: 'chmod 755 the interpreter.',
      prevent: 'COPY --chmod=755 for programs that are copied.',
      find: interpreterNotExecutable,
    },
    {
      id: 'shebang-loop',
      title: 'a script is its own interpreter',
      why: 'Each script names the next, and after five the kernel gives up with ELOOP, in words that speak of symbolic links.',
      seen: ['exec /start.sh: too many levels of symbolic links'],
      proof: 'The #! line names a script, or the file itself.',
      remedy: 'Name a program as interpreter.',
      prevent: 'Do not give a wrapper script the name of the interpreter that it wraps.',
      find: loop,
    },
  ],
};
