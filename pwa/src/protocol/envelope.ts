/**
 * Change sets as bytes: seal, open, verify (SPEC B2, B4, B7, O3).
 *
 * Who receives a set stores, relays and verifies its exact bytes. `openSet` reads and bounds them, `verify` checks the
 * signature; the two are apart because the one is done at once and the other takes a promise.
 */

import type { Body, Save } from "./body.ts";
import { concat, type Hex, hex, startsWith, unhex, utf8 } from "./bytes.ts";
import { decode, decodeLoosely, encode, type Value } from "./canonical.ts";
import { COMMITMENT_BYTES, decodeBody, REDACTED } from "./columns.ts";
import { encodeBody } from "./columns-writing.ts";
import { expect, LimitError, NotCanonicalError } from "./errors.ts";
import * as ids from "./ids.ts";
import { checkSignature, SIGNATURE_BYTES, sign } from "./keys.ts";
import { INTEGER_MAX, PREDECESSORS_MAX, SET_BYTES_MAX, SET_OPERATIONS_MAX } from "./limits.ts";
import { FIRST_AUTHORITY_KIND } from "./operations.ts";
import * as schema from "./schema.ts";
import { sha256 } from "./sha256.ts";

export const VERSION = 1;
const SET_DOMAIN = utf8("haidang/set/1\0");
const LEAF_DOMAIN = utf8("haidang/op/1\0");
const VALUES_DOMAIN = utf8("haidang/values/1\0");
const REDACTED_START = encode([REDACTED, new Uint8Array()]).subarray(0, -2);
const REDACTED_BYTES_MAX = encode([REDACTED, new Uint8Array(COMMITMENT_BYTES * SET_OPERATIONS_MAX)]).length;

/** What a set says of itself; `acting` is the certificate of an authority set, null otherwise (SPEC B4). */
export interface Header {
  readonly key: Hex;
  readonly scope: Hex;
  readonly incarnation: number;
  readonly position: number;
  readonly previous: readonly Hex[];
  readonly time: number;
  readonly tag: Hex;
  readonly acting: Hex | null;
}

/** The four parts of a change set exactly as they were signed. */
export interface SetBytes {
  readonly header: Uint8Array;
  readonly signature: Uint8Array;
  readonly structure: Uint8Array;
  readonly values: Uint8Array;
}

/**
 * A change set whose bytes are well formed; its signature is not checked by that.
 *
 * `leaves` has 32 bytes for each operation; the first 16 are the operation's identity (SPEC O3).
 */
export interface OpenedSet {
  readonly id: Hex;
  readonly header: Header;
  readonly body: Body;
  readonly leaves: readonly Uint8Array[];
  readonly identities: readonly Hex[];
  readonly signed: Uint8Array;
  readonly parts: SetBytes;
}

/** The claimed time of a save in seconds, exact for the last, to the minute for the others. */
export function saveTime(opened: OpenedSet, save: number): number {
  return opened.header.time - 60 * (opened.body.minutesBeforeLast[save] as number);
}

const reportParts = {
  version: schema.integer(VERSION, VERSION),
  algorithm: schema.integer(ids.ALGORITHM_ED25519, ids.ALGORITHM_ED25519),
  key: schema.name(ids.ID16),
  scope: schema.name(ids.SCOPE_BYTES),
  incarnation: schema.natural,
  position: schema.natural,
  previous: schema.list(schema.name(ids.SET_ID_BYTES)),
  time: schema.whole,
  tag: schema.name(ids.TAG_BYTES),
};
const reportHeader = schema.struct(reportParts);
const authorityHeader = schema.struct({ ...reportParts, acting: schema.name(ids.ID16) });
const AUTHORITY_PARTS = 10;

/** The bytes of a header (SPEC B4). */
export function encodeHeader({ acting, ...header }: Header): Uint8Array {
  const parts = { version: VERSION, algorithm: ids.ALGORITHM_ED25519, ...header };
  return encode(acting === null ? reportHeader.write(parts) : authorityHeader.write({ ...parts, acting }));
}

/**
 * Read a header. A fault of the encoding is named before a fault of the shape.
 *
 * @throws MalformedError, NotCanonicalError, LimitError if it is none.
 */
export function decodeHeader(data: Uint8Array): Header {
  const value = decode(data);
  const withActing = Array.isArray(value) && value.length === AUTHORITY_PARTS;
  const parts = withActing ? authorityHeader.read(value) : { ...reportHeader.read(value), acting: null };
  const { version: _version, algorithm: _algorithm, ...header } = parts;
  const { scope, position, previous, acting } = header;
  const kind = ids.scopeKind(scope);
  expect(kind <= ids.AUTHORITY, "header: there is no such kind of scope");
  expect(
    (kind === ids.AUTHORITY) === (acting !== null),
    "header: an authority set, and no other, names the certificate that it acts under",
  );
  expect(
    (position === 0) === (previous.length === 0),
    "header: a set has predecessors exactly when its position is above 0",
  );
  if (previous.length > PREDECESSORS_MAX) throw new LimitError(`more than ${PREDECESSORS_MAX} predecessors`);
  if (previous.some((id, at) => at > 0 && id <= (previous[at - 1] as Hex))) {
    throw new NotCanonicalError("header: predecessors stand in ascending order");
  }
  return header;
}

