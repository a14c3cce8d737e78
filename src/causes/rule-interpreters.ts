import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { asRoot } from '../model/rule-fixes.ts';
import { engineToFix } from './engine-fix.ts';
import { advice, type Family } from './entry.ts';
import type { Interpreted } from './foreign.ts';
import {
  lines,
  missing,
  ofInterpreter,
  packaged,
  repair,
  replace,
  taken,
} from './interpreter-failure.ts';
import { hostFile, type Scene, signsOf } from './scene.ts';

export const order = 20;

function isGone(scene: Scene, { interpreter }: Interpreted): boolean {
  return hostFile(scene, interpreter)?.errno === 'ENOENT';
}

const notThere = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

function withoutF(scene: Scene): CauseMatch | undefined {
  const found = ofInterpreter(scene, (failure, interpreted) => {
    if (failure.opening !== 'rule-interpreter' || !notThere.has(failure.errno)) return undefined;
    const { interpreter, rule } = interpreted;
    const gone = isGone(scene, interpreted);
    const elsewhere = failure.at === interpreter ? [] : [`what is missing: ${shown(failure.at)}`];
    return {
      message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreter)} is looked up inside the container (no flag F) and is not there`,
      evidence: [...lines(scene, rule), ...elsewhere],
      fix: replace(scene, interpreted),
      ...(gone ? { confidence: 'likely' as const } : {}),
    };
  });
  return found ?? oldRuleStays(scene);
}

/** A name that is taken (EEXIST) keeps its old rule: the usual reason for one without F. */
function oldRuleStays(scene: Scene): CauseMatch | undefined {
  const [sign] = signsOf(scene, 'rule-exists');
  if (sign === undefined || scene.facts.target.kind !== 'log') return undefined;
  return {
    confidence: 'possible',
    message: 'a rule of that name is registered already and stays as it is, perhaps without flag F',
    evidence: [sign.line],
    fix: advice('Look at the rules, remove the old one, then register the new one.', [
      'xbuild binfmt list',
    ]),
  };
}

function interpreterMissing(scene: Scene): CauseMatch | undefined {
  return ofInterpreter(scene, (failure, interpreted) => {
    if (failure.opening !== 'rule-interpreter' || !isGone(scene, interpreted)) return undefined;
    return {
      message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreted.interpreter)} is gone from the engine's machine, too`,
      evidence: [
        ...lines(scene, interpreted.rule),
        `${shown(interpreted.interpreter)} on the engine's machine: not there`,
      ],
      fix: replace(scene, interpreted),
    };
  });
}

function notExecutable(scene: Scene): CauseMatch | undefined {
  return ofInterpreter(scene, (failure, interpreted) => {
    if (failure.opening !== 'rule-interpreter' || failure.errno !== 'EACCES') return undefined;
    const path = shown(failure.at);
    return {
      message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreted.interpreter)} is not executable`,
      evidence: [
        `${path}: ${failure.reason.replaceAll('-', ' ')}`,
        ...lines(scene, interpreted.rule),
      ],
      fix: advice(
        `Make it executable where it is looked up (in the container, since the rule has no flag F), or replace the rule by one with F.`,
        [
          asRoot(engineToFix(scene), `chmod 755 ${shellQuote(shown(interpreted.interpreter))}`),
          ...replace(scene, interpreted).commands,
        ],
      ),
    };
  });
}

/** A rule takes the program, and its interpreter is out of reach. */
export const family: Family = {
  id: 'rule-interpreters',
  title: 'Emulation: the interpreter of the rule cannot be opened',
  causes: [
    {
      id: 'rule-interpreter-missing',
      title: "the rule's interpreter is gone from the machine",
      why: 'A rule without flag F opens its interpreter by its path at every execve(2). When qemu is uninstalled or moved, the rule stays, and the kernel reports ENOENT as if the program were missing.',
      seen: [missing],
      proof:
        'The program is there, and the interpreter that the rule names is not on the machine either.',
      remedy: repair,
      prevent: packaged,
      before: ['rule-without-fix-binary'],
      find: interpreterMissing,
    },
    {
      id: 'rule-without-fix-binary',
      title: 'the rule has no flag F, and its interpreter is not inside the container',
      why: 'Without flag F (fix binary) the kernel looks the interpreter up in the root directory of the one who executes: inside the container, where no qemu is. ENOENT is about the interpreter, and the message names the program. A rule cannot be registered over one of its name (EEXIST), so an old one without F stays.',
      seen: [missing],
      proof:
        'The program is there, the rule has no F, and its interpreter is on the machine but not in the container.',
      remedy: repair,
      prevent: packaged,
      find: withoutF,
    },
    {
      id: 'rule-interpreter-not-executable',
      title: "the rule's interpreter is not executable",
      why: 'The kernel opens the interpreter of a rule without flag F for execution, and a file without permission to execute gives EACCES.',
      seen: ['exec /app: permission denied'],
      proof: 'The program itself is executable; the interpreter of its rule is not.',
      remedy: `Make the emulator executable (chmod 755), or: ${repair}`,
      prevent: packaged,
      find: notExecutable,
    },
  ],
};
