/**
 * Names: every identifier of the protocol is a hash of stated bytes or random bytes given by the caller.
 *
 * Sizes in bytes: change-set id 32, everything else 16, a scope 17 (kind and unit), a tag 8. All of them are `Hex` here.
 */

import { type Hex, hex, unhex, utf8 } from "./bytes.ts";
import { encode, type Value } from "./canonical.ts";
import { LimitError } from "./errors.ts";
import { sha256 } from "./sha256.ts";

export const ALGORITHM_ED25519 = 1;

export const REPORTS = 0;
export const RESTRICTED = 1;
export const AUTHORITY = 2;

export const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export const ID16 = 16;
export const SET_ID_BYTES = 32;
export const SCOPE_BYTES = 17;
export const TAG_BYTES = 8;
const RECORDS_REMEMBERED = 8_192;
const SEPARATOR = Uint8Array.of(0);

/** `H(domain, data)`: 32 bytes. */
export function digest(domain: string, ...data: readonly Uint8Array[]): Uint8Array {
  return sha256(utf8(domain), SEPARATOR, ...data);
}

/** The first 16 bytes of `H(domain, data)`. */
export function digest16(domain: string, ...data: readonly Uint8Array[]): Hex {
  return hex(digest(domain, ...data).subarray(0, ID16));
}

/** The id of an Ed25519 public key of 32 bytes (SPEC B1). */
export function keyId(publicKey: Uint8Array): Hex {
  return digest16("haidang/key/1", Uint8Array.of(ALGORITHM_ED25519), publicKey);
}

/** The id of a form's canonical value (SPEC B5). */
export function formId(form: Value): Hex {
  return digest16("haidang/form/1", encode(form));
}

/** The scope of a unit: kind is REPORTS, RESTRICTED or AUTHORITY. */
export function scopeOf(kind: number, unit: Hex): Hex {
  return hex(Uint8Array.of(kind)) + unit;
}

/** REPORTS, RESTRICTED or AUTHORITY. */
export function scopeKind(scope: Hex): number {
  return Number.parseInt(scope.slice(0, 2), 16);
}

/** The unit of a scope. */
export function scopeUnit(scope: Hex): Hex {
  return scope.slice(2);
}

/** The half of a change-set id that references use. */
export function id16(setId: Hex): Hex {
  return setId.slice(0, 2 * ID16);
}

const recordIds = new Map<string, Hex>();

/** The id that all who report the same thing arrive at (SPEC O4); subject null means the scope's own unit. */
export function derivedRecordId(
  scope: Hex,
  family: string,
  subject: Hex | null,
  directive: string | null,
  period: Hex | null,
): Hex {
  const key = JSON.stringify([scope, family, subject, directive, period]);
  const known = recordIds.get(key);
  if (known !== undefined) return known;
  const preimage: Value[] = [family, unhex(subject ?? scopeUnit(scope)), directive, period && unhex(period)];
  if (scopeKind(scope) === RESTRICTED) preimage.push("restricted");
  const found = digest16("haidang/record/1", encode(preimage));
  // Remembered, because set after set speaks of the same few records.
  if (recordIds.size >= RECORDS_REMEMBERED) recordIds.clear();
  recordIds.set(key, found);
  return found;
}

/** The id of a row with a natural key (SPEC O5). */
export function derivedRowId(field: string, key: readonly string[]): Hex {
  return digest16("haidang/row/1", encode([field, key]));
}

/**
 * The tag `saves` saves after `tag` (SPEC B4).
 *
 * @throws LimitError when it would pass 2^64−1.
 */
export function nextTag(tag: Hex, saves: number): Hex {
  const next = BigInt(`0x${tag}`) + BigInt(saves);
  if (next >= 1n << 64n) throw new LimitError("tags do not go on past 2^64−1");
  return next.toString(16).padStart(2 * TAG_BYTES, "0");
}

/** What two people compare aloud at enrolment: 80 bits of a key id as 16 letters in groups of four (SPEC E3). */
export function fingerprint(key: Hex): string {
  return spell(digest("haidang/fingerprint/1", unhex(key)).subarray(0, 10));
}

/** 10 bytes as 16 letters and digits of Crockford's base 32, in groups of four. */
export function spell(data: Uint8Array): string {
  const number = BigInt(`0x${hex(data)}`);
  const letter = (place: number) => CROCKFORD[Number((number >> BigInt(5 * place)) & 31n)];
  const letters = Array.from({ length: 16 }, (_, at) => letter(15 - at)).join("");
  return letters.replace(/.{4}(?=.)/g, "$&-");
}
