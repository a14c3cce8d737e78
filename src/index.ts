/**
 * xbuild as a library: build Docker images for several platforms, prove that each one runs, and say
 * what a kernel does with a file.
 *
 * What `xbuild/model` exports is pure: it needs neither Docker nor Node. The functions with effects
 * (`preflight`, `build`, `verify`, `diagnose`) load what they need when they are called.
 */
export { preflight, build, verify, diagnose } from './library.ts';
export type { Allowance } from './model/allowance.ts';
export type {
  BuildOptions,
  DiagnoseOptions,
  EngineOptions,
  PreflightOptions,
  VerifyOptions,
} from './library.ts';

export type {
  BuilderFacts,
  ClientFacts,
  PlatformSupport,
  PreflightFacts,
  PreflightReport,
} from './model/preflight.ts';
export type {
  BuildFailure,
  BuildReport,
  NodeResult,
  PlatformResult,
  StepTime,
} from './model/build.ts';
export type { EntrypointFile, ImageVerification } from './model/verification.ts';
export type { BuildEvent, MessageEvent, OutputEvent, StepEvent } from './progress/event.ts';
export type * from './model/container.ts';
export type * from './model/diagnosis.ts';
export type { Refused } from './model/path-walk.ts';
export * from './model.ts';
