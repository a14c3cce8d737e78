/** Files that may have a fault, and why. */
export interface Allowance {
  /** As people write it: `/opt/firmware/**`, `*.node`. */
  path: string;
  reason: string;
  /** The id of the only fault that is allowed; every one where it is absent. */
  fault?: string;
}
