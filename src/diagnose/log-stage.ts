import type { Stage, SurfaceLine } from '../model/diagnosis.ts';

const stages: readonly (readonly [stage: Stage, pattern: RegExp])[] = [
  [
    'client',
    /unknown command: docker |is not a docker command|credential-|failed to fetch metadata: fork\/exec/,
  ],
  [
    'build',
    /did not complete successfully|executor failed running|^The command '.*' returned a non-zero code|^#\d+ ERROR|^=> .* FAILED/,
  ],
  [
    'pull',
    /no matching manifest|does not (?:provide|match) the specified platform|manifest (?:unknown|for .* not found)|no match for platform|image operating system/,
  ],
  ['create', /no command specified/],
  [
    'runtime',
    /OCI runtime (?:create|exec) failed|container_linux\.go|runc create failed|crun: .*executable|unable to start container process/,
  ],
  [
    'exec',
    /exec user process caused|exec container process|^(?:\S+ )?exec \/?\S+: [a-z]|standard_init_linux/,
  ],
  // What the engine refuses for a reason that no cause is about: the network, a registry's rights.
  [
    'pull',
    /Error response from daemon: .*(?:failed to resolve reference|pull access denied|Get ")/,
  ],
  ['create', /Error response from daemon: /],
];

/** How far a log says that it came; `unknown` where no line tells. */
export function stageOfLines(lines: readonly SurfaceLine[]): Stage {
  for (const [stage, pattern] of stages) {
    if (lines.some(({ text }) => pattern.test(text))) return stage;
  }
  return 'unknown';
}

/** The platforms that a log names, most telling first: of an image, of a build's steps. */
export function platformOfLines(lines: readonly SurfaceLine[]): string | undefined {
  const patterns = [
    /requested image's platform \((?<platform>[\w/.-]+)\)/,
    /\[(?<platform>linux\/[\w/]+?)(?:->[\w/]+)? (?:[\w.-]+ )?\d+\/\d+\] RUN/,
    /FROM --platform=(?<platform>linux\/[\w/]+)/,
  ];
  for (const pattern of patterns) {
    for (const { text } of lines) {
      const platform = pattern.exec(text)?.groups?.['platform'];
      if (platform !== undefined) return platform;
    }
  }
  return undefined;
}
