/**
 * One reply: read as it arrives, believed once its last message signs all of it, then taken in one step (SPEC X5).
 *
 * A set that is wrong is passed over, noted, and stops nothing. A cursor moves only with a checkpoint and a proof that the
 * log goes on from the one that is remembered (SPEC X6).
 */

import { type Hex, hex } from "../protocol/bytes.ts";
import { encode } from "../protocol/canonical.ts";
import { ProofError, ProtocolError, SignatureError } from "../protocol/errors.ts";
import { type Frame, FrameReader } from "../protocol/frames.ts";
import { combined } from "../protocol/ledger.ts";
import { EMPTY_ROOT, verifyConsistency } from "../protocol/merkle.ts";
import { REPLY as MESSAGES, type MessageOf, readMessage, TAG } from "../protocol/messages.ts";
import * as statements from "../protocol/statements.ts";
import { type Deflate, readBody, replyDigest } from "../protocol/stream.ts";
import { type Bookmark, backTo, seen } from "../storage/bookmark.ts";
import type { Placed } from "../storage/hub-tables.ts";
import { PhoneError } from "../storage/phone.ts";
import type { Replica } from "../storage/replica.ts";
import { type Arrival, type Taken, take, verified } from "./intake.ts";
import type { Request } from "./requests.ts";

/** What a verified reply said, message by message. */
interface Said {
  receipt: statements.Signed | null;
  outcomes: MessageOf<"outcomes"> | null;
  frames: Frame[];
  receipts: statements.Signed[];
  cursor: MessageOf<"cursor"> | null;
  checkpoint: statements.Signed | null;
  states: MessageOf<"states">["states"] | null;
  nonce: Hex | null;
  heal: MessageOf<"heal"> | null;
}

/**
 * What became of a reply.
 *
 * `refused` are the pushed sets that the server did not store, with its codes; `withheld` says that nothing was pulled
 * because the nonce was stale; `diverged` are the scopes whose state is not the server's although the sets are the same.
 */
export interface Applied {
  readonly fresh: number;
  readonly receipted: number;
  readonly refused: ReadonlyMap<Hex, string>;
  readonly more: boolean;
  readonly withheld: boolean;
  readonly heal: MessageOf<"heal"> | null;
  readonly diverged: readonly Hex[];
}

/**
 * Read a reply and verify its signature.
 *
 * @param heard told how many sets have arrived so far.
 * @throws PhoneError `broken-reply`: this is no reply of that server to that request; `cut`: it ends too early.
 */
export async function listen(
  chunks: AsyncIterable<Uint8Array>,
  request: Request,
  server: Hex,
  key: CryptoKey,
  deflate: Deflate,
  heard: (sets: number) => void,
): Promise<Said> {
  const frames = new FrameReader();
  const before: Uint8Array[] = [];
  const said: Said = {
    receipt: null,
    outcomes: null,
    frames: [],
    receipts: [],
    cursor: null,
    checkpoint: null,
    states: null,
    nonce: null,
    heal: null,
  };
  let closing: MessageOf<"closing"> | null = null;
  const watched = noCut(chunks);
  try {
    for await (const data of readBody(watched, deflate)) {
      if (closing !== null) throw new PhoneError("broken-reply", "messages behind the last");
      const message = readMessage(data, MESSAGES);
      if (message.tag === TAG.closing) {
        closing = message;
        continue;
      }
      before.push(data);
      note(said, message, frames);
      heard(said.frames.length);
    }
    if (closing === null) throw watched.cut ?? new PhoneError("cut", "the reply ends too early");
    const reply = { server, requestDigest: request.digest, messagesDigest: replyDigest(before) };
    const data = encode(statements.REPLY.schema.write(reply) as Parameters<typeof encode>[0]);
    await statements.verify(statements.REPLY, { data, signature: closing.signature }, key);
  } catch (error) {
    if (watched.cut !== null) throw watched.cut;
    if (error instanceof ProtocolError)
      throw new PhoneError("broken-reply", `${error.code}: ${error.message}`);
    throw error;
  }
  return said;
}

/** The same chunks, ending where they break off; remembers why, which a stream that unpacks them would hide. */
function noCut(chunks: AsyncIterable<Uint8Array>) {
  const watched = {
    cut: null as PhoneError | null,
    async *[Symbol.asyncIterator]() {
      try {
        yield* chunks;
      } catch (error) {
        watched.cut = error instanceof PhoneError ? error : new PhoneError("cut", String(error));
      }
    },
  };
  return watched;
}

