import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { installFix } from '../model/rule-fixes.ts';
import { engineToFix } from './engine-fix.ts';
import { advice, ofFailures, subjectOf } from './entry.ts';
import { nativeLine, rulesLine } from './foreign.ts';
import { type Scene, signsOf } from './scene.ts';

export function notInherited(scene: Scene): CauseMatch | undefined {
  return (
    ofFailures(scene, (failure) => {
      const { program, reason } = failure;
      const starter = scene.facts.traces[program.parent ?? -1] ?? scene.facts.traces[0];
      const emulator = starter?.argv[0] ?? '';
      if (!/(?:^|\/)qemu-[\w-]+$/.test(emulator) || reason !== 'foreign-architecture')
        return undefined;
      return inherited(scene, shown(emulator), subjectOf(failure), failure.last?.architecture);
    }) ?? notInheritedByText(scene)
  );
}

export function inherited(
  scene: Scene,
  emulator: string,
  child: string,
  architecture: string | undefined,
) {
  return {
    message: `${emulator} was started by hand; what its program starts, ${child}, goes to the kernel again, and no rule takes it`,
    evidence: [nativeLine(scene), rulesLine(scene)],
    fix:
      architecture === undefined
        ? advice(
            'Register a rule for the architecture, and start the program itself instead of the emulator.',
          )
        : installFix(engineToFix(scene), [architecture]),
  };
}

function notInheritedByText(scene: Scene): CauseMatch | undefined {
  const emulator = scene.facts.traces[0]?.argv[0] ?? '';
  const sign = signsOf(scene, 'shell', 'exec').find(({ errno }) => errno === 'ENOEXEC');
  if (!/(?:^|\/)qemu-[\w-]+$/.test(emulator) || sign === undefined) return undefined;
  const told = inherited(
    scene,
    shown(emulator),
    sign.path ?? 'a program',
    scene.facts.platform?.split('/')[1],
  );
  return { confidence: 'likely', ...told, evidence: [sign.line, ...told.evidence] };
}
