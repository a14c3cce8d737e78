import { shown } from '../model/bytes-text.ts';
import type { ScriptLine } from '../model/script.ts';
import type { Fault, Spot } from './fault.ts';
import { isExecutable, joinPath, type ImageFile } from './image-files.ts';
import { reachLine, weigh, weighAbsence, type FaultScene } from './scene.ts';

export const order = 60;

function returned(file: ImageFile, interpreter: string, scene: FaultScene): Spot {
  return {
    path: file.path,
    status: weigh(scene, file),
    message: `the #! line of ${shown(file.path)} ends in a carriage return, so the kernel looks for "${shown(interpreter)}"`,
    several:
      'have a #! line that ends in a carriage return, which the kernel takes for a part of the name',
    why: 'Starting it ends in "no such file or directory": the file has the line ends of Windows.',
    evidence: reachLine(scene, file),
    fix: {
      text: 'Store it with Unix line ends; .gitattributes keeps git from changing them.',
      commands: ["echo '*.sh text eol=lf' >> .gitattributes"],
    },
  };
}

function missing(file: ImageFile, interpreter: string, scene: FaultScene): Spot {
  const name = shown(interpreter);
  return {
    path: file.path,
    status: weighAbsence(scene, file),
    message: `${shown(file.path)} is a script for ${name}, and the image has no such program`,
    several: `are scripts for ${name}, and the image has no such program`,
    why: 'Starting it ends in "no such file or directory", although the script itself is there.',
    evidence: reachLine(scene, file),
    fix: {
      text: `Install ${name} in the last stage, or change the #! line to an interpreter that the image has.`,
      commands: [],
    },
  };
}

function notExecutable(file: ImageFile, interpreter: ImageFile, scene: FaultScene): Spot {
  const name = shown(interpreter.path);
  return {
    path: file.path,
    status: weigh(scene, file),
    message: `${shown(file.path)} is a script for ${name}, which is not executable`,
    several: `are scripts for ${name}, which is not executable`,
    why: 'Starting it ends in "permission denied".',
    evidence: reachLine(scene, file),
    fix: { text: 'Give the interpreter the permission.', commands: [`RUN chmod 755 ${name}`] },
  };
}

/** `#!/usr/bin/env python3`: the program that env looks up. */
function wordOfEnv({ interpreter, argument }: ScriptLine): string | undefined {
  if (!/(?:^|\/)env$/.test(interpreter) || argument === undefined) return undefined;
  if (!argument.startsWith('-')) return argument;
  // -S splits the argument; env's other options say too little to go on.
  const words = /^(?:-S|--split-string=?)\s*(?<words>.*)$/.exec(argument)?.groups?.['words'];
  return words?.split(/[ \t]+/).find((word) => !/^[A-Za-z_]\w*=/.test(word) && word !== '');
}

/** What env looks for: only where something is seen to start the script, for the PATH may change. */
function throughEnv(file: ImageFile, line: ScriptLine, scene: FaultScene): Spot | undefined {
  const word = wordOfEnv(line);
  if (word === undefined || !scene.reach.has(file.path) || !scene.isWhole) return undefined;
  const places = word.includes('/') ? [word] : scene.path.map((folder) => joinPath(folder, word));
  if (places.some((path) => !path.startsWith('/') || scene.files.find(path) !== undefined)) {
    return undefined;
  }
  const name = word.endsWith('\r') ? `"${shown(word)}"` : shown(word);
  return {
    path: file.path,
    status: 'warn',
    message: `${shown(file.path)} is a script for ${name}, which env does not find in the image's PATH`,
    several: `are scripts for ${name}, which env does not find in the image's PATH`,
    why: `Starting it ends in "env: ${name}: No such file or directory", unless the PATH is another one then.`,
    evidence: reachLine(scene, file),
    fix: { text: `Install ${name} in the last stage, or set PATH there.`, commands: [] },
  };
}

/** Paths that are only there while a container runs. */
const MOUNTED = /^\/(?:proc|sys|dev|run)\//;

/** Examples, which whoever wants them copies from there. */
const EXAMPLES = '/usr/share/doc/';

function judge(file: ImageFile, scene: FaultScene): Spot | undefined {
  const { script } = file;
  if (script === undefined || !isExecutable(file)) return undefined;
  if (file.path.startsWith(EXAMPLES) && !scene.reach.has(file.path)) return undefined;
  const { interpreter } = script;
  // A relative interpreter is looked for where the script is started.
  if (!interpreter.startsWith('/') || MOUNTED.test(interpreter)) return undefined;
  const found = scene.files.find(interpreter);
  if (found === undefined) {
    return interpreter.endsWith('\r')
      ? returned(file, interpreter, scene)
      : missing(file, interpreter, scene);
  }
  return isExecutable(found) ? throughEnv(file, script, scene) : notExecutable(file, found, scene);
}

/** Scripts whose `#!` interpreter is not in the image, or cannot be executed. */
export const fault: Fault = {
  id: 'interpreter-missing',
  find: (scene) => [...scene.files.all()].flatMap((file) => judge(file, scene) ?? []),
};