function note(said: Said, message: MessageOf<(typeof MESSAGES)[number]>, frames: FrameReader): void {
  switch (message.tag) {
    case TAG.acknowledgement:
      said.receipt = { data: message.receipt, signature: message.signature };
      break;
    case TAG.outcomes:
      said.outcomes = message;
      break;
    case TAG.group:
      said.frames.push(...frames.read(message));
      break;
    case TAG.receipts:
      said.receipts.push(...message.receipts.map(({ receipt, signature }) => ({ data: receipt, signature })));
      break;
    case TAG.cursor:
      said.cursor = message;
      break;
    case TAG.signedCheckpoint:
      said.checkpoint = { data: message.checkpoint, signature: message.signature };
      break;
    case TAG.states:
      said.states = message.states;
      break;
    case TAG.nonce:
      said.nonce = message.nonce;
      break;
    case TAG.heal:
      said.heal = message;
      break;
  }
}

/**
 * Take a verified reply into the replica, durably.
 *
 * @throws PhoneError `broken-reply`: a statement in it is not what it should be; nothing was taken. `rewritten-history`: the
 *     log does not go on from what was remembered; the sets are kept, the cursor stands still. `storage`, `storage-full`.
 */
export async function apply(
  replica: Replica,
  said: Said,
  request: Request,
  key: CryptoKey,
): Promise<Applied> {
  const { bookmark } = replica.hub;
  let receipt: statements.Receipt | null = null;
  let moved: Moved | null = null;
  let broken: PhoneError | null = null;
  try {
    if (said.receipt !== null) receipt = await receiptFor(replica, said.receipt, request, key);
    if (said.cursor !== null) moved = await movedTo(replica, bookmark, said.cursor, said.checkpoint, key);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (!(error instanceof ProofError))
      throw new PhoneError("broken-reply", `${error.code}: ${error.message}`);
    broken = new PhoneError("rewritten-history", error.message);
  }
  const receipts = await rightReceipts(said.receipts, key);
  const epoch = (moved?.bookmark ?? bookmark).epoch;
  const frames = await verified(replica, arrivalsOf(said.frames, broken === null ? epoch : null));
  const { taken, placed, unread } = await replica.writing(() => {
    const { hub } = replica;
    const taken = take(replica, frames);
    const unread = passOver(replica, said.frames, taken);
    const placed = receipt === null ? new Map<Hex, Placed>() : place(replica, receipt, said.receipt);
    for (const each of receipts) keep(replica, each.receipt, each.signed);
    if (moved !== null) {
      hub.remember(moved.checkpoint, moved.signed);
      hub.catchingUp = new Map(moved.exceptions.map(({ scope, cursor }) => [scope, cursor]));
    }
    let after = moved?.bookmark ?? bookmark;
    if (receipt !== null) after = seen(after, { size: receipt.size, root: receipt.root });
    if (unread.size > 0) after = backTo(after, Math.min(...unread));
    hub.bookmark = { ...after, nonce: said.nonce };
    const time = receipt?.time ?? moved?.checkpoint.time;
    const now = replica.chance.now();
    if (time !== undefined) hub.meeting = { last: now, clockAhead: now - time };
    return { taken, placed, unread };
  });
  if (broken !== null) throw broken;
  const isSilent = said.cursor === null && said.states === null && said.heal === null;
  return {
    fresh: taken.fresh.length,
    receipted: placed.size,
    refused: refusedIn(said, request),
    more: unread.size > 0 || (said.cursor?.more ?? false),
    withheld: isSilent || !request.namedNonce,
    heal: said.heal,
    diverged: divergedIn(replica, said.states ?? []),
  };
}

async function receiptFor(
  replica: Replica,
  signed: statements.Signed,
  request: Request,
  key: CryptoKey,
): Promise<statements.Receipt> {
  const receipt = await statements.verify(statements.RECEIPT, signed, key);
  if (receipt.server !== replica.deployment.hub || receipt.requestDigest !== request.digest) {
    throw new SignatureError("a receipt for another request");
  }
  return receipt;
}

/** The checkpoint and the bookmark on it, proven to go on from the one before. */
interface Moved {
  readonly checkpoint: statements.Checkpoint;
  readonly signed: statements.Signed;
  readonly bookmark: Bookmark;
  readonly exceptions: MessageOf<"cursor">["exceptions"];
}

async function movedTo(
  replica: Replica,
  bookmark: Bookmark,
  cursor: MessageOf<"cursor">,
  signed: statements.Signed | null,
  key: CryptoKey,
): Promise<Moved> {
  if (signed === null) throw new SignatureError("a cursor without its checkpoint");
  const checkpoint = await statements.verify(statements.CHECKPOINT, signed, key);
  if (checkpoint.server !== replica.deployment.hub) {
    throw new SignatureError("a checkpoint of another server");
  }
  const { size, root } = checkpoint;
  verifyConsistency({ size: bookmark.size, root: bookmark.root ?? EMPTY_ROOT }, { size, root }, cursor.proof);
  const { newest } = bookmark;
  if (newest !== null && newest.size >= size && (newest.size !== size || newest.root !== root)) {
    throw new ProofError(`a log of ${size} after one of ${newest.size}`);
  }
  const { epoch, authorityCursor, changesCursor, exceptions } = cursor;
  return {
    checkpoint,
    signed,
    exceptions,
    bookmark: {
      ...bookmark,
      epoch,
      authorityCursor,
      changesCursor,
      size,
      root: size > 0 ? root : null,
      newest: null,
    },
  };
}

