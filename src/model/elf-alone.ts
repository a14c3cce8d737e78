import { architectureOfElf } from './architecture.ts';

const ELF = 0x7f454c46;
const PT_INTERP = 3;

/**
 * The architecture (Docker's word) of a program that needs no loader, where all that says so is in the
 * bytes: undefined does not mean that it needs one. A fraction of what readElf takes, for the
 * interpreters of a table are dozens of such files.
 */
export function loaderlessArchitecture(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0) !== ELF || bytes[6] !== 1) return undefined;
  const [wide, little] = [bytes[4] === 2, bytes[5] === 1];
  if ((!wide && bytes[4] !== 1) || (!little && bytes[5] !== 2)) return undefined;
  const type = view.getUint16(16, little);
  if (type !== 2 && type !== 3) return undefined;
  // A 64-bit offset that is not small leaves the bytes all the same.
  const high = wide ? view.getUint32(little ? 36 : 32, little) : 0;
  const start = view.getUint32(wide ? (little ? 32 : 36) : 28, little);
  const size = view.getUint16(wide ? 54 : 42, little);
  const end = start + size * view.getUint16(wide ? 56 : 44, little);
  if (size !== (wide ? 56 : 32) || high !== 0 || end === start || end > bytes.length) {
    return undefined;
  }
  for (let at = start; at < end; at += size) {
    if (view.getUint32(at, little) === PT_INTERP) return undefined;
  }
  return architectureOfElf({
    class: wide ? 64 : 32,
    endian: little ? 'little' : 'big',
    machine: view.getUint16(18, little),
    flags: view.getUint32(wide ? 48 : 36, little),
  })?.name;
}
