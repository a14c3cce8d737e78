/** The bytes of a byte string: code point U+00NN stands for the byte 0xNN. */
export function bytesOfString(text: string): Uint8Array {
  // A loop: Uint8Array.from with a function takes ten times as long, and preflight feels it.
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** The byte string of some bytes. */
export function stringOfBytes(bytes: Uint8Array): string {
  let text = '';
  // In pieces: a call takes only so many arguments. apply() reads them without an iterator, which
  // takes ten times as long.
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode.apply(
      undefined,
      bytes.subarray(at, at + 4096) as unknown as number[],
    );
  }
  return text;
}

/** Lower-case hex, two digits a byte. */
export function hexOfBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Of `0` to `9` the low half of the code is the value; letters of either case are 1 to 6 there. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 0x40 ? code & 15 : (code & 15) + 9;
}

/** The bytes of hex digits of either case, or undefined where the text is something else. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = digitAt(text, 2 * at) * 16 + digitAt(text, 2 * at + 1);
  }
  return bytes;
}

export function bytesOfBase64(text: string): Uint8Array {
  return bytesOfString(atob(text));
}

export function base64OfBytes(bytes: Uint8Array): string {
  return btoa(stringOfBytes(bytes));
}
