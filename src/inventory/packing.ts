import { LayerFault } from './layer-fault.ts';

export type Packing = 'gzip' | 'zstd' | 'none';

/** By the first bytes: media types and file names are often wrong, and Docker's readers look here too. */
export function packingOf(head: Uint8Array): Packing | LayerFault {
  const [one, two, three, four] = head;
  if (one === 0x1f && two === 0x8b) return 'gzip';
  // A frame, or one that is to be skipped (RFC 8878, 3.1).
  if (one === 0x28 && two === 0xb5 && three === 0x2f && four === 0xfd) return 'zstd';
  if (one !== undefined && one >> 4 === 5 && two === 0x2a && three === 0x4d && four === 0x18) {
    return 'zstd';
  }
  if (one === 0x42 && two === 0x5a && three === 0x68) {
    return new LayerFault('packing', 'it is packed with bzip2, which xbuild does not read');
  }
  if (one === 0xfd && two === 0x37 && three === 0x7a && four === 0x58) {
    return new LayerFault('packing', 'it is packed with xz, which xbuild does not read');
  }
  return 'none';
}
