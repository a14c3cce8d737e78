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
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

/** Lower-case hex, two digits a byte. */
export function hexOfBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The bytes of hex digits of either case, or undefined where the text is something else. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}

export function bytesOfBase64(text: string): Uint8Array {
  return bytesOfString(atob(text));
}

export function base64OfBytes(bytes: Uint8Array): string {
  return btoa(stringOfBytes(bytes));
}
