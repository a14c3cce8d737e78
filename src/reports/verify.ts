import type { Report, ReportEnd, ReportSubject } from '../model/report.ts';
import type { ImageVerification } from '../model/verification.ts';

/** Verified images as a report: a subject an image and platform. */
export function reportOfVerification(images: readonly ImageVerification[], end: ReportEnd): Report {
  return {
    command: 'verify',
    ok: images.every(({ ok }) => ok),
    ...end,
    subjects: images.map(imageSubject),
    notes: [],
    outputs: {},
  };
}

function imageSubject(image: ImageVerification): ReportSubject {
  const { reference, platform, ok, uname, findings } = image;
  const good = uname.actual === null ? 'not run' : `verified ${uname.actual}`;
  return {
    name: `${reference} ${platform}`,
    image: reference,
    platform,
    outcome: ok ? 'ok' : 'failed',
    summary: ok ? good : 'not verified',
    findings: findings.map((finding) => ({ ...finding, platform: finding.platform ?? platform })),
  };
}
