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

/** The value of a hex digit by its character code; negative where it is none. */
const digits = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  digits[digit.charCodeAt(0)] = value;
  digits[digit.toUpperCase().charCodeAt(0)] = value;
}

/** The bytes of hex digits of either case, or undefined where the text is something else. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    const high = digits[text.charCodeAt(2 * at)] ?? -1;
    const low = digits[text.charCodeAt(2 * at + 1)] ?? -1;
    if (high < 0 || low < 0) return undefined;
    bytes[at] = high * 16 + low;
  }
  return bytes;
}

export function bytesOfBase64(text: string): Uint8Array {
  return bytesOfString(atob(text));
}

export function base64OfBytes(bytes: Uint8Array): string {
  return btoa(stringOfBytes(bytes));
}
