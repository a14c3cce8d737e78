import type { EngineFacts, KernelFacts, Known } from './facts.ts';
import type { Finding } from './finding.ts';
import type { Platform } from './platform.ts';

/** The docker command on this machine, which wraps the build. */
export interface ClientFacts {
  /** Path or name of the docker command. */
  command: string;
  /** `28.5.2`; null where it was not asked, since buildx is there and builds. */
  version: string | null;
  /** The buildx plugin's version, `0.29.1`; null where there is none. */
  buildx: string | null;
}

/** The builder that will carry out the build: the engine's own BuildKit, or one of buildx. */
export interface BuilderFacts {
  /** `default`, or the name that --builder, BUILDX_BUILDER or `docker buildx use` chose. */
  name: string;
  /**
   * buildx's drivers. With `docker` the engine's own kernel runs the steps, with `docker-container`
   * too; `remote`, `kubernetes` and `cloud` run them elsewhere, where the probe cannot look.
   */
  driver: 'docker' | 'docker-container' | 'remote' | 'kubernetes' | 'cloud' | 'unknown';
  /** Who chose it, for people: `--builder`, `BUILDX_BUILDER`, `docker buildx use`. */
  source: string;
}

/** All that preflight judges. */
export interface PreflightFacts {
  engine: EngineFacts;
  client: Known<ClientFacts>;
  builder: Known<BuilderFacts>;
  kernel: Known<KernelFacts>;
}

/** What a check is asked: pure, so the same facts give the same findings anywhere. */
export interface PreflightInput {
  facts: PreflightFacts;
  /** The platforms that the user wants, without duplicates. */
  platforms: readonly Platform[];
  /** Whether the user named them; false where preflight was asked for everything it knows. */
  named: boolean;
}

/**
 * One preflight check. Its id is part of xbuild's interface; it returns at least one finding, and
 * one per platform where it is about platforms.
 */
export interface Check {
  id: string;
  /** A few words for the list: `binfmt_misc is mounted`. */
  title: string;
  run(input: PreflightInput): Finding[];
}

/** Whether and how a platform runs on the engine. */
export interface PlatformSupport {
  platform: string;
  support: 'native' | 'emulated' | 'none' | 'unknown';
  /** Name of the rule that takes its programs. */
  rule?: string;
  /** The interpreter that the rule names. */
  interpreter?: string;
  /** What really executes it, in its own words: `qemu-aarch64 version 7.2.22 (Debian …)`. */
  emulator?: string;
  probe?: { machine?: string; errno?: string; outcome: string };
  /** One line: why it does not run, or what is missing to know. */
  reason?: string;
}

/** What preflight says; `ok` is false where a wanted platform cannot be built. */
export interface PreflightReport {
  ok: boolean;
  facts: PreflightFacts;
  checks: Finding[];
  platforms: PlatformSupport[];
}
