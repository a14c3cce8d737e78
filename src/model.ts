/**
 * The pure part of xbuild: platforms, ELF files, rules of binfmt_misc, and what execve(2) does with a
 * file. It needs neither Docker nor Node, and runs in a browser.
 */
export { XbuildError } from './model/errors.ts';
export type { ErrorCode } from './model/errors.ts';
export type { Finding, FindingLocation, Fix, Status } from './model/finding.ts';

export {
  formatPlatform,
  normalizePlatform,
  parsePlatform,
  parsePlatformList,
  samePlatform,
} from './model/platform.ts';
export type { Platform } from './model/platform.ts';
export { architectures, findArchitecture, headFor, magicAndMask } from './model/architecture.ts';
export type { Architecture, MagicAndMask, RuleStyle, Variant } from './model/architecture.ts';
export { isElf, readElf } from './model/elf.ts';
export type { Elf, Interpreter, Linkage, NotElf, ProgramHeader } from './model/elf.ts';
export type { Dynamic } from './model/elf-dynamic.ts';
export type { ArmAttributes } from './model/elf-arm.ts';
export { parseScriptLine } from './model/script.ts';
export type { NotScript, ScriptLine } from './model/script.ts';
export { describeHead } from './model/file-kind.ts';
export type { FileKind, OtherKind } from './model/file-kind.ts';
export {
  explainMismatch,
  findRule,
  formatRuleFile,
  matchRule,
  parseRuleFile,
  parseRuleFile as parseRule,
} from './model/binfmt-rule.ts';
export type {
  ExtensionRule,
  MagicRule,
  Mismatch,
  OpaqueRule,
  Rule,
  RuleBasics,
  RuleReading,
} from './model/binfmt-rule.ts';
export { formatRegisterString, parseRegisterString } from './model/binfmt-register.ts';
export type { RegisterFault, RegisterField, RegisterReading } from './model/binfmt-register.ts';
export { traceExec } from './model/exec-trace.ts';
export type { Descriptor, ExecInput } from './model/exec-trace.ts';
export type {
  ExecReason,
  Failed,
  GuestLoader,
  Hop,
  Opening,
  Started,
  Taker,
  Trace,
  Unanswered,
} from './model/exec-result.ts';
export type { LoaderReason } from './model/elf-load.ts';
export type { WalkReason } from './model/path-walk.ts';
export type { Credentials, ProgramIds } from './model/credentials.ts';
export { viewOfFacts } from './model/file-view.ts';
export type { FileNode, FileView } from './model/file-view.ts';
export { isKnown } from './model/facts.ts';
export type * from './model/facts.ts';
