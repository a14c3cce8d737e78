import type { CauseMatch } from '../model/diagnosis.ts';
import { advice, type Family } from './entry.ts';
import { type Scene, signsOf } from './scene.ts';
import { bitLost, noNewPrivileges, withoutCredentials } from './set-uid.ts';
import { nameOf } from './words.ts';

export const order = 100;

const denying = /^SCMP_ACT_(?:ERRNO|KILL|KILL_PROCESS|KILL_THREAD|TRAP)$/;

function seccomp(scene: Scene): CauseMatch | undefined {
  const profile = scene.facts.container?.host.seccomp;
  const sign = scene.signs.find(({ errno, kind }) => errno === 'EPERM' && kind === 'exec');
  if (profile === undefined || profile.profile !== 'custom') return undefined;
  const action = profile.execve ?? profile.defaultAction ?? '';
  const denies = denying.test(action);
  if (sign === undefined && !(denies && scene.failed)) return undefined;
  return {
    confidence: denies ? 'certain' : 'likely',
    message: `the seccomp profile of the container denies execve(2)`,
    evidence: [
      ...(sign === undefined ? [] : [sign.line]),
      `custom profile: execve ${action === '' ? 'is not known' : action}`,
    ],
    fix: advice("Allow execve and execveat in the profile, or start from Docker's own.", [
      'docker run --security-opt seccomp=builtin …',
    ]),
  };
}

const seccompNames: Readonly<Record<string, string>> = {
  amd64: 'SCMP_ARCH_X86_64',
  '386': 'SCMP_ARCH_X86',
  x32: 'SCMP_ARCH_X32',
  arm64: 'SCMP_ARCH_AARCH64',
  arm: 'SCMP_ARCH_ARM',
  riscv64: 'SCMP_ARCH_RISCV64',
  ppc64le: 'SCMP_ARCH_PPC64LE',
  s390x: 'SCMP_ARCH_S390X',
  loong64: 'SCMP_ARCH_LOONGARCH64',
};

function seccompArchitecture(scene: Scene): CauseMatch | undefined {
  const { facts, running } = scene;
  const profile = facts.container?.host.seccomp;
  const [sign] = signsOf(scene, 'bad-system-call');
  if (profile?.profile !== 'custom' || !scene.failed) return undefined;
  for (const { hops, program, index } of running) {
    const architecture = hops.findLast(({ kind }) => kind === 'elf')?.architecture ?? '';
    const name = seccompNames[architecture];
    // libseccomp always adds the architecture of the machine.
    if (
      name === undefined ||
      architecture === facts.engine?.architecture ||
      architecture === facts.native[0]
    )
      continue;
    if (profile.architectures?.includes(name) !== false) continue;
    return {
      confidence: sign !== undefined || facts.surface.exitCode === 159 ? 'certain' : 'likely',
      message: `${nameOf(program)} makes ${architecture} system calls, and the seccomp profile is for ${profile.architectures.join(', ')}`,
      evidence: sign === undefined ? [] : [sign.line],
      fix: advice(`Name ${name} among the architectures of the profile.`, [
        'docker run --security-opt seccomp=builtin …',
      ]),
      trace: index,
    };
  }
  return undefined;
}

/** What a container is not allowed to do. */
export const family: Family = {
  id: 'security',
  title: 'Security settings',
  causes: [
    {
      id: 'seccomp-denies-execve',
      title: 'the seccomp profile denies execve(2)',
      why: 'A profile of its own that does not allow execve stops the container at its first step, with EPERM.',
      seen: ['exec /bin/busybox: operation not permitted'],
      proof: 'HostConfig.SecurityOpt has a custom profile; with the default one it runs.',
      remedy: 'Allow execve and execveat in the seccomp profile.',
      prevent: "Start profiles from Docker's own and take away from it.",
      find: seccomp,
    },
    {
      id: 'seccomp-architecture',
      title: 'the seccomp profile does not know the architecture of the program',
      why: 'A filter is written for architectures. System calls of one that is not named (32-bit programs on a 64-bit machine) are refused or kill the process with SIGSYS.',
      seen: ['Bad system call, exit status 159'],
      proof: 'The profile has a list of architectures, and that of the program is not in it.',
      remedy: 'Name the architecture in the profile, with its subarchitectures.',
      prevent: "Use archMap as Docker's own profile does.",
      before: ['seccomp-denies-execve'],
      find: seccompArchitecture,
    },
    {
      id: 'no-new-privileges',
      title: 'no-new-privileges is set',
      why: 'With it execve(2) ignores set-uid bits and file capabilities: sudo and su cannot work.',
      seen: [
        'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.',
        'su: must be suid to work properly',
      ],
      proof: 'HostConfig.SecurityOpt has no-new-privileges; NoNewPrivs in /proc/self/status is 1.',
      remedy: 'Run as the user that is needed, or without the option.',
      prevent: 'Do not use sudo in images: USER and --user do the same.',
      before: ['rule-without-credentials', 'setuid-bit-lost'],
      find: noNewPrivileges,
    },
    {
      id: 'rule-without-credentials',
      title: 'set-uid is ignored under emulation: the rule has no flag C',
      why: 'What the kernel starts is the emulator, which has no set-uid bit. Only with flag C it takes the rights from the program.',
      seen: [
        'sudo: effective uid is not 0, is /usr/bin/sudo on a file system with the nosuid option set',
        'su: must be suid to work properly',
      ],
      proof: 'The program has mode 4755, and the flags of its rule have no C.',
      remedy: 'Register the rule with flags OCF.',
      prevent: 'Do what needs root before USER, without sudo.',
      find: withoutCredentials,
    },
    {
      id: 'setuid-bit-lost',
      title: 'the set-uid bit was lost in the build',
      why: 'BuildKit drops set-uid bits of files that COPY takes from the context. The program is the same, and without the rights of its owner.',
      seen: [
        'su: must be suid to work properly',
        'sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set',
      ],
      proof: 'The mode in the image is 0755, in the context it was 4755.',
      remedy: 'RUN chmod u+s the program after COPY.',
      prevent: 'Install such programs as packages.',
      find: bitLost,
    },
  ],
};
