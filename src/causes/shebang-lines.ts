import { shown } from '../model/bytes-text.ts';
import { stringOfBytes } from '../model/bytes.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, type Family, ofFailures } from './entry.ts';
import { takenByRule } from './foreign.ts';
import { downloadOf } from './downloads.ts';
import type { Failure } from './failures.ts';
import { headAt, type Scene } from './scene.ts';
import { formatError, missing, ofInterpreter } from './script-failure.ts';
import { baseName } from './words.ts';

export const order = 60;

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

/** What was probably meant: a name by itself is looked up in PATH by env. */
function absolute(name: string): string {
  return name.includes('/') ? `/${name.replace(/^(?:\.\/)+/, '')}` : `/usr/bin/env ${name}`;
}

function relative(scene: Scene): CauseMatch | undefined {
  return ofInterpreter(scene, (script, name, { program }) => {
    if (name === '' || name.startsWith('/') || name.endsWith('\r')) return undefined;
    return {
      message: `the #! line of ${script} names ${name}, which is looked up from the working directory ${shown(program.cwd)}`,
      fix: advice('Write the whole path of the interpreter.', [
        `sed -i ${shellQuote(`1s,^#! *[^ ]*,#!${absolute(name).replaceAll(/[,&\\]/g, String.raw`\$&`)},`)} ${shellQuote(baseName(script))}`,
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

/** What stands in the #! line, or does not. */
export const family: Family = {
  id: 'shebang-lines',
  title: 'Scripts: the #! line',
  causes: [
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
      id: 'shebang-not-first',
      title: '#! is not at the very start of the file',
      why: 'The kernel compares the first two bytes. A byte order mark, UTF-16, an empty line or a comment before #! makes it text, which the kernel refuses; a shell still runs it.',
      seen: [formatError],
      proof: 'The file has a #! line, and its first two bytes are others.',
      remedy: 'Make #! the first two bytes.',
      prevent: 'Store scripts as UTF-8 without a byte order mark.',
      before: ['script-without-shebang'],
      silent: true,
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
