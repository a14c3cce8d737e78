import type { CauseMatch } from '../model/diagnosis.ts';
import { stringOfBytes } from '../model/bytes.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, ofFailures, subjectOf, type Family } from './entry.ts';
import { takenByRule } from './foreign.ts';
import { downloadOf } from './no-program.ts';
import { headAt, signsOf, type Failure, type Scene } from './scene.ts';
import { unreadableScript } from './script-reading.ts';
import { baseName, imageWord, shown } from './words.ts';

export const order = 60;

const missing = 'exec /start.sh: no such file or directory';
const formatError = 'exec /start.sh: exec format error';

/** The text of a file that the kernel took for no program; undefined where it is something else. */
function textOf(scene: Scene, { reason, last, hops }: Failure): string | undefined {
  if (reason !== 'no-rule-no-format' || last === undefined || takenByRule(hops)) return undefined;
  if (last.kind !== 'text') return undefined;
  return stringOfBytes(headAt(scene, last.path));
}

const lateStart = /^(?:[ \t\r]*(?:#(?!!)[^\n]*)?\n)*[ \t]*#![ \t]*\/?\w/;

/** Whether a #! line comes later than it may: after blanks, an empty line or a comment. */
function lateShebang(text: string): boolean {
  return lateStart.test(text) && !text.startsWith('#!');
}

function withoutShebang(scene: Scene): CauseMatch | undefined {
  return ofFailures(scene, (failure) => {
    const text = textOf(scene, failure);
    if (text === undefined || lateShebang(text) || downloadOf(text) !== undefined) return undefined;
    const path = shown(failure.last?.name ?? '');
    const interpreter = interpreterFor(path);
    return {
      message: `${path} is text without a #! line, which only a shell runs, not the kernel`,
      fix: advice(
        `Begin it with #!${interpreter}, as its very first bytes; or start it through its interpreter.`,
        [
          `sed -i '1i #!${interpreter}' ${shellQuote(baseName(path))}`,
          `ENTRYPOINT [${JSON.stringify(interpreter)}, ${JSON.stringify(path)}]`,
        ],
      ),
    };
  });
}

function interpreterFor(path: string): string {
  if (path.endsWith('.py')) return '/usr/bin/env python3';
  if (/\.[cm]?js$/.test(path)) return '/usr/bin/env node';
  return path.endsWith('.rb') ? '/usr/bin/env ruby' : '/bin/sh';
}

const shapes: Readonly<Record<string, string>> = {
  'bom-script': 'a byte order mark (UTF-8 BOM) stands before its #!',
  'utf-16': 'it is stored as UTF-16, so its first bytes are not #!',
};

function notFirst(scene: Scene): CauseMatch | undefined {
  return ofFailures(scene, (failure) => {
    const { last, reason, hops } = failure;
    if (last === undefined || reason !== 'no-rule-no-format' || takenByRule(hops)) return undefined;
    const text = textOf(scene, failure);
    const late =
      text !== undefined && lateShebang(text) ? 'its #! line is not the first one' : undefined;
    const how = shapes[last.kind] ?? late;
    if (how === undefined) return undefined;
    const file = shellQuote(baseName(shown(last.name)));
    const command =
      last.kind === 'utf-16'
        ? `iconv -f UTF-16 -t UTF-8 ${file} > ${file}.new`
        : `sed -i '1s/^\\xEF\\xBB\\xBF//' ${file}`;
    return {
      message: `${shown(last.name)} is a script, and ${how}; #! must be the first two bytes`,
      fix: advice(
        'Store it as UTF-8 without a byte order mark, with #! as its first two bytes.',
        late === undefined
          ? [command]
          : [`sed -i '1,/^[[:space:]]*#!/{/^[[:space:]]*#!/!d;s/^[[:space:]]*//}' ${file}`],
      ),
    };
  });
}

/** A script's interpreter that cannot be opened. */
function ofInterpreter(
  scene: Scene,
  tell: (
    script: string,
    name: string,
    failure: Failure,
  ) => ReturnType<Parameters<typeof ofFailures>[1]>,
): CauseMatch | undefined {
  return ofFailures(scene, (failure) => {
    if (failure.opening !== 'script-interpreter') return undefined;
    return tell(shown(failure.last?.name ?? ''), shown(failure.name ?? ''), failure);
  });
}

function crlf(scene: Scene): CauseMatch | undefined {
  const byKernel = ofInterpreter(scene, (script, name) =>
    name.endsWith('\r')
      ? {
          message: `${script} has the line ends of Windows, so the kernel looks for the interpreter "${name}"`,
          fix: unixEnds(script),
        }
      : undefined,
  );
  return (
    byKernel ??
    ofFailures(scene, (failure) => {
      const { program } = failure;
      if (program.by !== 'env' || program.argv[0]?.endsWith('\r') !== true) return undefined;
      const script = scriptOf(scene, failure);
      return {
        message: `${script} has the line ends of Windows, so env looks for "${shown(program.argv[0])}"`,
        fix: unixEnds(script),
      };
    }) ??
    crlfByText(scene) ??
    crlfInArgument(scene)
  );
}

/** env's or a shell's own message names the carriage return. */
function crlfByText(scene: Scene): CauseMatch | undefined {
  const sign = signsOf(scene, 'env', 'bad-interpreter').find(
    ({ word = '', line, errno, kind }) =>
      /(?:\r|\^M|\\r)$/.test(word) || /\\r'/.test(line) || (kind === 'env' && errno === undefined),
  );
  const script = scene.running.find(({ hops }) => hops[0]?.taken.by === 'script')?.hops[0]?.name;
  if (sign === undefined || script === undefined) return undefined;
  return {
    confidence: 'likely',
    message: `${shown(script)} has the line ends of Windows, so ${sign.kind === 'env' ? 'env' : 'the shell'} looks for an interpreter whose name ends in a carriage return`,
    evidence: [sign.line],
    fix: unixEnds(shown(script)),
  };
}

/** `#!/bin/sh -e\r`: the interpreter is found, and does not know such an option. */
function crlfInArgument(scene: Scene): CauseMatch | undefined {
  if (!scene.failed) return undefined;
  for (const { hops, index } of scene.running) {
    const script = hops.find(
      ({ taken }) => taken.by === 'script' && taken.argument?.endsWith('\r') === true,
    );
    if (script?.taken.by !== 'script') continue;
    return {
      confidence: 'likely',
      message: `${shown(script.name)} has the line ends of Windows, so ${shown(script.taken.interpreter)} is given an argument that ends in a carriage return`,
      evidence: [],
      fix: unixEnds(shown(script.name)),
      trace: index,
    };
  }
  return undefined;
}

function unixEnds(script: string) {
  const file = shellQuote(baseName(script));
  return advice('Store it with Unix line ends, and keep git from changing them.', [
    `sed -i 's/\\r$//' ${file}`,
    "echo '*.sh text eol=lf' >> .gitattributes",
  ]);
}

function scriptOf({ facts }: Scene, { program }: Failure): string {
  const parent = facts.traces[program.parent ?? -1];
  const hop = parent?.trace?.hops.find(({ taken }) => taken.by === 'script');
  return shown(hop?.name ?? parent?.argv[0] ?? 'the script');
}

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

function install(name: string, script: string) {
  const word = baseName(name);
  return advice(
    `Install ${word} in the last stage of the Dockerfile, or change the #! line of ${script} to an interpreter that the image has (#!/bin/sh).`,
    [
      `RUN apk add --no-cache ${shellQuote(word)}`,
      `RUN apt-get update && apt-get install -y --no-install-recommends ${shellQuote(word)}`,
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

function relative(scene: Scene): CauseMatch | undefined {
  return ofInterpreter(scene, (script, name, { program }) => {
    if (name === '' || name.startsWith('/') || name.endsWith('\r')) return undefined;
    return {
      message: `the #! line of ${script} names ${name}, which is looked up from the working directory ${shown(program.cwd)}`,
      fix: advice('Write the whole path of the interpreter.', [
        `sed -i ${shellQuote(`1s,^#! *[^ ]*,#!/${name.replaceAll(/[,&\\]/g, String.raw`\$&`)},`)} ${shellQuote(baseName(script))}`,
      ]),
    };
  });
}

function tooLong(scene: Scene): CauseMatch | undefined {
  return ofFailures(scene, ({ reason, last }) =>
    reason === 'script-too-long'
      ? {
          message: `the #! line of ${shown(last?.name ?? '')} is longer than the 256 bytes that the kernel reads`,
          fix: advice(
            'Put the interpreter at a shorter path (a virtual environment in a deep folder is the usual reason), or use #!/usr/bin/env.',
          ),
        }
      : undefined,
  );
}

function empty(scene: Scene): CauseMatch | undefined {
  return ofFailures(scene, ({ reason, last, opening, name }) =>
    reason === 'script-without-interpreter' || (opening === 'script-interpreter' && name === '')
      ? {
          message: `the #! line of ${shown(last?.name ?? '')} names no interpreter`,
          fix: advice('Name one: #!/bin/sh', [
            `sed -i '1s,^#!.*,#!/bin/sh,' ${shellQuote(baseName(shown(last?.name ?? '')))}`,
          ]),
        }
      : undefined,
  );
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

/** What stands in the #! line, or does not. */
export const family: Family = {
  id: 'scripts',
  title: 'Scripts',
  causes: [
    {
      id: 'shebang-crlf',
      title: 'a script with the line ends of Windows',
      why: 'A carriage return at the end of the #! line belongs to the name of the interpreter: the kernel looks for "/bin/sh\\r", and says that there is no such file. The script itself is there.',
      seen: [
        missing,
        "env: 'bash\\r': No such file or directory",
        '/bin/bash^M: bad interpreter: No such file or directory',
      ],
      proof: 'The first line of the file ends in 0d 0a.',
      remedy: "Store it with Unix line ends: sed -i 's/\\r$//' FILE",
      prevent: 'A line in .gitattributes: *.sh text eol=lf',
      find: crlf,
    },
    {
      id: 'shebang-empty',
      title: 'the #! line names no interpreter',
      why: 'The kernel sees #! and nothing behind it, and does not fall back to a shell.',
      seen: [formatError],
      proof: 'The first line is #! and blanks.',
      remedy: 'Name an interpreter: #!/bin/sh',
      prevent: 'Run the script once the way the container does, by its path and not through sh.',
      find: empty,
    },
    {
      id: 'shebang-too-long',
      title: 'the #! line is longer than the kernel reads',
      why: 'The kernel reads the first 256 bytes of a file. Where the name of the interpreter does not end in them it refuses the script with ENOEXEC; a long argument is only cut.',
      seen: [formatError],
      proof: 'No blank and no line end in the first 256 bytes.',
      remedy: 'Put the interpreter at a shorter path, or use #!/usr/bin/env.',
      prevent: 'Make virtual environments at short paths.',
      find: tooLong,
    },
    {
      id: 'shebang-relative',
      title: 'the #! line names a relative path',
      why: 'A relative interpreter is looked up from the working directory of the one who executes. It works with WORKDIR / and nowhere else.',
      seen: [missing],
      proof: 'What follows #! does not begin with a slash.',
      remedy: 'Write the whole path.',
      prevent: 'Begin scripts with #!/bin/sh or #!/usr/bin/env NAME.',
      before: ['shebang-interpreter-missing'],
      find: relative,
    },
    {
      id: 'shebang-interpreter-missing',
      title: "the script's interpreter is not in the image",
      why: 'The kernel (or env) looks for the interpreter that the #! line names. ENOENT is about that one, and the message names the script.',
      seen: [missing, "env: can't execute 'bash': No such file or directory"],
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
    {
      id: 'shebang-not-first',
      title: '#! is not at the very start of the file',
      why: 'The kernel compares the first two bytes. A byte order mark, UTF-16, an empty line or a comment before #! makes it text, which the kernel refuses; a shell still runs it.',
      seen: [formatError],
      proof: 'The file has a #! line, and its first two bytes are others.',
      remedy: 'Make #! the first two bytes.',
      prevent: 'Store scripts as UTF-8 without a byte order mark.',
      before: ['script-without-shebang'],
      find: notFirst,
    },
    {
      id: 'script-without-shebang',
      title: 'a script without a #! line',
      why: 'The exec form of ENTRYPOINT has no shell in between, and the kernel refuses text with ENOEXEC. From a shell the same file runs, since the shell reads it itself.',
      seen: [formatError, '/app/app.py: line 1: import: not found'],
      proof: 'The file is text, and its first two bytes are not #!.',
      remedy: 'Begin it with #!/bin/sh, or start it through its interpreter.',
      prevent: 'Begin every script with a #! line.',
      find: withoutShebang,
    },
  ],
};
