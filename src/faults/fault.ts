import type { Fix, Status } from '../model/finding.ts';
import type { FaultScene } from './scene.ts';

/** One file that has a fault. */
export interface Spot {
  /** A byte string, as the inventory has it. */
  path: string;
  /** `fail` where starting the image, or a program of its PATH, comes by the file. */
  status: Exclude<Status, 'pass'>;
  /** What is so, where this file is the only one. */
  message: string;
  /** Of many such files, what follows `12 files under /opt `. */
  several: string;
  why: string;
  evidence?: string[];
  fix?: Fix;
  /** Set where it may well be there on purpose: the fix says how to allow it. */
  mayBeMeant?: true;
}

/** One thing that can be wrong with the files of an image. Pure. */
export interface Fault {
  id: string;
  /** Every file that has it, in the order of their paths. */
  find: (scene: FaultScene) => Spot[];
}

/** A file with a fault, and which one it is. */
export interface FoundSpot extends Spot {
  fault: string;
}
