/**
 * Bundles: change sets and receipts in one file, for USB sticks and share sheets (SPEC K1).
 *
 * A bundle is read with doubt: what is damaged is named as far as its bytes allow, and everything else still comes out. A
 * block states what is in it and how long it is, the reader finds the next one by its marker, and what comes out of a block
 * is believed for its own sake only: a set has its id and its signature.
 */

import { concat, type Hex, hex, sameBytes, startsWith, unhex, utf8 } from "./bytes.ts";
import { encode } from "./canonical.ts";
import { type OpenedSet, openSet, type SetBytes } from "./envelope.ts";
import { LimitError, MalformedError, ProtocolError } from "./errors.ts";
import { BUNDLE_BLOCK_BYTES_MAX } from "./limits.ts";
import * as schema from "./schema.ts";
import { sha256 } from "./sha256.ts";
import * as statements from "./statements.ts";
import { type Deflate, inflated } from "./stream.ts";

const MAGIC = utf8("HAIDANG-BUNDLE-1\n");
const MARKER = unhex("ab4844ba");
const NO_NAME: Hex = "00".repeat(32);

/** marker 4 ‖ kind 1 ‖ length 4 ‖ check of these 4 ‖ name 32 ‖ check of the content 8. */
const HEAD_BYTES = 53;
const NAMED_BYTES = 45;

/** What a block holds. */
const KIND = { manifest: 1, set: 2, receipt: 3, end: 4 } as const;

const bytes = schema.bin(0, Number.POSITIVE_INFINITY);
const manifestSchema = schema.struct({
  exporter: statements.id16,
  scopes: schema.list(schema.struct({ scope: statements.scope, tips: schema.list(statements.hash) })),
  sets: schema.natural,
});
const partsSchema = schema.struct({ header: bytes, signature: bytes, structure: bytes, values: bytes });
const receiptSchema = schema.struct({ data: bytes, signature: statements.signature });

/** What the exporter says is in the bundle: its key id, the tips of each scope, the number of sets. */
export type Manifest = schema.Read<typeof manifestSchema>;

/**
 * Something that is not as it was written.
 *
 * `position` is in bytes from the start. `setId` names the set that is lost; if it is null, nothing is, or its name is
 * lost too. `code` is stable.
 */
export interface Damage {
  readonly position: number;
  readonly code: "not-a-bundle" | "block" | "set" | "label" | "cut-short" | "missing-sets" | "trailing";
  readonly setId: Hex | null;
}

/** What comes out of a bundle; a receipt as it was signed, not verified. */
export type Found =
  | { readonly manifest: Manifest }
  | { readonly set: OpenedSet }
  | { readonly receipt: statements.Receipt; readonly signed: statements.Signed }
  | { readonly damage: Damage };

// ---------------------------------------------------------------------------------------------------------- write

/**
 * The pieces of a bundle, to be written one after the other.
 *
 * @param manifest says how many sets there are.
 * @param sets predecessors first.
 * @param receipts as they were signed.
 */
export async function* writeBundle(
  manifest: Manifest,
  sets: Iterable<{ readonly id: Hex; readonly parts: SetBytes }>,
  receipts: Iterable<statements.Signed>,
  deflate: Deflate,
): AsyncGenerator<Uint8Array> {
  yield MAGIC;
  yield blockOf(KIND.manifest, encode(manifestSchema.write(manifest)));
  for (const { id, parts } of sets) {
    yield blockOf(KIND.set, await deflate.pack(encode(partsSchema.write(parts))), id);
  }
  for (const signed of receipts) yield blockOf(KIND.receipt, encode(receiptSchema.write(signed)));
  yield blockOf(KIND.end, new Uint8Array());
}

function blockOf(kind: number, content: Uint8Array, name: Hex = NO_NAME): Uint8Array {
  const head = new DataView(new ArrayBuffer(5));
  head.setUint8(0, kind);
  head.setUint32(1, content.length);
  const stated = new Uint8Array(head.buffer);
  return concat(MARKER, stated, check(stated, 4), unhex(name), check(content, 8), content);
}

function check(data: Uint8Array, size: number): Uint8Array {
  return sha256(data).subarray(0, size);
}

// ----------------------------------------------------------------------------------------------------------- read

/** A block whose head holds: its kind and its length can be believed. */
interface Block {
  readonly kind: number;
  readonly name: Hex;
  readonly check: Uint8Array;
  readonly end: number;
}

function readHead(data: Uint8Array): Block | undefined {
  if (data.length < HEAD_BYTES) return undefined;
  const length = new DataView(data.buffer, data.byteOffset).getUint32(5);
  const holds = sameBytes(check(data.subarray(4, 9), 4), data.subarray(9, 13));
  if (!holds || length > BUNDLE_BLOCK_BYTES_MAX) return undefined;
  return {
    kind: data[4] as number,
    name: hex(data.subarray(13, NAMED_BYTES)),
    check: data.slice(NAMED_BYTES, HEAD_BYTES),
    end: HEAD_BYTES + length,
  };
}

/**
 * Reads a bundle as it arrives. It throws at nothing that a bundle can hold: what is wrong comes out as damage.
 *
 * It holds one block at most, besides the chunk that it is fed.
 */
export class BundleReader {
  readonly #deflate: Deflate;
  #waiting: Uint8Array = new Uint8Array();
  #position = 0;
  #last = false;
  #begun = false;
  #ended = false;
  #trailing = false;
  #lost = false;
  #checked = 0;
  #missing = 0;

  constructor(deflate: Deflate) {
    this.#deflate = deflate;
  }

