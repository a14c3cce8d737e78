import type { Finding } from '../model/finding.ts';
import type { ReportSubject } from '../model/report.ts';

/** What preflight found about the engine itself, and not about one platform. */
export function engineSubject(checks: readonly Finding[]): ReportSubject {
  const findings = checks.filter(({ platform }) => platform === undefined);
  const failed = findings.some(({ status }) => status === 'fail');
  return {
    name: 'engine',
    outcome: failed ? 'failed' : 'ok',
    summary: failed ? 'cannot build' : 'ready',
    findings,
  };
}