/** What stands for the values of each save, 32 bytes: all that is left of them in a redacted set (SPEC O3, B7). */
export function commitmentsOf(body: Body): Uint8Array[] {
  const values = body.operations.map((operation) => operation.value);
  return body.counts.map((count, save) => {
    if (body.redacted !== null) {
      return body.redacted.subarray(COMMITMENT_BYTES * save, COMMITMENT_BYTES * (save + 1));
    }
    return sha256(VALUES_DOMAIN, encode([body.salts.get(save) ?? null, ...values.splice(0, count)]));
  });
}

/** The leaf of each operation: 32 bytes that bind author, save, place, slot, kind and values (SPEC O3). */
export function leavesOf(header: Header, body: Body, commitments: readonly Uint8Array[]): Uint8Array[] {
  const author = unhex(header.key + header.scope);
  const saves = commitments.map((commitment, save) =>
    concat(unhex(ids.nextTag(header.tag, save)), commitment),
  );
  return body.operations.map((operation, at) => {
    const slot = encode([
      body.indexInSave[at] as number,
      unhex(body.recordIds[at] as Hex),
      body.addresses[at] as Value,
      operation.kind,
    ]);
    return sha256(LEAF_DOMAIN, author, saves[body.saveOf[at] as number] as Uint8Array, slot);
  });
}

/** What is signed, and whose hash is the id (SPEC B2). */
export function signedBytes(
  header: Uint8Array,
  structure: Uint8Array,
  leaves: readonly Uint8Array[],
): Uint8Array {
  return concat(SET_DOMAIN, header, ids.digest("haidang/body/1", sha256(structure), sha256(...leaves)));
}

/**
 * Sign the saves of one scope as the next set of a log. The caller made them durable and split them to the limits.
 *
 * @throws MalformedError, NotCanonicalError, LimitError if the saves hold what the format does not allow.
 */
export async function seal(header: Header, saves: readonly Save[], key: CryptoKey): Promise<OpenedSet> {
  const unsigned = {
    header: encodeHeader(header),
    signature: new Uint8Array(SIGNATURE_BYTES),
    ...encodeBody(saves),
  };
  const opened = openSet(unsigned);
  return { ...opened, parts: { ...unsigned, signature: await sign(key, opened.signed) } };
}

/**
 * Read and bound a change set without trusting it.
 *
 * @throws MalformedError, NotCanonicalError, LimitError with a sentence saying what is wrong.
 */
export function openSet(parts: SetBytes): OpenedSet {
  return opened(parts, decode);
}

/** Read a set that was opened before and kept where nobody alters it: its encoding is not looked at again. */
export function reopenSet(parts: SetBytes): OpenedSet {
  return opened(parts, decodeLoosely as (data: Uint8Array) => Value);
}

function opened(parts: SetBytes, read: (data: Uint8Array) => Value): OpenedSet {
  if (sizeOf(parts) > SET_BYTES_MAX) throw new LimitError(`change set larger than ${SET_BYTES_MAX} bytes`);
  expect(parts.signature.length === SIGNATURE_BYTES, `a signature has ${SIGNATURE_BYTES} bytes`);
  const header = decodeHeader(parts.header);
  const body = decodeBody(parts.structure, parts.values, header.scope, read);
  const isEntry = (kind: number) => kind >= FIRST_AUTHORITY_KIND;
  const fits = header.acting === null ? (kind: number) => !isEntry(kind) : isEntry;
  expect([...body.kinds].every(fits), "authority entries stand in authority scopes, and nothing else does");
  const minutes = body.minutesBeforeLast;
  const earliest = header.time - 60 * Math.max(...minutes);
  if (header.time - 60 * Math.min(...minutes) > INTEGER_MAX || earliest < -INTEGER_MAX) {
    throw new LimitError("the time of a save lies beyond ±(2^53−1) seconds");
  }
  const leaves = leavesOf(header, body, commitmentsOf(body));
  const identities = leaves.map((leaf) => hex(leaf.subarray(0, ids.ID16)));
  const signed = signedBytes(parts.header, parts.structure, leaves);
  return { id: hex(sha256(signed)), header, body, leaves, identities, signed, parts };
}

/** Bytes that count against the limit: redacting a set never makes it too large, so what it leaves does not count. */
function sizeOf(parts: SetBytes): number {
  const redacted = isRedacted(parts) && parts.values.length <= REDACTED_BYTES_MAX;
  return (
    parts.header.length + SIGNATURE_BYTES + parts.structure.length + (redacted ? 0 : parts.values.length)
  );
}

/**
 * Check the signature of an opened set.
 *
 * @throws SignatureError if it does not fit.
 */
export function verify(opened: OpenedSet, key: CryptoKey): Promise<void> {
  const sentence = "the signature does not fit the change set and its key";
  return checkSignature(key, opened.parts.signature, opened.signed, sentence);
}

/** Whether the values were dropped. */
export function isRedacted(parts: SetBytes): boolean {
  return startsWith(parts.values, REDACTED_START);
}

/** The set without its values: structure, identities, supersedes and chain stay verifiable (SPEC B7). */
export function redact(opened: OpenedSet): SetBytes {
  return { ...opened.parts, values: encode([REDACTED, concat(...commitmentsOf(opened.body))]) };
}
