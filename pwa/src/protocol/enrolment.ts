/**
 * What a new phone gets from an officer: an offer, read from a QR code or fetched with a typed code (SPEC E1, E4).
 *
 * Time and random bytes are arguments. Whoever holds an offer can ask for one certificate, once; the officer still has to
 * confirm it (SPEC E3), so a stolen offer shows instead of harming.
 */

import { concat, hex, own, utf8 } from "./bytes.ts";
import { decode, encode } from "./canonical.ts";
import { CodeError, OfferError, OfferExpiredError, ProtocolError } from "./errors.ts";
import { CROCKFORD, digest, ID16, spell } from "./ids.ts";
import * as schema from "./schema.ts";

export const OFFER_PREFIX = "HD1:";
export const CHECK_BYTES = 4;
export const CODE_BYTES = 10;
export const CODE_LETTERS = 16;
export const NONCE_BYTES = 12;
export const URL_BYTES_MAX = 512;

const ID_INFO = "haidang/code-id/1";
const SEAL_INFO = "haidang/code-seal/1";
const BETWEEN_GROUPS = /[\s\-\u2010-\u2015\u2212]+/g;
const WEB_ADDRESS = /^https?:\/\/[!-~]+$/;
const DAMAGED = "the offer is damaged or incomplete: scan it again";

const offerSchema = schema.struct({
  rootSetHash: schema.name(32),
  hub: schema.name(ID16),
  url: schema.text(),
  seed: schema.bin(32),
  certificate: schema.name(ID16),
  unit: schema.name(ID16),
  expiry: schema.whole,
});

/**
 * All that a new phone needs to trust and to ask for its certificate (SPEC E1).
 *
 * `rootSetHash` and `hub` (its server id) are what it trusts; `url` is where it finds the hub; `seed` is the private
 * key of the offer and `certificate` the id of that key's certificate; `expiry` in seconds since 1970.
 */
export type Offer = schema.Read<typeof offerSchema>;

/** The text of the QR code: the offer, and bytes that show a letter copied wrong. */
export function offerToText(offer: Offer): string {
  const data = toBytes(offer);
  return OFFER_PREFIX + packed(concat(data, checkOf(data)));
}

/**
 * Read the text of a QR code; blanks around it do not matter.
 *
 * @throws OfferError if it is no offer.
 */
export function offerFromText(text: string): Offer {
  const trimmed = text.trim();
  if (!trimmed.startsWith(OFFER_PREFIX)) {
    throw new OfferError(`this is no offer of Hải Đăng: it does not begin with ${OFFER_PREFIX}`);
  }
  const text64 = trimmed.slice(OFFER_PREFIX.length);
  const data = unpacked(text64);
  const end = Math.max(0, data.length - CHECK_BYTES);
  const offer = data.subarray(0, end);
  if (hex(checkOf(offer)) !== hex(data.subarray(end)) || packed(data) !== text64)
    throw new OfferError(DAMAGED);
  return fromBytes(offer);
}

function checkOf(offer: Uint8Array): Uint8Array {
  return digest("haidang/offer/1", offer).subarray(0, CHECK_BYTES);
}

/** Bytes as base64url without padding. */
function packed(data: Uint8Array): string {
  const binary = String.fromCharCode(...data);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The bytes of base64url without padding. */
function unpacked(text: string): Uint8Array {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  } catch {
    throw new OfferError(DAMAGED);
  }
}

/**
 * Refuse an offer whose time is over; `now` in seconds since 1970.
 *
 * @throws OfferExpiredError: ask the officer for a new one.
 */
export function checkExpiry(offer: Offer, now: number): void {
  if (now >= offer.expiry)
    throw new OfferExpiredError("the offer has expired: ask the officer for a new one");
}

/** The 16 letters of a code of 10 random bytes, in groups of four. */
export function codeToText(code: Uint8Array): string {
  if (code.length !== CODE_BYTES) throw new CodeError(`a code is made of ${CODE_BYTES} bytes`);
  return spell(code);
}

/**
 * Read a typed code, whatever its case and grouping; O is read as 0, I and L as 1.
 *
 * @throws CodeError if it is not a code of 16 letters.
 */
export function codeFromText(text: string): Uint8Array {
  const letters = [
    ...text.replace(BETWEEN_GROUPS, "").toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1"),
  ];
  const unknown = letters.find((letter) => !CROCKFORD.includes(letter));
  if (unknown !== undefined) {
    throw new CodeError(`no code has the letter ${unknown}: look again at what was written`);
  }
  if (letters.length !== CODE_LETTERS) {
    throw new CodeError(`a code has ${CODE_LETTERS} letters and digits, this has ${letters.length}`);
  }
  const bits = letters.map((letter) => CROCKFORD.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Uint8Array.from({ length: CODE_BYTES }, (_, at) =>
    Number.parseInt(bits.slice(8 * at, 8 * at + 8), 2),
  );
}

/** The 16 bytes at which the hub keeps the sealed offer; they do not tell the code. */
export async function codeId(code: Uint8Array): Promise<string> {
  const parameters = derivation(ID_INFO);
  return hex(new Uint8Array(await crypto.subtle.deriveBits(parameters, await secretOf(code), 8 * ID16)));
}

/** The offer as the hub keeps it, readable with the code alone; `nonce` is 12 random bytes. */
export async function sealOffer(code: Uint8Array, offer: Offer, nonce: Uint8Array): Promise<Uint8Array> {
  if (nonce.length !== NONCE_BYTES) throw new OfferError(`a nonce has ${NONCE_BYTES} bytes`);
  const sealed = await crypto.subtle.encrypt(cipher(nonce), await sealKey(code), own(toBytes(offer)));
  return concat(nonce, new Uint8Array(sealed));
}

/**
 * Read a sealed offer.
 *
 * @throws CodeError if the code does not open it, or it was altered.
 * @throws OfferError if what was sealed is no offer.
 */
export async function openOffer(code: Uint8Array, sealed: Uint8Array): Promise<Offer> {
  const [nonce, rest] = [sealed.slice(0, NONCE_BYTES), sealed.slice(NONCE_BYTES)];
  const key = await sealKey(code);
  const data = await crypto.subtle.decrypt(cipher(nonce), key, own(rest)).catch(() => {
    throw new CodeError(
      "the code does not open this offer: check the code, or ask the officer for a new one",
    );
  });
  return fromBytes(new Uint8Array(data));
}

function cipher(nonce: Uint8Array): AesGcmParams {
  return { name: "AES-GCM", iv: own(nonce) };
}

async function sealKey(code: Uint8Array): Promise<CryptoKey> {
  const algorithm = { name: "AES-GCM", length: 256 };
  return crypto.subtle.deriveKey(derivation(SEAL_INFO), await secretOf(code), algorithm, false, [
    "encrypt",
    "decrypt",
  ]);
}

function secretOf(code: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", own(code), "HKDF", false, ["deriveBits", "deriveKey"]);
}

function derivation(info: string): HkdfParams {
  return { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: own(utf8(info)) };
}

function toBytes(offer: Offer): Uint8Array {
  return encode(offerSchema.write(offer));
}

function fromBytes(data: Uint8Array): Offer {
  let offer: Offer;
  try {
    offer = offerSchema.read(decode(data));
  } catch (error) {
    if (error instanceof ProtocolError) throw new OfferError(`this is no offer: ${error.message}`);
    throw error;
  }
  if (!WEB_ADDRESS.test(offer.url) || offer.url.length > URL_BYTES_MAX) {
    throw new OfferError("the offer names no web address");
  }
  return offer;
}
