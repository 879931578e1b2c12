/**
 * Messages to one body of bytes and back (SPEC X1): each with its length in front, all in one raw DEFLATE stream.
 *
 * What does not shrink at the start of a body (keys, hashes, the signatures of the first group) goes into *stored* blocks,
 * where a byte costs 8 bits; the rest the platform packs. A reader knows nothing of this: any raw DEFLATE stream of the
 * same bytes is as good.
 */

import { concat, type Hex, hex } from "./bytes.ts";
import { encode } from "./canonical.ts";
import { LimitError, MalformedError, ProtocolError } from "./errors.ts";
import { digest } from "./ids.ts";
import { MESSAGE_BYTES_MAX } from "./limits.ts";
import { encodeMessage, type Message, TAG } from "./messages.ts";
import { sha256 } from "./sha256.ts";

const STORED_MAX = 0xffff;
const LENGTH_BYTES_MAX = 4;
const NOTHING = new Uint8Array();

/** Raw DEFLATE as the platform has it. */
export interface Deflate {
  /** All bytes as one stream. */
  pack(data: Uint8Array): Promise<Uint8Array>;
  /** The bytes of one stream as they come; it throws at what is no such stream, or stands behind its end. */
  unpack(packed: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** A message with its length in front: 7 bits a byte, lowest first, the high bit set on all but the last byte. */
export function framed(message: Uint8Array): Uint8Array {
  const prefix: number[] = [];
  let length = message.length;
  for (; length > 0x7f; length = Math.floor(length / 0x80)) prefix.push((length & 0x7f) | 0x80);
  return concat(Uint8Array.from([...prefix, length]), message);
}

/** What the prelude says of the messages behind it; they come without their lengths. */
export function requestDigest(messages: readonly Uint8Array[]): Hex {
  return hex(digest("haidang/request/1", ...messages.map(framed)));
}

/** What the closing signature of a reply covers: all messages before it; they come without their lengths. */
export function replyDigest(messages: readonly Uint8Array[]): Hex {
  return hex(sha256(...messages.map(framed)));
}

// ---------------------------------------------------------------------------------------------------------- write

/** All messages as one body. */
export async function writeBody(messages: readonly Message[], deflate: Deflate): Promise<Uint8Array> {
  const parts = messages.map(storedAndPacked);
  const first = parts.findIndex(([, packed]) => packed.length > 0);
  const leading = first < 0 ? parts : parts.slice(0, first);
  const stored = concat(...leading.map(([bytes]) => bytes), parts[first]?.[0] ?? NOTHING);
  const rest = first < 0 ? [] : [parts[first]?.[1] ?? NOTHING, ...parts.slice(first + 1).flat()];
  return concat(...storedBlocks(stored), await deflate.pack(concat(...rest)));
}

/** A message with its length, cut where it begins to shrink. */
function storedAndPacked(message: Message): readonly [stored: Uint8Array, packed: Uint8Array] {
  const encoded = encodeMessage(message);
  const whole = framed(encoded);
  if (message.tag === TAG.opening || message.tag === TAG.closing) return [whole, NOTHING];
  if (message.tag !== TAG.chain && message.tag !== TAG.group) return [NOTHING, whole];
  // One byte says that an array begins, one is the tag; then come the signatures.
  const end = whole.length - encoded.length + 2 + encode(message.signatures).length;
  return [whole.subarray(0, end), whole.subarray(end)];
}

/** Bytes as blocks of a DEFLATE stream that goes on behind them. */
function storedBlocks(data: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += STORED_MAX) {
    const block = data.subarray(at, at + STORED_MAX);
    const [low, high] = [block.length & 0xff, block.length >> 8];
    blocks.push(Uint8Array.of(0, low, high, low ^ 0xff, high ^ 0xff), block);
  }
  return blocks;
}

// ----------------------------------------------------------------------------------------------------------- read

/**
 * The messages of a body (without their lengths) as it arrives. One that breaks off gives what came before, then throws.
 *
 * @throws MalformedError if this is no raw DEFLATE stream of messages, or something stands behind its end.
 * @throws LimitError if it inflates to more than is allowed.
 */
export async function* readBody(
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  deflate: Deflate,
  bytesMax: number = MESSAGE_BYTES_MAX,
): AsyncGenerator<Uint8Array> {
  const cutter = new Cutter();
  for await (const chunk of inflated(body, deflate, bytesMax)) yield* cutter.feed(chunk);
  if (cutter.isWaiting) throw new MalformedError("the stream ends inside a message");
}

/**
 * What a raw DEFLATE stream holds, as it comes.
 *
 * @throws MalformedError, LimitError as `readBody`.
 */
export async function* inflated(
  packed: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  deflate: Deflate,
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  let left = bytesMax;
  try {
    for await (const chunk of deflate.unpack(packed)) {
      left -= chunk.length;
      if (left < 0) throw new LimitError("the stream inflates to more than is allowed");
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new MalformedError("no raw DEFLATE stream, or bytes behind its end", { cause: error });
  }
}

/** Cuts a stream of bytes into messages. */
class Cutter {
  #waiting = new Uint8Array();

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  *feed(chunk: Uint8Array): Generator<Uint8Array> {
    this.#waiting = concat(this.#waiting, chunk) as Uint8Array<ArrayBuffer>;
    for (let span = spanOf(this.#waiting); span !== undefined; span = spanOf(this.#waiting)) {
      const [start, end] = span;
      if (this.#waiting.length < end) return;
      const message = this.#waiting.slice(start, end);
      this.#waiting = this.#waiting.subarray(end);
      yield message;
    }
  }
}

/** Where the first message starts and ends, or undefined as long as its length has not arrived. */
function spanOf(waiting: Uint8Array): readonly [start: number, end: number] | undefined {
  let length = 0;
  for (const [at, byte] of waiting.subarray(0, LENGTH_BYTES_MAX).entries()) {
    length += (byte & 0x7f) * 0x80 ** at;
    if (byte >= 0x80) continue;
    if (byte === 0) throw new MalformedError("a message has bytes, and a length no byte too many");
    return [at + 1, at + 1 + length];
  }
  if (waiting.length >= LENGTH_BYTES_MAX)
    throw new LimitError("the length of a message is more than is allowed");
  return undefined;
}
