import type { Finding } from '../model/finding.ts';
import type { Check } from '../model/preflight.ts';
import { shellQuote } from '../model/escape.ts';
import { asRoot, placeOfRoot } from '../model/rule-fixes.ts';
import { interpreterOf } from './interpreter-file.ts';
import { aboutRules, complain } from './scene.ts';
import type { Scene } from './scene.ts';
import { needsRule } from './wanted.ts';
import type { Wanted } from './wanted.ts';
import { ruleLine } from './words.ts';

export const order = 180;

const id = 'interpreter-executable';

export const check: Check = {
  id,
  title: 'The interpreters may be executed',
  run: (input) =>
    aboutRules(id, input, 'No interpreter of a wanted platform lacks its x bit.', (scene) =>
      scene.wanted.filter(needsRule).flatMap((wanted) => judge(scene, wanted)),
    ),
};

function judge(scene: Scene, wanted: Wanted): Finding[] {
  const { rule } = wanted;
  const file = interpreterOf(scene.kernel, wanted)?.file;
  // With F the permission was asked for once, at registration, and the kernel holds the file.
  if (rule === undefined || rule.flags.includes('F') || file?.errno !== 'ok') return [];
  const mode = file.mode ?? 0o755;
  if ((file.kind ?? 'file') === 'file' && (mode & 0o111) !== 0) return [];
  const isFile = file.kind === 'file';
  return [
    complain(id, scene, wanted, {
      message: isFile
        ? `The interpreter of rule ${rule.name}, ${file.path}, may not be executed.`
        : `The interpreter of rule ${rule.name}, ${file.path}, is not a file but a ${file.kind === 'directory' ? 'directory' : 'special file'}.`,
      why: 'The kernel then refuses every program that the rule takes: "permission denied".',
      evidence: [
        ruleLine(rule),
        `${file.path}: mode ${(file.mode ?? 0).toString(8).padStart(4, '0')}`,
      ],
      ...(isFile && {
        fix: {
          text: `Give it the x bit.${placeOfRoot(scene.engine)}`,
          commands: [asRoot(scene.engine, `chmod a+x ${shellQuote(file.path)}`)],
        },
      }),
    }),
  ];
}
