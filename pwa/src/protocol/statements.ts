/**
 * Signed statements other than change sets: what servers and callers vouch for (SPEC H2, X2, X11).
 *
 * Each kind has a domain of its own, so that a signature of one never passes for another, nor for a change set. A statement
 * travels as the bytes that were signed and is never encoded anew. Hashes are names (`Hex`) here, like ids.
 */

import { concat, type Hex, sameBytes, utf8 } from "./bytes.ts";
import { decodeLoosely, encode } from "./canonical.ts";
import { expect, LimitError, MalformedError, NotCanonicalError } from "./errors.ts";
import { ID16, SCOPE_BYTES, SET_ID_BYTES } from "./ids.ts";
import { checkSignature, SIGNATURE_BYTES, sign as signBytes } from "./keys.ts";
import { CHECKPOINTS_MAX, OWN_TIPS_MAX } from "./limits.ts";
import type { Loose } from "./reader.ts";
import * as schema from "./schema.ts";

/** Bytes of a sealed offer. */
export const SEALED_BYTES_MAX = 2 * 1024;

export const id16 = schema.name(ID16);
export const hash = schema.name(SET_ID_BYTES);
export const scope = schema.name(SCOPE_BYTES);
export const signature = schema.bin(SIGNATURE_BYTES);
export const verdictCode = schema.integer(0, 2);
export const sealedBytes = schema.bin(1, SEALED_BYTES_MAX);
const { natural, positive, nullable, list, struct } = schema;

/** A kind of statement: its name, what is signed before it, and its fields. */
export interface Kind<T> {
  readonly name: string;
  readonly domain: Uint8Array;
  readonly schema: schema.Schema<T>;
}

function kind<T>(name: string, fields: schema.Schema<T>): Kind<T> {
  return { name, domain: utf8(`haidang/${name}/1\0`), schema: fields };
}

/** The data of one leaf of a server's log (SPEC H1); `received` in seconds by the server's clock. */
export const logLeaf = struct({ setId: hash, received: natural, verdict: verdictCode });

/** A server's word for its whole log at one size; `time` in seconds. */
export const CHECKPOINT = kind(
  "checkpoint",
  struct({ server: id16, epoch: natural, size: natural, root: hash, time: natural }),
);

/** `tip` and its `sets` − 1 predecessors in line stand at consecutive sequences from `firstSequence` on. */
const receiptEntry = struct({ tip: hash, sets: positive, firstSequence: natural, verdict: verdictCode });

/** A server's word that it stored what a request brought: from the hub it means *received*, else *carried*. */
export const RECEIPT = kind(
  "receipt",
  struct({
    server: id16,
    epoch: natural,
    requestDigest: hash,
    time: natural,
    size: natural,
    root: hash,
    entries: list(receiptEntry),
  }),
);

/** A server's word for everything that it said in one reply: `messagesDigest` is over all messages before it. */
export const REPLY = kind("reply", struct({ server: id16, requestDigest: hash, messagesDigest: hash }));

/** A server's proof of its key over the TLS certificate in use (`certificateDigest`, empty without TLS). */
export const HELLO = kind(
  "hello",
  struct({
    server: id16,
    callerNonce: id16,
    certificateDigest: digestOrNothing(),
    serverNonce: id16,
    epoch: natural,
    size: natural,
    root: hash,
  }),
);

/** A tip of one of the caller's own logs. */
export const ownTip = struct({ scope, incarnation: natural, position: natural, id: hash });

/** A scope that is still catching up, and the sequence up to which it has. */
export const scopeCursor = struct({ scope, cursor: natural });

/** The root that a server once vouched for at a size. */
const knownRoot = struct({ size: natural, root: hash });

/**
 * What a caller says first: whom it talks to, what it has seen, what it brings (SPEC X2).
 *
 * `nonce` is null if the caller has none yet. `root` is null at size 0. `newest` is the newest (size, root) seen in any
 * statement of this server, null if that is (`size`, `root`). `budget` is how many bytes may come down. `digest` covers
 * everything after the prelude. `checkpoints` are older ones, offered after `heal` only.
 */
