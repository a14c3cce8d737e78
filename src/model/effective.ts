/** One setting of a build as it applies, and what said so. */
export interface EffectiveSetting {
  /** As xbuild.yaml spells it, or the flag where the file has no such key. */
  key: string;
  /** Secrets removed; untrusted. */
  value: string;
  /** `xbuild.yaml:3:5`, `--platform`, `DOCKER_DEFAULT_PLATFORM`, `default`. */
  source: string;
  /** Where the file says otherwise: its place. */
  instead?: string;
}

/** The settings of one image. */
export interface EffectiveImage {
  name?: string;
  settings: EffectiveSetting[];
  /** The command line that builds it without a file. */
  command: string[];
}
