import type { BuildReport, PlatformResult } from '../model/build.ts';
import type { PreflightReport } from '../model/preflight.ts';
import type { MistakesReport } from './mistakes-text.ts';
import { formatPlatform } from '../model/platform.ts';
import type { ImageVerification } from '../model/verification.ts';
import { diagnosisFields } from './diagnose-json.ts';
import type {
  BuildDocument,
  CheckDocument,
  PlatformFields,
  PreflightDocument,
  VerificationFields,
  VerifyDocument,
} from './documents.ts';

/** The JSON documents: field names are part of xbuild's interface. */
const schemaVersion = 1;

export function preflightDocument(report: PreflightReport): PreflightDocument {
  const { facts, checks, platforms, ok } = report;
  return {
    schemaVersion,
    command: 'preflight',
    ok,
    engine: facts.engine,
    client: facts.client,
    builder: facts.builder,
    kernel: facts.kernel,
    platforms,
    checks,
  };
}

export function buildDocument(report: BuildReport): BuildDocument {
  const platforms = report.platforms.map(platformFields);
  return { schemaVersion, command: 'build', ...report, platforms };
}

export function verifyDocument(images: readonly ImageVerification[]): VerifyDocument {
  const ok = images.every((image) => image.ok);
  return { schemaVersion, command: 'verify', ok, images: images.map(verificationFields) };
}

function platformFields({ diagnosis, verification, ...rest }: PlatformResult): PlatformFields {
  return {
    ...rest,
    ...(diagnosis === undefined ? {} : { diagnosis: diagnosisFields(diagnosis) }),
    ...(verification === undefined ? {} : { verification: verificationFields(verification) }),
  };
}

function verificationFields({ diagnosis, ...rest }: ImageVerification): VerificationFields {
  return { ...rest, ...(diagnosis === undefined ? {} : { diagnosis: diagnosisFields(diagnosis) }) };
}

export function mistakesDocument({ file, platforms, findings }: MistakesReport): CheckDocument {
  return {
    schemaVersion,
    command: 'check',
    ok: findings.every(({ status }) => status !== 'fail'),
    file,
    platforms: platforms.map(formatPlatform),
    mistakes: findings,
  };
}
