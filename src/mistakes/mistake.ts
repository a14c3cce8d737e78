import type { Finding, Fix } from '../model/finding.ts';
import type { Scene } from './scene.ts';

/** What `find` says of one place; the catalogue adds the id and the file. */
export interface Spot {
  /** `fail` where the image is wrong for sure, `warn` where it usually is. */
  status: Exclude<Finding['status'], 'pass'>;
  line: number;
  endLine?: number;
  message: string;
  why?: string;
  evidence?: string[];
  fix?: Fix;
  /** One platform that it is about, formatted; absent where it is about all. */
  platform?: string;
}

/** One mistake that Dockerfiles have: what docs/mistakes.md says of it, and how it is found. */
export interface Mistake {
  id: string;
  /** What is wrong, in a few words. */
  title: string;
  /** What comes of it. */
  why: string;
  /** A Dockerfile that has it, and one that has not. Both are tests. */
  wrong: string;
  right: string;
  /** What looks alike and is not reported. */
  allowed: string;
  find(this: void, scene: Scene): Spot[];
}
