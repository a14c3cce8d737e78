/**
 * Why a layer is not all there to read: `truncated` it ends early; `damaged` it is no tar; `packing`
 * it does not decompress, or in a way that xbuild does not know; `too-large` it grows past its limit.
 */
export type FaultReason = 'truncated' | 'damaged' | 'packing' | 'too-large';

/** What ends the reading of a layer. It never leaves this folder: it becomes `incomplete`. */
export class LayerFault extends Error {
  override readonly name = 'LayerFault';
  readonly reason: FaultReason;

  constructor(reason: FaultReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