const preludeFields = struct({
  server: id16,
  key: id16,
  nonce: nullable(id16),
  epoch: natural,
  authorityCursor: natural,
  changesCursor: natural,
  size: natural,
  root: nullable(hash),
  newest: nullable(knownRoot),
  tips: list(ownTip, 0, OWN_TIPS_MAX),
  exceptions: list(scopeCursor),
  budget: natural,
  digest: hash,
  checkpoints: list(knownRoot, 0, CHECKPOINTS_MAX),
});

export const PRELUDE = kind("prelude", {
  ...preludeFields,
  read(value: Loose) {
    const prelude = preludeFields.read(value);
    expect((prelude.root === null) === (prelude.size === 0), "a log has a root unless its size is 0");
    return prelude;
  },
});

/** An officer's word that a server may keep a sealed offer for a typed code until `expiry` (seconds; SPEC E4). */
export const DEPOSIT = kind(
  "deposit",
  struct({ server: id16, key: id16, codeId: id16, sealed: sealedBytes, expiry: natural }),
);

export type Checkpoint = schema.Read<(typeof CHECKPOINT)["schema"]>;
export type Receipt = schema.Read<(typeof RECEIPT)["schema"]>;
export type Reply = schema.Read<(typeof REPLY)["schema"]>;
export type Hello = schema.Read<(typeof HELLO)["schema"]>;
export type Prelude = schema.Read<(typeof PRELUDE)["schema"]>;
export type Deposit = schema.Read<(typeof DEPOSIT)["schema"]>;
export type OwnTip = schema.Read<typeof ownTip>;
export type LogLeaf = schema.Read<typeof logLeaf>;

function digestOrNothing(): schema.Schema<Hex> {
  const inner = schema.name();
  return {
    ...inner,
    read(value) {
      const digest = inner.read(value);
      expect(
        [0, 2 * SET_ID_BYTES].includes(digest.length),
        "the digest of a TLS certificate has 32 bytes, or none",
      );
      return digest;
    },
  };
}

/** A statement as it was signed, and its signature (64 bytes). */
export interface Signed {
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
}

/** Sign a statement in the domain of its kind. */
export async function sign<T>(kind: Kind<T>, statement: T, key: CryptoKey): Promise<Signed> {
  const data = encode(kind.schema.write(statement));
  return { data, signature: await signBytes(key, concat(kind.domain, data)) };
}

/**
 * Read the bytes of a statement without checking its signature.
 *
 * @throws MalformedError, NotCanonicalError if they are no statement of this kind.
 */
export function decodeStatement<T>(kind: Kind<T>, data: Uint8Array): T {
  return decodeArray(kind.schema, data, kind.name);
}

/**
 * Check a signature as one over a statement of this kind, and read the statement.
 *
 * @throws SignatureError if it does not fit.
 * @throws MalformedError, NotCanonicalError if what was signed is no statement of this kind.
 */
export async function verify<T>(kind: Kind<T>, signed: Signed, key: CryptoKey): Promise<T> {
  const sentence = `the signature does not fit the ${kind.name} and its key`;
  await checkSignature(key, signed.signature, concat(kind.domain, signed.data), sentence);
  return decodeStatement(kind, signed.data);
}

/** The bytes of a leaf that `merkle.leafHash` takes. */
export function leafData(leaf: LogLeaf): Uint8Array {
  return encode(logLeaf.write(leaf));
}

/**
 * Read a typed canonical array.
 *
 * @param looselyRead reads the bytes as they stand.
 * @throws MalformedError, NotCanonicalError with the name of what was expected.
 */
export function decodeArray<T>(
  shape: schema.Schema<T>,
  data: Uint8Array,
  name: string,
  looselyRead: (data: Uint8Array) => Loose = decodeLoosely,
): T {
  let value: T;
  try {
    value = shape.read(looselyRead(data));
  } catch (error) {
    if (error instanceof LimitError) throw new MalformedError(`${name}: nested too deep`);
    throw error;
  }
  if (!sameBytes(encode(shape.write(value)), data))
    throw new NotCanonicalError(`${name}: not in its one encoding`);
  return value;
}
