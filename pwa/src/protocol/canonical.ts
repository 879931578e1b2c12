/**
 * The strict MessagePack of SPEC B3: one encoding for each value, and nothing but that encoding is read.
 *
 * A value is nil, bool, an integer within ±(2^53−1), text (NFC), bin or an array of values, nested at most 8 deep.
 * Floats, maps and extension types do not exist: JavaScript and Python disagree about them.
 */

import { sameBytes, utf8, utf8Length } from "./bytes.ts";
import { LimitError, MalformedError, NotCanonicalError } from "./errors.ts";
import { NESTING_MAX, TEXT_BYTES_MAX } from "./limits.ts";
import { type Loose, Reader } from "./reader.ts";

/** A value of the format. */
export type Value = null | boolean | number | string | Uint8Array | readonly Value[];

const LATIN = /[\u0000-\u036f\u1e00-\u1eff]+/g;
const NOT_ASCII = /[^\0-\x7f]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Read one value.
 *
 * @throws MalformedError if it is no MessagePack, or of a type that does not exist here.
 * @throws NotCanonicalError if it is another encoding of the value, text that is not NFC, or has bytes behind it.
 * @throws LimitError if it is nested too deep, or an integer or text is too large.
 */
export function decode(data: Uint8Array): Value {
  const value = decodeLoosely(data);
  check(value);
  if (!sameBytes(encode(value), data)) throw new NotCanonicalError("not the one encoding of this value");
  return value;
}

/** Read one value as it stands, allowed or not, with nothing behind it. */
export function decodeLoosely(data: Uint8Array): Loose {
  const reader = new Reader(data);
  const value = reader.value();
  reader.end();
  return value;
}

/**
 * Refuse a value that the format does not have: level by level, so that both languages name the same fault.
 *
 * @throws MalformedError, NotCanonicalError, LimitError as `decode`.
 */
export function check(value: Loose): asserts value is Value {
  let level: readonly Loose[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    for (const item of level) {
      if (!isPlain(item)) throw new MalformedError("floats, maps and extensions do not exist in this format");
    }
    if (level.some(isOutOfRange)) throw new LimitError("integer beyond ±(2^53−1)");
    checkTexts(level.filter((item) => typeof item === "string"));
    const arrays = level.filter(Array.isArray) as readonly Loose[][];
    if (arrays.length > 0 && depth > NESTING_MAX) throw new LimitError(`nested deeper than ${NESTING_MAX}`);
    level = arrays.flat();
  }
}

function isPlain(item: Loose): boolean {
  if (typeof item === "number") return Number.isInteger(item);
  return item === null || typeof item !== "object" || Array.isArray(item) || item instanceof Uint8Array;
}

function isOutOfRange(item: Loose): boolean {
  return typeof item === "bigint" || (typeof item === "number" && !Number.isSafeInteger(item));
}

/**
 * Whether every run of Latin letters and their marks is in NFC.
 *
 * Other scripts are not judged: Unicode goes on adding letters that compose, and two versions of it must not disagree
 * about a signed set. The Latin blocks are full, and what is assigned never changes.
 */
export function isNfc(text: string): boolean {
  return text.normalize() === text || (text.match(LATIN) ?? []).every((run) => run.normalize() === run);
}

/**
 * Refuse a text that is too long, not in NFC, or holds a lone surrogate.
 *
 * @throws LimitError, NotCanonicalError, MalformedError as `decode`.
 */
export function checkTexts(texts: readonly string[]): void {
  for (const text of texts) {
    if (3 * text.length > TEXT_BYTES_MAX && utf8Length(text) > TEXT_BYTES_MAX) {
      throw new LimitError(`text longer than ${TEXT_BYTES_MAX} bytes`);
    }
  }
  const unusual = texts.filter((text) => NOT_ASCII.test(text));
  if (!unusual.every(isNfc)) throw new NotCanonicalError("text is not in NFC");
  if (unusual.some((text) => LONE_SURROGATE.test(text)))
    throw new MalformedError("text holds a lone surrogate");
}

