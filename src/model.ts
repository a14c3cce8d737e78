/**
 * The pure part of xbuild: platforms, ELF files, rules of binfmt_misc, and what execve(2) does with a
 * file. It needs neither Docker nor Node, and runs in a browser.
 */
export { XbuildError } from './model/errors.ts';
export type { ErrorCode } from './model/errors.ts';
export type { Finding, Fix, Status } from './model/finding.ts';
export type * from './model/facts.ts';

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
  parseRuleFile as parseRule,
} from './model/binfmt-rule.ts';
export type { Rule } from './model/binfmt-rule.ts';
export { formatRegisterString, parseRegisterString } from './model/binfmt-register.ts';
export { traceExec } from './model/exec-trace.ts';
export type { ExecInput, Trace } from './model/exec-trace.ts';
