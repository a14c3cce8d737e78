import type { Outcome } from '../../changes/outcome.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import { planTransition } from '../../changes/plan/transition.ts';
import { shellLine, type Write } from '../../changes/plan/write.ts';
import { formatRuleFile } from '../../model/binfmt-rule.ts';
import type { BinfmtTable } from '../../model/binfmt-table.ts';

/** The document of a change: what was planned, how it is undone, and what came of it. */
export function changeDocument(
  plan: Plan,
  outcome: Outcome | undefined,
  { directory }: { directory: string },
): Record<string, unknown> {
  const said = (write: Write) => ({
    to: write.to,
    text: write.text,
    shell: shellLine(write, directory),
  });
  return {
    result: outcome?.result ?? 'planned',
    purpose: plan.purpose,
    plan: {
      writes: plan.writes.map(said),
      undo: planTransition(plan.after, plan.before).writes.map(said),
      mustRun: plan.mustRun,
      notes: plan.notes,
    },
    ...(outcome === undefined
      ? {}
      : {
          ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
          writes: outcome.attempts.map(({ write, errno }) => ({ ...said(write), errno })),
          checks: outcome.proofs,
          undone: outcome.undo.map(({ write, errno }) => ({ ...said(write), errno })),
          remains: outcome.remains,
        }),
    before: tableDocument(plan.before),
    after: tableDocument(outcome?.after ?? plan.after),
  };
}

/** A table as JSON: the rules in match order, each with the file that the kernel shows. */
export function tableDocument(table: BinfmtTable): Record<string, unknown> {
  return {
    enabled: table.enabled,
    rules: table.rules.map((rule) => ({ name: rule.name, file: formatRuleFile(rule) })),
  };
}
