import type { Finding } from '../model/finding.ts';
import { judgeProgram } from './judge-program.ts';
import type { ProgramScene } from './program-scene.ts';
import { healthPrograms, shellPrograms, type NamedProgram } from './programs.ts';
import { findProgram } from './start-command.ts';
import { walkerOf } from './program-scene.ts';
import { shown } from '../model/bytes-text.ts';
import { formatPlatform } from '../model/platform.ts';

interface Further {
  id: 'healthcheck' | 'shell';
  /** Before a finding's own message. */
  lead: string;
  instruction: string;
  programs: readonly NamedProgram[];
  /** What a program counts that cannot be started. */
  status: 'fail' | 'warn';
}

function furtherOf(scene: ProgramScene): Further[] {
  const { healthcheck = [], shell = [] } = scene.config;
  return [
    {
      id: 'healthcheck',
      lead: 'the health check does not start',
      instruction: `HEALTHCHECK ${JSON.stringify(healthcheck)}`,
      programs: healthPrograms(scene.config),
      status: 'fail',
    },
    {
      id: 'shell',
      lead: 'commands in shell form do not start',
      instruction: `SHELL ${JSON.stringify(shell)}`,
      programs: shellPrograms(scene.config),
      // It is for commands that others may give: a build FROM this image.
      status: 'warn',
    },
  ];
}

/** A command of a shell that no directory of the PATH has; the script may be ready for that. */
function notThere(program: NamedProgram, further: Further, scene: ProgramScene): Finding[] {
  if (program.certain || program.name.includes('/')) return [];
  const lookup = findProgram(program.name, scene.config, walkerOf(scene));
  if (!('absent' in lookup)) return [];
  const name = shown(program.name);
  return [
    {
      id: `${further.id}-missing`,
      status: 'warn',
      platform: formatPlatform(scene.platform),
      message: `the health check runs "${name}", and no folder of the image's PATH has such a program`,
      why: 'Unless the command is ready for that, the container is told to be unhealthy.',
      evidence: [`${further.instruction} of ${scene.reference}`],
      fix: { text: `Install ${name} in the last stage of the Dockerfile.`, commands: [] },
    },
  ];
}

function told(finding: Finding, further: Further, scene: ProgramScene): Finding {
  const [, ...evidence] = finding.evidence ?? [];
  const { id, lead, instruction, status } = further;
  return {
    ...finding,
    id: finding.id.replace('entrypoint', id),
    status: finding.status === 'fail' ? status : finding.status,
    message: `${lead}: ${finding.message}`,
    evidence: [`${instruction} of ${scene.reference}`, ...evidence],
  };
}

/** What the health check and the image's shell come by, judged as what the image starts. */
export function judgeFurther(scene: ProgramScene): Finding[] {
  return furtherOf(scene).flatMap((further) =>
    further.programs.flatMap((program) => [
      ...judgeProgram(program, scene).findings.map((finding) => told(finding, further, scene)),
      ...notThere(program, further, scene),
    ]),
  );
}