// ---------------------------------------------------------------------------------------------------------- write

/** Bytes that stand for themselves inside a value: an encoded value that is not looked at. */
export class Raw {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** What can be written: a value, with encoded values in it. */
export type Writable = null | boolean | number | string | Uint8Array | Raw | readonly Writable[];

/** The one encoding of a value that the caller knows to be allowed; `check` it first if it came from outside. */
export function encode(value: Writable): Uint8Array {
  writer.begin();
  writer.write(value);
  return writer.bytes();
}

/** The largest number in an integer's form, and the first byte of the form. */
const UNSIGNED = [
  [0xff, 0xcc, 1],
  [0xffff, 0xcd, 2],
  [0xffffffff, 0xce, 4],
] as const;
const SIGNED = [
  [-0x80, 0xd0, 1],
  [-0x8000, 0xd1, 2],
  [-0x80000000, 0xd2, 4],
] as const;

class Writer {
  #buffer = new Uint8Array(4096);
  #view = new DataView(this.#buffer.buffer);
  #size = 0;

  begin(): void {
    this.#size = 0;
  }

  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#size);
  }

  write(value: Writable): void {
    if (value === null) this.#byte(0xc0);
    else if (typeof value === "boolean") this.#byte(value ? 0xc3 : 0xc2);
    else if (typeof value === "number") this.#integer(value);
    else if (typeof value === "string") this.#text(value);
    else if (value instanceof Uint8Array) {
      this.#length(value.length, 0, 0, 0xc4);
      this.#append(value);
    } else if (value instanceof Raw) this.#append(value.bytes);
    else {
      this.#length(value.length, 0x90, 16, 0xdb);
      for (const item of value) this.write(item);
    }
  }

  #integer(number: number): void {
    if (number >= -32 && number < 128) {
      this.#byte(number & 0xff);
      return;
    }
    const forms = number < 0 ? SIGNED : UNSIGNED;
    for (const [most, head, size] of forms) {
      if (Math.abs(number) <= Math.abs(most)) {
        this.#number(head, number, size);
        return;
      }
    }
    this.#byte(number < 0 ? 0xd3 : 0xcf);
    this.#reserve(8);
    this.#view.setBigInt64(this.#size, BigInt(number));
    this.#size += 8;
  }

  #text(text: string): void {
    if (text.length < 32 && this.#ascii(text)) return;
    const bytes = utf8(text);
    this.#length(bytes.length, 0xa0, 32, 0xd9);
    this.#append(bytes);
  }

  /** A short text of ASCII, as nearly all are; nothing is written if it holds something else. */
  #ascii(text: string): boolean {
    this.#reserve(text.length + 1);
    let end = this.#size;
    this.#buffer[end++] = 0xa0 | text.length;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code >= 0x80) return false;
      this.#buffer[end++] = code;
    }
    this.#size = end;
    return true;
  }

  /** A length in its shortest form: within the first byte below `small`, else 1, 2 or 4 bytes behind `head`. */
  #length(length: number, first: number, small: number, head: number): void {
    if (length < small) this.#byte(first | length);
    else if (length < 0x100 && head !== 0xdb) this.#number(head, length, 1);
    else if (length < 0x10000) this.#number(head + 1, length, 2);
    else this.#number(head + 2, length, 4);
  }

  #number(head: number, number: number, size: 1 | 2 | 4): void {
    this.#byte(head);
    this.#reserve(size);
    if (size === 1) this.#view.setUint8(this.#size, number);
    else if (size === 2) this.#view.setUint16(this.#size, number);
    else this.#view.setUint32(this.#size, number);
    this.#size += size;
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#size++] = byte;
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  #reserve(more: number): void {
    if (this.#size + more <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#buffer.length, this.#size + more));
    larger.set(this.#buffer);
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** One for all: a value is written at once, and its bytes are copied. */
const writer = new Writer();
