import type { Diagnosis } from './diagnosis.ts';
import type { Finding } from './finding.ts';

/** The judgement of one image for one platform. */
export interface ImageVerification {
  /** The name or id that was looked at. */
  reference: string;
  /** The platform that was asked for. */
  platform: string;
  ok: boolean;
  /** What the image's configuration says it is for. */
  declared: string;
  /** What uname(2) answered inside the image, and by whose program. */
  uname: {
    expected: string[];
    /** Null where it did not run; the findings say why. */
    actual: string | null;
    by: 'image' | 'probe' | 'none';
  };
  /** The files that starting the image executes, and what each one is. */
  entrypoint: EntrypointFile[];
  findings: Finding[];
  /** Why it did not run, or would not start; absent where it does, and where no cause fits. */
  diagnosis?: Diagnosis;
}

/** One file that execve(2) meets on the way from the entrypoint to a running program. */
export interface EntrypointFile {
  /** As the configuration or the file before it names it. */
  path: string;
  role: 'entrypoint' | 'script-interpreter' | 'loader';
  /** `arm64 program, dynamically linked`; untrusted parts are escaped when printed. */
  description: string;
  architecture: string | null;
}
