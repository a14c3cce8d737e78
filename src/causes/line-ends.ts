import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, type Family, ofFailures } from './entry.ts';
import { stringOfBytes } from '../model/bytes.ts';
import { headAt, type Scene, signsOf } from './scene.ts';
import { missing, ofInterpreter, scriptOf } from './script-failure.ts';
import { shellScript } from './script-reading.ts';
import { baseName } from './words.ts';

export const order = 58;

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
    crlfInArgument(scene) ??
    crlfInBody(scene)
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

/** Lines to which a carriage return does nothing: comments, and what is only printed. */
function isHarmless(line: string): boolean {
  return /^\s*(?:#|echo\b|printf\b)|\s#[^'"]*$/.test(line);
}

/** A good #! line, or none where a shell is named: every line behind it ends in a carriage return. */
function crlfInBody(scene: Scene): CauseMatch | undefined {
  if (!scene.failed) return undefined;
  const [sign] = signsOf(scene, 'crlf');
  for (const running of scene.running) {
    const path = shellScript(running);
    const text = path === undefined ? '' : stringOfBytes(headAt(scene, path));
    const ended = text.split('\n').filter((line) => line.endsWith('\r'));
    const told = scene.facts.surface.stage !== 'never';
    if (path === undefined || (told ? ended.length === 0 : ended.every(isHarmless))) continue;
    return {
      confidence: 'likely',
      message: `${shown(path)} has the line ends of Windows, so the shell takes a carriage return for a part of each line's last word`,
      evidence: sign === undefined ? [] : [sign.line],
      fix: unixEnds(shown(path)),
      trace: running.index,
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

/** Carriage returns. */
export const family: Family = {
  id: 'line-ends',
  title: 'Scripts: line ends',
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
  ],
};
