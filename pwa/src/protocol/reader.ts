/**
 * MessagePack as it stands, allowed or not: what is no value of the format is told apart by `canonical.check`.
 *
 * Values that do not exist in the format come out as `FOREIGN`, integers that JavaScript cannot hold as bigints.
 */

import { LimitError, MalformedError } from "./errors.ts";

/** A float, map or extension. */
export const FOREIGN = Object.freeze({ foreign: true });

export type Loose =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | typeof FOREIGN
  | readonly Loose[];

/** Deeper than any reader needs to go to tell that the nesting is over the limit. */
const DEPTH_MAX = 512;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class Reader {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #skipping = false;

  constructor(data: Uint8Array) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.length);
  }

  /** The next value. */
  value(depth = 0): Loose {
    const head = this.#unsigned(1);
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 0x100;
    if (head < 0x90) return this.#foreign(2 * (head & 15), depth);
    if (head < 0xa0) return this.#array(head & 15, depth);
    if (head < 0xc0) return this.#text(head & 31);
    return this.#long(head, depth);
  }

  /** The length of the array that stands here. */
  arrayLength(): number {
    const head = this.#unsigned(1);
    if (head >= 0x90 && head < 0xa0) return this.#possible(head & 15);
    if (head === 0xdc || head === 0xdd) return this.#possible(this.#unsigned(head === 0xdc ? 2 : 4));
    throw new MalformedError("an array is missing");
  }

  /** The bytes of the next value, which is not looked at. */
  raw(): Uint8Array {
    const start = this.#at;
    this.#skipping = true;
    this.value();
    this.#skipping = false;
    return this.#data.slice(start, this.#at);
  }

  /** Nothing may stand behind what was read. */
  end(): void {
    if (this.#at !== this.#data.length) throw new MalformedError("bytes stand behind the value");
  }

  #long(head: number, depth: number): Loose {
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#unsigned(2 ** (head - 0xc4))).slice();
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#skip(this.#unsigned(2 ** (head - 0xc7)) + 1);
      case 0xca:
      case 0xcb:
        return this.#skip(head === 0xca ? 4 : 8);
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(2 ** (head - 0xcc));
      case 0xcf:
      case 0xd3:
        return this.#wide(head === 0xcf);
      case 0xd0:
        return this.#view.getInt8(this.#move(1));
      case 0xd1:
        return this.#view.getInt16(this.#move(2));
      case 0xd2:
        return this.#view.getInt32(this.#move(4));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#skip(1 + 2 ** (head - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(2 ** (head - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(head === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#foreign(2 * this.#unsigned(head === 0xde ? 2 : 4), depth);
      default:
        throw new MalformedError("a byte that begins no value");
    }
  }

  #array(length: number, depth: number): readonly Loose[] {
    if (depth >= DEPTH_MAX) throw new LimitError("nested too deep");
    const items: Loose[] = [];
    for (let left = this.#possible(length); left > 0; left--) items.push(this.value(depth + 1));
    return items;
  }

  /** A length of an array: each element has a byte at least, so that a small message cannot promise much. */
  #possible(length: number): number {
    if (length > this.#data.length - this.#at) throw new MalformedError("the bytes end inside a value");
    return length;
  }

  #foreign(items: number, depth: number): typeof FOREIGN {
    this.#array(items, depth);
    return FOREIGN;
  }

  #skip(size: number): typeof FOREIGN {
    this.#take(size);
    return FOREIGN;
  }

  #text(size: number): string {
    const bytes = this.#take(size);
    if (this.#skipping) return "";
    try {
      return strict.decode(bytes);
    } catch {
      throw new MalformedError("text that is not UTF-8");
    }
  }

  #unsigned(size: number): number {
    const at = this.#move(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #wide(unsigned: boolean): number | bigint {
    const at = this.#move(8);
    const number = unsigned ? this.#view.getBigUint64(at) : this.#view.getBigInt64(at);
    return Number.isSafeInteger(Number(number)) ? Number(number) : number;
  }

  #take(size: number): Uint8Array {
    const at = this.#move(size);
    return this.#data.subarray(at, at + size);
  }

  #move(size: number): number {
    const at = this.#at;
    if (size > this.#data.length - at) throw new MalformedError("the bytes end inside a value");
    this.#at += size;
    return at;
  }
}
