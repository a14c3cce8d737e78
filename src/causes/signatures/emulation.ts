import { begin, says, row, type Signature } from './row.ts';

/** Emulators, and what fails under them. */
export const emulation: readonly Signature[] = [
  row(
    'binfmt-not-mounted',
    String.raw`/proc/sys/fs/binfmt_misc/register: (?:no such file or directory|nonexistent directory|directory nonexistent)`,
  ),
  row('buildkit-emulator', String.raw`\.buildkit_qemu_emulator`),
  row('emulator-loader', String.raw`Could not open '(?<path>/[^']{1,1023})': ${says}`),
  row(
    'emulator-loader',
    String.raw`rosetta error: failed to open elf at (?<path>/\S{1,1023})`,
    'ENOENT',
  ),
  row(
    'emulator-refuses',
    String.raw`${begin}(?<path>/[^\s:]{1,1023}): Invalid ELF image for this architecture`,
  ),
  row('emulator-loader', String.raw`Error while loading (?<path>/[^\s:]{1,1023}): ${says}`),
  row('emulator-signal', String.raw`qemu: uncaught target signal (?<signal>\d{1,2})`),
  row('kernel-too-old', String.raw`FATAL: kernel too old`),
  row('cpu-level', String.raw`CPU does not support (?<word>x86-64-v\d)`),
  row('cpu-level', String.raw`CPU ISA level is lower than required`),
  row(
    'cpu-level',
    String.raw`can only be run on AMD64 processors with (?<word>v\d) microarchitecture`,
  ),
  row('ptrace', String.raw`ptrace[^\n]{0,200}(?:not implemented|input/output error|errno 38)`),
  row('emulator-loader', String.raw`qemu[\w-]*: Could not open '(?<path>/[^']{1,1023})\'`),
  row('emulator-crash', String.raw`rosetta error: (?!failed to open elf)\S`),
  row(
    'emulator-crash',
    String.raw`\bqemu[\w-]*: (?:fatal:|[^\n]{0,200}Assertion [^\n]{0,200}failed|Unable to (?:find a guest_base|reserve 0x))`,
  ),
  row('cpu-level', String.raw`Fatal glibc error: CPU lacks`),
  row(
    'cpu-level',
    String.raw`built with baseline optimizations:[^\n]{0,120}machine doesn't support`,
  ),
  row(
    'cpu-level',
    String.raw`(?:requires a CPU with|compiled to use|CPU lacks|CPU does not (?:have|support)) (?:AVX2?|SSE4\.?\d?|x86-64-v\d)\b`,
  ),
  row(
    'ptrace',
    String.raw`Couldn't get (?:CS |\w+ )?registers?: (?:Input/output error|Function not implemented)`,
  ),
  row('ptrace', String.raw`could not (?:launch|attach to) [^\n]{0,200}: function not implemented`),
  row(
    'ptrace',
    String.raw`PTRACE_\w{1,20}[^\n]{0,60}: (?:Input/output error|Function not implemented|I/O error)`,
  ),
];
