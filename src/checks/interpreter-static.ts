import type { Check } from '../model/preflight.ts';
import { interpreterOf, loaderOf } from './interpreter-file.ts';
import { aboutReplaceable } from './scene.ts';
import type { Fault, Scene } from './scene.ts';
import type { Wanted } from './wanted.ts';
import { ruleLine } from './words.ts';

export const order = 200;

const id = 'interpreter-static';

/** Static programs and static-PIE ones are fine; flag F opens the interpreter, never its loader. */
export const check: Check = {
  id,
  title: 'The interpreters are statically linked',
  run: (input) =>
    aboutReplaceable(
      id,
      input,
      'No interpreter of a wanted platform is known to be dynamic.',
      faultOf,
    ),
};

function faultOf(scene: Scene, wanted: Wanted): Fault[] {
  const { rule } = wanted;
  const found = interpreterOf(scene.kernel, wanted);
  const loader = found && loaderOf(found.file);
  if (rule === undefined || found === undefined || loader === undefined) return [];
  const complaint = {
    message: `The interpreter of rule ${rule.name}, ${found.path}, is dynamically linked.`,
    why: `Its loader, ${loader}, and its libraries are looked up inside each container, where they are missing or of another CPU. Flag F does not help: it opens the interpreter alone.`,
    evidence: [ruleLine(rule), ...found.links, `${found.file.path}: PT_INTERP ${loader}`],
  };
  return [{ wanted, complaint }];
}
