/**
 * The messages of the exchange and of enrolment, typed: what goes up, what comes down (SPEC X2, X3, X5, X9, X11, E5).
 *
 * A message is a canonical array that begins with its tag. `frames` turns change sets into groups and back, `stream` turns
 * messages into one body of bytes and back.
 */

import { encode, Raw } from "./canonical.ts";
import { expect, MalformedError } from "./errors.ts";
import { SIGNATURE_BYTES } from "./keys.ts";
import { GROUP_FRAMES_MAX, IDENTIFIER_BYTES_MAX, RECEIPTS_MAX } from "./limits.ts";
import { type Loose, Reader } from "./reader.ts";
import * as schema from "./schema.ts";
import * as statements from "./statements.ts";

const { bin, list, natural, nullable, struct, whole } = schema;
const { hash, id16, scope, sealedBytes, signature, verdictCode } = statements;
const reason = schema.text(0, IDENTIFIER_BYTES_MAX);
const bytes = bin(0, Number.POSITIVE_INFINITY);
const isBytes = (value: unknown) => value instanceof Uint8Array;

/** Bytes that were signed and are not looked at. */
const signedBytes: schema.Schema<Uint8Array> = { read: bytes.read, write: (value) => new Raw(value) };

const part = schema.either(isBytes, bytes, whole);
const head = schema.either(Array.isArray, list(part), part);

/** How a frame states its header: in full, or as what the receiver cannot know (SPEC X3). */
export type Head = schema.Read<typeof head>;

/**
 * Where the sets of a group stand in the server's log, column by column.
 *
 * `sequences` and `received` (seconds) hold the first value and then the difference of each from the one before.
 */
const places = struct({ sequences: list(whole), received: list(whole), verdicts: list(verdictCode) });
export type Places = schema.Read<typeof places>;

/** Up to 64 change sets, column by column: 64 bytes of signature each, then structures, heads and values. */
function columns<Tag extends number>(tag: Tag) {
  const fields = struct({
    tag: literal(tag),
    signatures: bytes,
    structures: list(signedBytes),
    heads: list(head, 1, GROUP_FRAMES_MAX),
    values: list(signedBytes),
    places: nullable(places),
  });
  return {
    ...fields,
    read(value: Loose) {
      const group = fields.read(value);
      const frames = group.heads.length;
      const { sequences, received, verdicts } = group.places ?? {};
      for (const column of [group.structures, group.values, sequences, received, verdicts]) {
        expect(column === undefined || column.length === frames, "columns of different length");
      }
      expect(group.signatures.length === SIGNATURE_BYTES * frames, "a signature has 64 bytes");
      return group;
    },
  };
}

function literal<Tag extends number>(tag: Tag): schema.Schema<Tag> {
  return schema.integer(tag, tag) as unknown as schema.Schema<Tag>;
}

const scopeTips = struct({ scope, tips: list(hash) });
const outcome = struct({ setId: hash, verdict: verdictCode, reason });
const refusal = struct({ frame: natural, code: reason });
const signedReceipt = struct({ receipt: bytes, signature });
const heldScope = struct({ scope, tips: list(hash), parked: list(hash) });
const scopeState = struct({ scope: nullable(scope), accepted: hash, authority: hash, state: hash });

