/**
 * Ed25519 by WebCrypto alone: which keys may be enrolled, signatures, and the proof that someone holds a key (SPEC B1).
 *
 * Verifiers disagree about keys of small or mixed order: with such a key one signature can be valid here and invalid there.
 * So a key is refused unless it is the canonical encoding of a point of the prime-order subgroup. That is checked by X25519
 * and a few plain integers.
 */

import { concat, hex, own, sameBytes, unhex, utf8 } from "./bytes.ts";
import { KeyRefusedError, SignatureError } from "./errors.ts";

export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

const ED25519 = "Ed25519";
const X25519 = "X25519";
const POSSESSION_DOMAIN = utf8("haidang/possession/1\0");
const PKCS8_START = {
  [ED25519]: "302e020100300506032b657004220420",
  [X25519]: "302e020100300506032b656e04220420",
};
const FIELD = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** A private key from its 32-byte seed, in the form that WebCrypto imports and a PIN wraps. */
export function pkcs8(seed: Uint8Array, algorithm: keyof typeof PKCS8_START = ED25519): Uint8Array {
  return concat(unhex(PKCS8_START[algorithm]), seed);
}

/** The private key of a seed of 32 bytes. */
export function privateKey(seed: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("pkcs8", own(pkcs8(seed)), ED25519, false, ["sign"]);
}

/** A key to verify with; whether it may be enrolled is not asked (`publicKey`). */
export function verifyingKey(raw: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", own(raw), ED25519, false, ["verify"]);
}

export async function sign(key: CryptoKey, data: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign(ED25519, key, own(data)));
}

/**
 * Check a signature.
 *
 * @throws SignatureError with the sentence.
 */
export async function checkSignature(
  key: CryptoKey,
  signature: Uint8Array,
  data: Uint8Array,
  sentence: string,
): Promise<void> {
  if (!(await crypto.subtle.verify(ED25519, key, own(signature), own(data))))
    throw new SignatureError(sentence);
}

/**
 * The key of 32 bytes, if it may be enrolled.
 *
 * @throws KeyRefusedError if it is of the wrong size, no canonical encoding of a point, or outside the prime-order subgroup.
 */
export async function publicKey(raw: Uint8Array): Promise<CryptoKey> {
  if (raw.length !== PUBLIC_KEY_BYTES) {
    throw new KeyRefusedError(`a public key has ${PUBLIC_KEY_BYTES} bytes, not ${raw.length}`);
  }
  if (!(await isInSubgroup(yOf(raw)))) {
    throw new KeyRefusedError("the public key is of small or mixed order, or no point of the curve");
  }
  return verifyingKey(raw);
}

/** What is signed to prove possession. */
export function possessionBytes(context: Uint8Array): Uint8Array {
  return concat(POSSESSION_DOMAIN, context);
}

/** The signature that proves to whoever made up `context` that its maker holds the key. */
export function provePossession(key: CryptoKey, context: Uint8Array): Promise<Uint8Array> {
  return sign(key, possessionBytes(context));
}

/**
 * Check a proof of possession.
 *
 * @throws SignatureError if it is none for this key and context.
 */
export function checkPossession(key: CryptoKey, context: Uint8Array, proof: Uint8Array): Promise<void> {
  const sentence = "the proof does not show that its sender holds the key";
  return checkSignature(key, proof, possessionBytes(context), sentence);
}

function littleEndian(raw: Uint8Array): bigint {
  return BigInt(`0x${hex(raw.toReversed())}`);
}

function bytesOf(number: bigint): Uint8Array {
  return unhex(number.toString(16).padStart(2 * PUBLIC_KEY_BYTES, "0")).reverse();
}

/** The y of a point in its one encoding (RFC 8032 §5.1.3). */
function yOf(raw: Uint8Array): bigint {
  const number = littleEndian(raw);
  const y = number & (2n ** 255n - 1n);
  const xIsZero = y === 1n || y === FIELD - 1n;
  if (y >= FIELD || (y !== number && xIsZero)) {
    throw new KeyRefusedError("the public key is not in its one encoding");
  }
  return y;
}

/**
 * Whether 5L−1 turns the point with this y into its negative.
 *
 * X25519 multiplies by a scalar and tells the result's u, which a point and its negative share. 5L−1 is a scalar that it
 * takes as it is: a multiple of 8, so that what is outside the subgroup of order L falls away, and −1 within it. So the u of
 * a point comes back exactly if the point is in the subgroup. A y without a point on the curve has one on the curve's twist,
 * whose prime order divides neither 5L nor 5L−2: it comes back changed too.
 */
async function isInSubgroup(y: bigint): Promise<boolean> {
  if (y === 1n) return false;
  const u = bytesOf(modulo((1n + y) * inverse(modulo(1n - y))));
  const scalar = own(pkcs8(bytesOf(5n * ORDER - 1n), X25519));
  const minusOne = await crypto.subtle.importKey("pkcs8", scalar, X25519, false, ["deriveBits"]);
  const point = await crypto.subtle.importKey("raw", own(u), X25519, false, []);
  try {
    const product = await crypto.subtle.deriveBits({ name: X25519, public: point }, minusOne, 256);
    return sameBytes(new Uint8Array(product), u);
  } catch {
    return false; // the result is the neutral point: small order
  }
}

function modulo(number: bigint): bigint {
  return ((number % FIELD) + FIELD) % FIELD;
}

/** The number that gives 1 when multiplied by this one, modulo the field's prime. */
function inverse(number: bigint): bigint {
  let [r, next, s, after] = [FIELD, number, 0n, 1n];
  while (next > 0n) {
    const quotient = r / next;
    [r, next, s, after] = [next, r - quotient * next, after, s - quotient * after];
  }
  return modulo(s);
}