function arrivalsOf(frames: readonly Frame[], epoch: number | null): Arrival[] {
  return frames.flatMap(({ result, place }): Arrival[] => {
    if (result instanceof ProtocolError) return [];
    const placed = place && epoch !== null ? { ...place, epoch } : null;
    return [{ opened: result, placed: placed && placedOf(placed) }];
  });
}

function placedOf({ epoch, sequence, received }: Placed): Placed {
  return { epoch, sequence, received };
}

/**
 * Note what is wrong; the sequences that are to be read again.
 *
 * A frame that leaves out its header goes on from the one before: behind a damaged one it cannot be right. It is asked for
 * again, and the next reply then begins behind the damaged one.
 */
function passOver(replica: Replica, frames: readonly Frame[], { refused }: Taken): Set<number> {
  const isWrong = ({ result }: Frame) => result instanceof ProtocolError || refused.includes(result.id);
  const unread = new Set<number>();
  for (const [at, frame] of frames.entries()) {
    if (!isWrong(frame)) continue;
    const before = frames[at - 1];
    const goesOn = frame.place !== null && frame.restored && before !== undefined && isWrong(before);
    if (goesOn) unread.add(frame.place.sequence);
    else replica.hub.passOver();
  }
  return unread;
}

/** Note what a receipt of the hub says: received, each set at its place. */
function place(
  replica: Replica,
  receipt: statements.Receipt,
  signed: statements.Signed | null,
): Map<Hex, Placed> {
  const { epoch, time } = receipt;
  const placed = new Map(
    namedBy(replica, receipt).map(([id, sequence]) => [id, { epoch, sequence, received: time }]),
  );
  replica.hub.place(placed);
  if (signed !== null) replica.hub.keepReceipt(receipt, signed, [...placed.keys()]);
  return placed;
}

/** Keep a receipt that was given to others: they carry the earliest time at the hub, and travel in bundles. */
function keep(replica: Replica, receipt: statements.Receipt, signed: statements.Signed): void {
  const named = namedBy(replica, receipt).map(([id]) => id);
  replica.hub.keepReceipt(receipt, signed, named);
}

async function rightReceipts(all: readonly statements.Signed[], key: CryptoKey) {
  const found = await Promise.all(
    all.map(async (signed) => {
      try {
        return [{ signed, receipt: await statements.verify(statements.RECEIPT, signed, key) }];
      } catch (error) {
        if (error instanceof ProtocolError) return [];
        throw error;
      }
    }),
  );
  return found.flat();
}

/** (id, sequence) of the held sets that a receipt names: each entry's tip and its predecessors in line. */
export function namedBy({ ledger }: Replica, receipt: statements.Receipt): (readonly [Hex, number])[] {
  return receipt.entries.flatMap(({ tip, sets, firstSequence }) => {
    const found: (readonly [Hex, number])[] = [];
    let id: Hex | undefined = tip;
    for (let sequence = firstSequence + sets - 1; sequence >= firstSequence && id !== undefined; sequence--) {
      const facts = ledger.facts(id);
      if (facts === undefined) break;
      found.push([facts.id, sequence]);
      id = facts.previous.length === 1 ? facts.previous[0] : undefined;
    }
    return found;
  });
}

function refusedIn({ outcomes }: Said, request: Request): Map<Hex, string> {
  const refused = (outcomes?.refused ?? []).flatMap(({ frame, code }) => {
    const id = request.frames[frame];
    return id === undefined ? [] : [[id, code] as const];
  });
  return new Map(refused);
}

/** The scopes whose state differs while sets and authority agree (SPEC X8): a fault, here or there. */
function divergedIn({ ledger, store }: Replica, states: MessageOf<"states">["states"]): Hex[] {
  return states.flatMap(({ scope, accepted, authority, state }) => {
    const ours =
      scope === null
        ? combined(new Map([...store.scopes()].map((each) => [each, ledger.scopeDigests(each)])))
        : ledger.scopeDigests(scope);
    const same = hex(ours.accepted) === accepted && hex(ours.authority) === authority;
    return same && hex(ours.state) !== state ? [scope ?? ""] : [];
  });
}