/** The kinds of messages, by what they are called. */
const KINDS = {
  /** The first message up: the prelude as it was signed. */
  opening: struct({ tag: literal(0), prelude: bytes, signature }),
  /** The sets that certify a key, for a receiver that may not know it; up it follows the prelude. */
  chain: columns(1),
  /** Change sets, up or down. */
  group: columns(2),
  /** The receipt for what this request brought. */
  acknowledgement: struct({ tag: literal(3), receipt: bytes, signature }),
  /** Of what the request brought: the sets that are stored and not accepted, the frames that are not stored. */
  outcomes: struct({ tag: literal(4), outcomes: list(outcome), refused: list(refusal) }),
  /** The server's tips of the caller's logs where they differ from those that the caller named. */
  serverTips: struct({ tag: literal(5), scopes: list(scopeTips) }),
  /** Down: receipts of sets that others brought. Up, after a heal: earlier ones than the server can have (SPEC X9). */
  receipts: struct({ tag: literal(6), receipts: list(signedReceipt, 0, RECEIPTS_MAX) }),
  /** How far the caller now is; `proof` joins the size that it remembered to the checkpoint that follows. */
  cursor: struct({
    tag: literal(7),
    epoch: natural,
    authorityCursor: natural,
    changesCursor: natural,
    exceptions: list(statements.scopeCursor),
    more: schema.bool,
    proof: list(hash, 0, 128),
  }),
  /** The checkpoint that the new cursor stands on. */
  signedCheckpoint: struct({ tag: literal(8), checkpoint: bytes, signature }),
  /** The server's digests, for comparison; scope null is everything that the caller receives (SPEC O15, X8). */
  states: struct({ tag: literal(9), states: list(scopeState) }),
  /** What the next prelude must name. */
  nonce: struct({ tag: literal(10), nonce: id16 }),
  /** The server cannot reproduce what the caller saw: give back what is lacking (SPEC X9). */
  heal: struct({
    tag: literal(11),
    epoch: natural,
    size: natural,
    root: nullable(hash),
    scopes: list(heldScope),
  }),
  /** The last message down: the signature over the reply statement about all messages before it. */
  closing: struct({ tag: literal(12), signature }),
  /** The body of `POST /v1/hello`: the caller's nonce. */
  greeting: struct({ tag: literal(13), nonce: id16 }),
  /** The server's hello as it was signed; its certificate chain stands before it. */
  answer: struct({ tag: literal(14), hello: bytes, signature }),
  /** Enrolment, up: the sealed offer that is kept for a typed code, by what the code derives (SPEC E4). */
  offerQuestion: struct({ tag: literal(15), codeId: id16 }),
  /** Enrolment, down: the offer as an officer sealed it. */
  sealedOffer: struct({ tag: literal(16), sealed: sealedBytes }),
  /** Enrolment, up: what a new replica stands on, asked by who holds an offer, with the id of the offer's certificate. */
  groundQuestion: struct({ tag: literal(17), certificate: id16 }),
  /** Enrolment, down: the genesis, and what to prove possession of a key with; the certificate's chain follows. */
  ground: struct({ tag: literal(18), genesis: bytes, challenge: id16 }),
  /** Enrolment, up: a deposit as the officer signed it. */
  offerDeposit: struct({ tag: literal(19), deposit: bytes, signature }),
  /** Enrolment, down: the sealed offer is kept until then (seconds). */
  offerKept: struct({ tag: literal(20), expiry: natural }),
  /** Enrolment, up: the proof, over server id and challenge, that the sender holds a new key. A chain follows. */
  possession: struct({ tag: literal(21), publicKey: bin(32), challenge: id16, proof: signature }),
};

type Kinds = typeof KINDS;
/** A message by its kind's name. */
export type MessageOf<Name extends keyof Kinds> = schema.Read<Kinds[Name]>;
export type Message = { [Name in keyof Kinds]: MessageOf<Name> }[keyof Kinds];
export type Group = MessageOf<"group">;
export type Columns = MessageOf<"chain" | "group">;

/** The tags of the kinds, by their names. */
export const TAG = Object.fromEntries(Object.keys(KINDS).map((name, tag) => [name, tag])) as {
  readonly [Name in keyof Kinds]: MessageOf<Name>["tag"];
};
const BY_TAG = Object.values(KINDS) as unknown as readonly schema.Schema<Message>[];

/** What may stand in a body. */
export const REQUEST = ["opening", "chain", "group", "receipts"] as const;
export const REPLY = [
  "acknowledgement",
  "outcomes",
  "serverTips",
  "group",
  "receipts",
  "cursor",
  "signedCheckpoint",
  "states",
  "nonce",
  "heal",
  "closing",
] as const;
export const HELLO = ["greeting", "chain", "answer"] as const;
export const ENROLMENT = [
  "offerQuestion",
  "sealedOffer",
  "groundQuestion",
  "ground",
  "offerDeposit",
  "offerKept",
  "possession",
  "chain",
  "acknowledgement",
] as const;

/** The bytes of a message. */
export function encodeMessage(message: Message): Uint8Array {
  return encode(schemaOf(message.tag).write(message));
}

/**
 * Read one message of the kinds that may stand where it stands.
 *
 * @throws MalformedError, NotCanonicalError if it is none of them.
 */
export function readMessage<Name extends keyof Kinds>(
  data: Uint8Array,
  names: readonly Name[],
): MessageOf<Name> {
  const anyOf: schema.Schema<Message> = {
    read(value) {
      const tag = Array.isArray(value) ? value[0] : undefined;
      expect(
        names.some((name) => TAG[name] === tag),
        "a message of another kind",
      );
      return schemaOf(tag).read(value);
    },
    write: (message) => schemaOf(message.tag).write(message),
  };
  return statements.decodeArray(anyOf, data, "message", readColumns) as MessageOf<Name>;
}

function schemaOf(tag: number): schema.Schema<Message> {
  const found = BY_TAG[tag];
  if (found === undefined) throw new MalformedError("there is no such message");
  return found;
}

/** A message as it stands; structures and values stay the bytes that they are. */
function readColumns(data: Uint8Array): Loose {
  const reader = new Reader(data);
  const items: Loose[] = [];
  for (let at = 0, length = reader.arrayLength(); at < length; at++) {
    const ofSets = items[0] === TAG.chain || items[0] === TAG.group;
    const isSigned = ofSets && (at === 2 || at === 4);
    items.push(isSigned ? Array.from({ length: reader.arrayLength() }, () => reader.raw()) : reader.value());
  }
  reader.end();
  return items;
}
