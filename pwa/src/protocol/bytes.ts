/**
 * Bytes, and names as text.
 *
 * A name (an id, key, scope, tag) is 8 to 32 bytes on the wire and lower-case hexadecimal here: such texts compare, sort
 * and key a Map as the bytes would, which arrays of bytes in JavaScript do not.
 */

/** A name in lower-case hexadecimal, two digits a byte. */
export type Hex = string;

/** The value of each hexadecimal digit, by its code. */
const VALUES = Uint8Array.from(
  { length: 103 },
  (_, code) => Number.parseInt(String.fromCharCode(code), 16) || 0,
);
const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const encoder = new TextEncoder();

export function hex(bytes: Uint8Array): Hex {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/** The bytes of a name. */
export function unhex(name: Hex): Uint8Array {
  const bytes = new Uint8Array(name.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    const [high, low] = [VALUES[name.charCodeAt(2 * at)], VALUES[name.charCodeAt(2 * at + 1)]];
    bytes[at] = ((high as number) << 4) | (low as number);
  }
  return bytes;
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** How many bytes a text has in UTF-8. */
export function utf8Length(text: string): number {
  return /^[\0-\x7f]*$/.test(text) ? text.length : utf8(text).length;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}

/** Whether bytes begin with others. */
export function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return sameBytes(bytes.subarray(0, start.length), start);
}

/** The order of texts by code points, which is that of their UTF-8 bytes; JavaScript's own is another. */
export function compareTexts(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  const at = a.findIndex((letter, place) => letter !== b[place]);
  if (at < 0) return a.length - b.length;
  return (a[at]?.codePointAt(0) ?? 0) - (b[at]?.codePointAt(0) ?? -1);
}

/** WebCrypto asks for bytes in memory that is not shared; all of ours are. */
export function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}
