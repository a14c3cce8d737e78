/**
 * xbuild as a library: build Docker images for several platforms, prove that each one runs, and say
 * what a kernel does with a file.
 *
 * What is exported from `model` is pure: it needs neither Docker nor Node. The functions with
 * effects (`preflight`, `build`, `verify`) load what they need when they are called.
 */
export { preflight, build, verify } from './library.ts';
export type { Allowance } from './faults/allow.ts';
export type { BuildOptions, EngineOptions, PreflightOptions, VerifyOptions } from './library.ts';

export { XbuildError } from './model/errors.ts';
export type { ErrorCode } from './model/errors.ts';
export type { Finding, Fix, Status } from './model/finding.ts';
export type * from './model/facts.ts';
export type { PreflightReport, PlatformSupport } from './model/preflight.ts';
export type { BuildFailure, BuildReport, PlatformResult } from './model/build.ts';
export type { EntrypointFile, ImageVerification } from './model/verification.ts';
export type { BuildEvent, MessageEvent, OutputEvent, StepEvent } from './progress/event.ts';

export {
  formatPlatform,
  normalizePlatform,
  parsePlatform,
  parsePlatformList,
  samePlatform,
} from './model/platform.ts';
export type { Platform } from './model/platform.ts';
export { architectures, findArchitecture, headFor, magicAndMask } from './model/architecture.ts';
export type { Architecture } from './model/architecture.ts';
export { isElf, readElf } from './model/elf.ts';
export type { Elf, NotElf } from './model/elf.ts';
export { parseScriptLine } from './model/script.ts';
export { describeHead } from './model/file-kind.ts';
export {
  explainMismatch,
  findRule,
  formatRuleFile,
  matchRule,
  parseRuleFile,
} from './model/binfmt-rule.ts';
export type { Rule } from './model/binfmt-rule.ts';
export { formatRegisterString, parseRegisterString } from './model/binfmt-register.ts';
export { traceExec } from './model/exec-trace.ts';
export type { ExecInput, Trace } from './model/exec-trace.ts';
