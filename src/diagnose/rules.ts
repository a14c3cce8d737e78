import { findRule, headOf, type Rule } from '../model/binfmt-rule.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { ExecInput } from '../model/exec-trace.ts';
import { isKnown, type FileFacts, type KernelFacts, type Known } from '../model/facts.ts';
import { viewOfFacts } from '../model/file-view.ts';
import { rulesOfFiles } from '../model/rules-of-files.ts';

/** What of the kernel decides an execve(2). */
export interface RuleTable extends Required<Pick<ExecInput, 'rules' | 'enabled' | 'held'>> {}

/** The rules as the kernel asks them, and the files that those with flag F hold open. */
export function rulesOf(kernel: Known<KernelFacts>): RuleTable {
  if (!isKnown(kernel)) return { rules: [], enabled: false, held: {} };
  const { mount, status, rules: files } = kernel.binfmt;
  const rules = rulesOfFiles(files);
  return {
    rules,
    enabled: mount === 'binfmt_misc' && status !== 'disabled',
    held: heldBy(rules, kernel),
  };
}

/** An emulator that ran shows its own file; of another one the path is all there is. */
function heldBy(rules: readonly Rule[], kernel: KernelFacts): RuleTable['held'] {
  const held: Record<string, NonNullable<ExecInput['held']>[string]> = {};
  for (const rule of rules) {
    if (!rule.flags.includes('F')) continue;
    const file = runningFile(rule, rules, kernel) ?? fileAt(rule.interpreter, kernel);
    const node = file === undefined ? undefined : viewOfFacts([file]).lstat(file.path);
    if (file !== undefined && typeof node === 'object') {
      held[rule.name] = { path: rule.interpreter, node };
    }
  }
  return held;
}

function runningFile(
  rule: Rule,
  rules: readonly Rule[],
  kernel: KernelFacts,
): FileFacts | undefined {
  const run = kernel.runs.find(({ head, emulator }) => {
    if (emulator?.file?.head === undefined) return false;
    return findRule(rules, headOf(bytesOfBase64(head)), '') === rule;
  });
  return run?.emulator?.file;
}

function fileAt(path: string, kernel: KernelFacts): FileFacts | undefined {
  return kernel.interpreters.find((file) => file.path === path);
}
