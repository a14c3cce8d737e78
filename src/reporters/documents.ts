import type { RuleRow } from '../binfmt/list.ts';
import type { MatchReport } from '../binfmt/match.ts';
import type { NoRules } from '../binfmt/place-words.ts';
import type { RegisterReport } from '../binfmt/register-fields.ts';
import type { RuleView } from '../binfmt/show.ts';
import type { Place } from '../binfmt/table.ts';
import type { BuildReport, PlatformResult } from '../model/build.ts';
import type { DiagnosedCause, ProgramTrace, Stage, TargetKind } from '../model/diagnosis.ts';
import type { EffectiveImage } from '../model/effective.ts';
import type { ErrorCode } from '../model/errors.ts';
import type { Hop, Trace } from '../model/exec-trace.ts';
import type { BinfmtFacts, EngineFacts, KernelFacts, Known } from '../model/facts.ts';
import type { Finding, Fix } from '../model/finding.ts';
import type { BuilderFacts, ClientFacts, PlatformSupport } from '../model/preflight.ts';
import type { ImageVerification } from '../model/verification.ts';

// The documents of --json. schema/*.schema.json is made from these types: npm run generate.

/** What every document begins with; a new schemaVersion may change or drop fields. */
interface Head<Command extends string> {
  schemaVersion: 1;
  command: Command;
  /** Whether all is as it was asked for. */
  ok: boolean;
}

/** In place of a document: the request could not be carried out. */
export interface ErrorDocument {
  schemaVersion: 1;
  /** The command: `build`, `binfmt`. */
  command: string;
  ok: false;
  error: {
    code: ErrorCode | 'bug';
    /** What could not be done, why, and what was received. */
    message: string;
    /** What to do. */
    hint: string;
    /** Lines of evidence. */
    detail: readonly string[];
  };
}

/** What preflight read and judged. */
interface PreflightFields {
  engine: EngineFacts;
  client: Known<ClientFacts>;
  builder: Known<BuilderFacts>;
  kernel: Known<KernelFacts>;
  platforms: PlatformSupport[];
  checks: Finding[];
}

export interface PreflightDocument extends Head<'preflight'>, PreflightFields {
  /** With --fix: each step, and what came of it. */
  fix?: readonly Record<string, unknown>[];
}

/** In place of a build's document: preflight showed that a platform cannot be built. */
export interface StoppedBuildDocument extends Head<'build'>, PreflightFields {}

/** One image for one platform. */
export interface VerificationFields extends Omit<ImageVerification, 'diagnosis'> {
  /** Why it did not run, or would not start; absent where it does, and where no cause fits. */
  diagnosis?: DiagnosisFields;
}

export interface VerifyDocument extends Head<'verify'> {
  images: readonly VerificationFields[];
}

/** A cause as documents tell it. */
export type CauseFields = Omit<DiagnosedCause, 'trace'>;

/** A diagnosis, without the facts that it was made from. */
export interface DiagnosisFields {
  /** As the user named it. */
  target: string;
  kind: TargetKind;
  /** `cause`: found. `fine`: nothing is wrong here. `open`: it failed, and nothing explains it. */
  answer: 'cause' | 'fine' | 'open';
  cause: CauseFields | null;
  others: CauseFields[];
  /** How far it came. */
  stage: Stage;
  exitCode: number | null;
  /** The files that execve(2) looks at, in order. */
  trace: Hop[];
  /** How execve(2) ends; null where nothing is executed. */
  end: Trace['end'] | null;
  lookup: ProgramTrace['lookup'] | null;
  evidence: string[];
  fix: Fix | null;
  /** What was looked at, one sentence each. */
  checked: string[];
  /** Facts that could not be read. */
  missing: string[];
}

export interface DiagnoseDocument extends Head<'diagnose'>, DiagnosisFields {
  /** Without a target: the failed build that was meant. */
  build?: {
    when: string;
    context: string | null;
    platform: string;
    log: string;
    others: string[];
  };
}

/** With --list: the catalogue of causes. */
export interface CausesDocument extends Head<'diagnose'> {
  causes: { id: string; family: string; title: string; why: string; prevent: string }[];
}

/** One platform of a build. */
export interface PlatformFields extends Omit<PlatformResult, 'diagnosis' | 'verification'> {
  diagnosis?: DiagnosisFields;
  verification?: VerificationFields;
}

export interface BuildDocument extends Head<'build'>, Omit<BuildReport, 'ok' | 'platforms'> {
  platforms: PlatformFields[];
}

interface Named {
  /** The image's name in xbuild.yaml. */
  image: string;
}
interface NamedBuild extends BuildDocument, Named {}
interface NamedStop extends StoppedBuildDocument, Named {}
interface NamedError extends ErrorDocument, Named {}

/** Where xbuild.yaml has several images: a document each. */
export interface BuildImagesDocument extends Head<'build'> {
  images: (NamedBuild | NamedStop | NamedError)[];
}

/** What in a Dockerfile and its context makes an image wrong. */
export interface CheckDocument extends Head<'check'> {
  /** The Dockerfile, as the user names it. */
  file: string;
  /** For these it was looked at, formatted. */
  platforms: string[];
  mistakes: readonly Finding[];
}

/** What xbuild.yaml, the environment and the command line come to. */
export interface ConfigDocument extends Head<'config'> {
  file: string;
  images: EffectiveImage[];
}

/** Which files were written, and which were left as they are. */
export interface InitDocument extends Head<'init'> {
  written: string[];
  left: string[];
  notes: string[];
}

/** Whose rules they are, and whether they count. */
export interface TableFields {
  place: Place;
  knownToKernel: BinfmtFacts['knownToKernel'];
  mount: BinfmtFacts['mount'];
  status: BinfmtFacts['status'];
  /** Why no rules are to be seen. */
  noRules?: NoRules;
}

export interface BinfmtListDocument extends Head<'binfmt list'>, TableFields {
  rules: readonly RuleRow[];
}

export interface BinfmtShowDocument extends Head<'binfmt show'>, TableFields {
  rule: RuleView;
}

export interface BinfmtMatchDocument extends Head<'binfmt match'>, TableFields {
  match: MatchReport;
}

export interface BinfmtExplainDocument extends Head<'binfmt explain'>, RegisterReport {}

/** What a change planned, did, and left: `add`, `remove`, `enable`, `disable`, `on`, `off` … */
export interface BinfmtChangeDocument {
  schemaVersion: 1;
  command: string;
  ok: boolean;
  /** Whose table it is, in words. */
  place?: string;
  result: string;
  [more: string]: unknown;
}

/** What each command prints with --json, one type a schema. */
export type BuildOutput =
  | BuildDocument
  | BuildImagesDocument
  | StoppedBuildDocument
  | ErrorDocument;
export type CheckOutput = CheckDocument | ErrorDocument;
export type ConfigOutput = ConfigDocument | ErrorDocument;
export type InitOutput = InitDocument | ErrorDocument;
export type PreflightOutput = PreflightDocument | ErrorDocument;
export type VerifyOutput = VerifyDocument | ErrorDocument;
export type DiagnoseOutput = DiagnoseDocument | CausesDocument | ErrorDocument;
export type BinfmtListOutput = BinfmtListDocument | ErrorDocument;
export type BinfmtShowOutput = BinfmtShowDocument | ErrorDocument;
export type BinfmtMatchOutput = BinfmtMatchDocument | ErrorDocument;
export type BinfmtExplainOutput = BinfmtExplainDocument | ErrorDocument;
export type BinfmtChangeOutput = BinfmtChangeDocument | ErrorDocument;
