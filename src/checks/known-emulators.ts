/** A version of qemu that is known to break images. */
export interface KnownEmulator {
  /** The first version that has the fault, and the last one, both included. */
  range: readonly [first: string, last: string];
  /** What users see. */
  symptom: string;
  /** The thread that says so. */
  source: string;
}

/**
 * Faults that were reported for numbered versions; distributions may have patched theirs.
 *
 * Only versions that a report names are here: an emulator that is not in the table may have the
 * same faults.
 */
export const knownEmulators: readonly KnownEmulator[] = [
  {
    range: ['9.2.0', '9.2.1'],
    symptom:
      'ldconfig crashes with signal 11 while libc-bin is set up, in arm64 images of Ubuntu 22.04 and Debian 11',
    source: 'https://github.com/tonistiigi/binfmt/issues/231, 245; 9.2.2 helps in part (243, 244)',
  },
  {
    range: ['10.1.3', '10.1.3'],
    symptom: 'ldconfig crashes with signal 11 while libc-bin is set up, in images of Ubuntu 22.04',
    source: 'https://github.com/tonistiigi/binfmt/issues/298',
  },
  {
    range: ['7.0.0', '7.0.0'],
    symptom: 'arm64 programs crash with signal 11 on kernels that place memory more randomly',
    source:
      'https://bugs.launchpad.net/bugs/2096782, https://github.com/tonistiigi/binfmt/issues/240',
  },
  {
    range: ['2.11', '2.11.99'],
    symptom: 'programs crash in images that are newer than it',
    source: 'https://github.com/docker/buildx/issues/495',
  },
];
