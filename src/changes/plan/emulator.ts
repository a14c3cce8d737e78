import { findArchitecture } from '../../model/architecture.ts';
import { XbuildError } from '../../model/errors.ts';

/** Where a static emulator of qemu's may be, the likeliest first. `path`: $PATH. */
export function emulatorPaths(architecture: string, path: string): string[] {
  const qemu = findArchitecture(architecture)?.qemu;
  if (qemu === undefined) {
    throw new XbuildError(
      'bad-argument',
      `qemu has no emulator for "${architecture}"`,
      'Name a rule of your own and its interpreter: xbuild binfmt add NAME --magic … --interpreter …',
    );
  }
  const folders = ['/usr/bin', '/usr/local/bin', ...path.split(':')].filter((one) =>
    one.startsWith('/'),
  );
  return [
    ...new Set([
      `/usr/bin/qemu-${qemu}-static`,
      `/usr/libexec/qemu-binfmt/${qemu}-binfmt-P`,
      ...folders.flatMap((folder) => [`${folder}/qemu-${qemu}-static`, `${folder}/qemu-${qemu}`]),
    ]),
  ];
}

/**
 * The flags of a rule for an emulator: C (with O) for sudo in builds, F for containers, and P where
 * kernel and emulator agree on it.
 *
 * Before Linux 5.12 and qemu 6.0 the kernel did not tell the emulator of P, and an emulator that
 * does not know takes argv[0] for the program's first argument. `version`: its `--version`.
 */
export function usualFlags(kernelRelease: string, version: string | undefined): string {
  const kernel = versionOf(kernelRelease);
  const qemu = versionOf(/version (\d+\.\d+)/.exec(version ?? '')?.[1] ?? '');
  return kernel >= 5012 && qemu >= 6000 ? 'POCF' : 'OCF';
}

function versionOf(text: string): number {
  const [major = 0, minor = 0] = (/^\d+\.\d+/.exec(text)?.[0] ?? '0.0').split('.').map(Number);
  return major * 1000 + minor;
}

/** How a distribution brings static emulators. */
export interface EmulatorPackage {
  command: string[];
  /** What its scripts do besides. */
  note?: string;
}

/**
 * The command that installs a static emulator; undefined where the distribution is not known.
 * `osRelease`: the text of /etc/os-release.
 *
 * Sources: the package indexes of Debian 11 to 13, Ubuntu 22.04 to 25.04, Fedora 42, Alpine 3.22,
 * Arch and openSUSE Tumbleweed.
 */
export function emulatorPackage(
  osRelease: string,
  architecture: string,
): EmulatorPackage | undefined {
  const field = (name: string) =>
    new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1]?.toLowerCase() ?? '';
  const family = `${field('ID')} ${field('ID_LIKE')}`;
  const qemu = findArchitecture(architecture)?.qemu ?? architecture;
  const note = 'The package registers rules of its own too.';
  if (/\b(?:debian|ubuntu)\b/.test(family)) {
    const major = Number.parseInt(field('VERSION_ID'), 10);
    const merged = /\bubuntu\b/.test(family) ? major >= 25 : !(major < 13);
    const name = merged ? 'qemu-user' : 'qemu-user-static';
    return { command: ['apt-get', 'install', '--yes', '--no-install-recommends', name], note };
  }
  if (/\b(?:fedora|rhel|centos)\b/.test(family)) {
    return { command: ['dnf', 'install', '-y', `qemu-user-static-${qemu}`], note };
  }
  if (/\balpine\b/.test(family)) return { command: ['apk', 'add', `qemu-${qemu}`] };
  if (/\barch\b/.test(family)) {
    return { command: ['pacman', '-S', '--noconfirm', 'qemu-user-static'], note };
  }
  if (/\bsuse\b|opensuse/.test(family)) {
    return { command: ['zypper', '--non-interactive', 'install', 'qemu-linux-user'], note };
  }
  return undefined;
}

/**
 * The image that brings emulators to an engine where this machine has none: static ones, at
 * /usr/bin/qemu-ARCH; its tag is qemu-v10.2.3-68. Pinned, since what a bare name stands for may
 * change, and its programs are run with all rights.
 */
export const EMULATOR_IMAGE =
  'tonistiigi/binfmt@sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0';
