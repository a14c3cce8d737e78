import { isElf, isLoadedType, readElf } from '../../model/elf.ts';
import { bytesOfBase64, stringOfBytes } from '../../model/bytes.ts';
import type { FileFacts } from '../../model/facts.ts';

/**
 * Why a file cannot be what a rule with flag F has open for containers; undefined where it can.
 *
 * Such a file is executed in every container, where nothing but itself can be relied on: it must be
 * a static program of the machine's own CPU. `native`: the architectures that run without a rule.
 */
export function interpreterFault(file: FileFacts, native: readonly string[]): string | undefined {
  if (file.errno !== 'ok') return `it cannot be opened (${file.errno})`;
  if (file.kind !== 'file') return `it is not a file (${file.kind ?? 'unknown'})`;
  if (((file.mode ?? 0o111) & 0o111) === 0) return 'nobody may execute it';
  const head = bytesOfBase64(file.head ?? '');
  if (stringOfBytes(head.subarray(0, 2)) === '#!') {
    return 'it is a script: its own interpreter would be looked for inside each container';
  }
  const elf = readElf(head);
  if (!isElf(elf)) return 'it is not an ELF program';
  const architecture = elf.architecture?.name ?? 'unknown';
  if (!native.includes(architecture)) {
    return `it is a program for ${architecture}, and this machine runs ${native.join(' and ')}`;
  }
  if (file.interpreter !== undefined || elf.linkage === 'dynamic') {
    const loader = file.interpreter ?? 'a loader';
    return `it is dynamically linked: ${loader} and its libraries would be looked for inside each container`;
  }
  if (!isLoadedType(elf.type)) return 'it is an object file, not a program';
  return undefined;
}

/** Whether execve's open would succeed; what the file is does not matter to the kernel. */
export function canBeOpened(file: FileFacts | undefined): boolean {
  return file?.errno === 'ok' && file.kind === 'file' && ((file.mode ?? 0) & 0o111) !== 0;
}