  /** What can be read now. To be read to its end before the next chunk. */
  async *feed(chunk: Uint8Array): AsyncGenerator<Found> {
    this.#waiting = concat(this.#waiting, chunk);
    for (let found = await this.#step(); found !== null; found = await this.#step()) yield* found;
  }

  /** What can be read only when no more bytes will come. */
  async *finish(): AsyncGenerator<Found> {
    this.#last = true;
    yield* this.feed(new Uint8Array());
    if (!this.#ended) yield this.#damage("cut-short");
    if (this.#missing > 0) yield this.#damage("missing-sets");
  }

  /** Read what stands first; null when that needs more bytes, or there are none. */
  async #step(): Promise<Found[] | null> {
    if (!this.#begun) return this.#begin();
    if (this.#lost) this.#seek();
    const have = this.#waiting.length;
    if (have > 0 && this.#ended) return this.#trail();
    if (this.#lost || have === 0 || (have < HEAD_BYTES && !this.#last)) return null;
    const block = readHead(this.#waiting);
    if (block === undefined) return this.#lose();
    return have >= block.end || this.#last ? this.#read(block) : null;
  }

  #begin(): Found[] | null {
    if (this.#waiting.length < MAGIC.length + MARKER.length && !this.#last) return null;
    this.#begun = true;
    if (startsWith(this.#waiting, MAGIC)) {
      this.#drop(MAGIC.length);
      return [];
    }
    this.#lost = true;
    return [this.#damage("not-a-bundle")];
  }

  #trail(): Found[] {
    const found = this.#trailing ? [] : [this.#damage("trailing")];
    this.#trailing = true;
    this.#drop(this.#waiting.length);
    return found;
  }

  /** Go to the next marker, if there is one; what cannot be the start of one is left behind. */
  #seek(): void {
    const last = this.#waiting.length - MARKER.length;
    let at = this.#waiting.indexOf(MARKER[0] as number);
    while (at >= 0 && at <= last && !startsWith(this.#waiting.subarray(at), MARKER)) {
      at = this.#waiting.indexOf(MARKER[0] as number, at + 1);
    }
    this.#lost = at < 0 || at > last;
    this.#drop(this.#lost ? Math.max(0, last + 1) : at);
  }

  /** Leave a block whose head does not hold. */
  #lose(): Found[] {
    const named = startsWith(this.#waiting, MARKER) && this.#waiting.length >= NAMED_BYTES;
    const name = named ? hex(this.#waiting.subarray(13, NAMED_BYTES)) : NO_NAME;
    const damage = this.#namedDamage("block", name);
    this.#lost = true;
    this.#drop(1);
    return [damage];
  }

  async #read(block: Block): Promise<Found[] | null> {
    const content = this.#waiting.slice(HEAD_BYTES, block.end);
    if (!sameBytes(check(content, 8), block.check)) return this.#skip(block);
    const found = startsWith(this.#waiting, MARKER) ? [] : [this.#damage("label")];
    try {
      found.push(...(await this.#content(block, content)));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      found.push(this.#namedDamage("set", block.name));
    }
    this.#drop(block.end);
    return found;
  }

  /** Leave a block whose content does not hold: behind it, or at the next marker if bytes were dropped. */
  #skip(block: Block): Found[] | null {
    const behind = this.#waiting.subarray(block.end, block.end + MARKER.length);
    if (behind.length < MARKER.length && !this.#last) return null;
    const damage = this.#namedDamage("set", block.name);
    this.#checked += block.end - HEAD_BYTES;
    // Blocks inside blocks could make a small file take long: no byte is checked more than a few times.
    const tired = this.#checked > 4 * (this.#position + this.#waiting.length);
    this.#lost = behind.length > 0 && !sameBytes(behind, MARKER) && !tired;
    this.#drop(this.#lost ? 1 : block.end);
    return [damage];
  }

  async #content(block: Block, content: Uint8Array): Promise<Found[]> {
    const [found, name] = await this.#contentOf(block.kind, content);
    return block.name === name ? [found].flat() : [...[found].flat(), this.#damage("label")];
  }

  /** What a block holds, and the name that it should have. */
  async #contentOf(kind: number, content: Uint8Array): Promise<readonly [Found | [], Hex]> {
    switch (kind) {
      case KIND.manifest: {
        const manifest = statements.decodeArray(manifestSchema, content, "manifest");
        this.#missing += manifest.sets;
        return [{ manifest }, NO_NAME];
      }
      case KIND.set: {
        const set = await this.#open(content);
        this.#missing -= 1;
        return [{ set }, set.id];
      }
      case KIND.receipt: {
        const signed = statements.decodeArray(receiptSchema, content, "receipt");
        return [{ receipt: statements.decodeStatement(statements.RECEIPT, signed.data), signed }, NO_NAME];
      }
      case KIND.end:
        this.#ended = true;
        return [[], NO_NAME];
      default:
        return [this.#damage("block"), NO_NAME];
    }
  }

  async #open(content: Uint8Array): Promise<OpenedSet> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of inflated([content], this.#deflate, BUNDLE_BLOCK_BYTES_MAX))
        chunks.push(chunk);
    } catch (error) {
      if (error instanceof LimitError) throw new MalformedError("not the deflated parts of one change set");
      throw error;
    }
    return openSet(statements.decodeArray(partsSchema, concat(...chunks), "set"));
  }

  #damage(code: Damage["code"]): Found {
    return { damage: { position: this.#position, code, setId: null } };
  }

  #namedDamage(code: Damage["code"], name: Hex): Found {
    if (name === NO_NAME) return this.#damage("block");
    this.#missing -= 1;
    return { damage: { position: this.#position, code, setId: name } };
  }

  #drop(count: number): void {
    this.#waiting = this.#waiting.slice(count);
    this.#position += count;
  }
}
