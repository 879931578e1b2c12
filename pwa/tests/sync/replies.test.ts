import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Hex } from "../../src/protocol/bytes.ts";
import { writeGroups } from "../../src/protocol/frames.ts";
import { verifyingKey } from "../../src/protocol/keys.ts";
import { EMPTY_ROOT, leafHash, nodeHash } from "../../src/protocol/merkle.ts";
import {
  encodeMessage,
  type Message,
  type MessageOf,
  REQUEST,
  readMessage,
  TAG,
} from "../../src/protocol/messages.ts";
import * as statements from "../../src/protocol/statements.ts";
import { readBody, replyDigest, writeBody } from "../../src/protocol/stream.ts";
import type { OpenDesk } from "../../src/storage/desk.ts";
import { healFrom, needsProbe } from "../../src/sync/healing.ts";
import { apply, listen } from "../../src/sync/replies.ts";
import { build, type Request, type Wishes } from "../../src/sync/requests.ts";
import { deflate } from "../deflate.ts";
import { carry, somebody } from "../storage/people.ts";
import { ABOUT, FORM_ID, Village } from "../village.ts";

const TIME = 1_790_000_000;
const WISHES: Wishes = {
  pushBytes: 100_000,
  pullBytes: 100_000,
  whole: new Set(),
  heldBack: new Set(),
  chain: false,
  probe: false,
};
const NONCE: Message = { tag: TAG.nonce, nonce: "ab".repeat(16) };

let village: Village;
let desk: OpenDesk;
let other: OpenDesk;
let hub: Hex;
let key: CryptoKey;
let request: Request;

beforeAll(async () => {
  village = await Village.make();
  hub = await village.hub;
  other = (await somebody(village, "Hoa")).desk;
});

beforeEach(async () => {
  desk = (await somebody(village, "Lan")).desk;
  const raw = desk.replica.ledger.book.publicKey(hub) as Uint8Array;
  key = await verifyingKey(raw);
  const filling = await desk.fill(FORM_ID, ABOUT);
  filling.put("visits", 1);
  await filling.save();
  await desk.seal();
  request = await build(desk.replica, WISHES, deflate);
});

/** A reply as a server with this key would sign it. */
async function replied(messages: readonly Message[], by = "hub", to = request): Promise<Uint8Array[]> {
  const messagesDigest = replyDigest(messages.map(encodeMessage));
  const said = { server: hub, requestDigest: to.digest, messagesDigest };
  const { signature } = await statements.sign(statements.REPLY, said, await village.signing(by));
  return [await writeBody([...messages, { tag: TAG.closing, signature }], deflate)];
}

async function* chunks(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** Read a reply and take it. */
async function taken(pieces: readonly Uint8Array[]) {
  const said = await listen(chunks(pieces), request, hub, key, deflate, () => undefined);
  return apply(desk.replica, said, request, key);
}

/** The hub's word that the own sets stand in its log from 0 on. */
async function receipt(change: Partial<statements.Receipt> = {}, by = "hub"): Promise<Message> {
  const entries = request.frames.map((tip, at) => ({ tip, sets: 1, firstSequence: at, verdict: 0 }));
  const size = entries.length;
  const log = { epoch: 0, time: TIME, size, root: "cd".repeat(32), entries };
  const stated = { server: hub, requestDigest: request.digest, ...log, ...change };
  const { data, signature } = await statements.sign(statements.RECEIPT, stated, await village.signing(by));
  return { tag: TAG.acknowledgement, receipt: data, signature };
}

const leaves = ["a", "b", "c"].map((each) => leafHash(new TextEncoder().encode(each)));
const [a, b, c] = leaves as [Hex, Hex, Hex];
const ROOTS = [EMPTY_ROOT, a, nodeHash(a, b), nodeHash(nodeHash(a, b), c)];

/** The cursor and its checkpoint at a size of the log. */
async function moved(size: number, root: Hex, proof: readonly Hex[]): Promise<Message[]> {
  const at = { server: hub, epoch: 0, size, root, time: TIME };
  const { data, signature } = await statements.sign(statements.CHECKPOINT, at, await village.signing("hub"));
  const cursors = {
    epoch: 0,
    authorityCursor: size,
    changesCursor: size,
    exceptions: [],
    more: false,
    proof,
  };
  return [
    { tag: TAG.cursor, ...cursors },
    { tag: TAG.signedCheckpoint, checkpoint: data, signature },
  ];
}

describe("a reply", () => {
  test("that is signed and names the own sets makes them received, and tells how wrong the clock is", async () => {
    const applied = await taken(await replied([await receipt(), NONCE]));
    expect(applied).toMatchObject({ receipted: request.frames.length, withheld: true });
    expect(desk.counts()).toMatchObject({ saved: 0, received: 1 });
    expect(desk.contact.clockAhead).toBe((desk.contact.last ?? 0) - TIME);
    expect(desk.replica.hub.bookmark.nonce).toBe("ab".repeat(16));
    expect((await build(desk.replica, WISHES, deflate)).frames).toEqual([]);
  });

  test.each<readonly [string, () => Promise<Uint8Array[]>, string]>([
    ["signed by somebody else", async () => replied([await receipt()], "root 0"), "broken-reply"],
    ["with a receipt of somebody else", async () => replied([await receipt({}, "root 0")]), "broken-reply"],
    ["of another server", async () => replied([await receipt({ server: "00".repeat(16) })]), "broken-reply"],
    [
      "to another request",
      async () => replied([await receipt({ requestDigest: "00".repeat(32) })]),
      "broken-reply",
    ],
    [
      "with a cursor that nothing vouches for",
      async () => replied((await moved(1, a, [])).slice(0, 1)),
      "broken-reply",
    ],
    ["that ends before it is signed", async () => [await writeBody([await receipt()], deflate)], "cut"],
    [
      "that goes on behind its signature",
      async () => [await writeBody([...(await ended()), NONCE], deflate)],
      "broken-reply",
    ],
    ["of something that is no reply", async () => [Uint8Array.of(1, 2, 3)], "broken-reply"],
  ])("%s makes nothing received", async (_, reply, code) => {
    await expect(taken(await reply())).rejects.toMatchObject({ code });
    expect(desk.counts()).toMatchObject({ saved: 1, received: 0 });
    expect(desk.contact.last).toBe(null);
  });

  /** Messages with a right signature at their end. */
  async function ended(): Promise<Message[]> {
    const acknowledged = await receipt();
    const messagesDigest = replyDigest([encodeMessage(acknowledged)]);
    const said = { server: hub, requestDigest: request.digest, messagesDigest };
    const { signature } = await statements.sign(statements.REPLY, said, await village.signing("hub"));
    return [acknowledged, { tag: TAG.closing, signature }];
  }

  test("that breaks off on the way is cut, not broken", async () => {
    const [whole] = await replied([await receipt()]);
    async function* broken() {
      yield (whole as Uint8Array).slice(0, 20);
      throw new TypeError("network error");
    }
    const heard = listen(broken(), request, hub, key, deflate, () => undefined);
    await expect(heard).rejects.toMatchObject({ code: "cut" });
  });

  test("moves the cursor along one log only: another one is kept out, and what came with it is kept", async () => {
    await taken(await replied(await moved(2, ROOTS[2] as Hex, [])));
    expect(desk.replica.hub.bookmark).toMatchObject({ size: 2, changesCursor: 2 });
    await carry(desk, other);
    const filling = await other.open((await desk.fill(FORM_ID, ABOUT)).id);
    filling.put("visits", 9);
    await filling.save();
    await other.seal();
    const rewritten = [...(await fresh()), ...(await moved(3, "ee".repeat(32), [c]))];
    await expect(taken(await replied(rewritten))).rejects.toMatchObject({ code: "rewritten-history" });
    expect(desk.replica.hub.bookmark).toMatchObject({ size: 2, changesCursor: 2 });
    expect((await desk.open(filling.id)).answers.visits).toBe(9);
    await taken(await replied(await moved(3, ROOTS[3] as Hex, [c])));
    expect(desk.replica.hub.bookmark.size).toBe(3);
  });

  const lacking = () => other.replica.store.inOrder.filter((id) => desk.replica.store.held(id) === undefined);

  /** The sets of the other desk that this one lacks, as they come down. */
  async function fresh(spoil = (values: Uint8Array) => values): Promise<Message[]> {
    const { store } = other.replica;
    const sets = lacking().map((id, at) => {
      const parts = store.parts(id);
      if (parts === undefined) throw new Error(id);
      const values = at === 0 ? spoil(parts.values.slice()) : parts.values;
      return { id, parts: { ...parts, values }, place: { sequence: 10 + at, received: TIME, verdict: 0 } };
    });
    return [...writeGroups(sets)];
  }

  test("with a damaged set passes it over, and takes the others", async () => {
    await carry(desk, other);
    for (const visits of [5, 6]) {
      const filling = await other.fill(FORM_ID, ABOUT);
      filling.put("visits", visits);
      await filling.save();
      await other.seal();
    }
    const flip = (values: Uint8Array) => values.with(values.length - 1, (values.at(-1) as number) ^ 1);
    const total = lacking().length;
    const applied = await taken(await replied(await fresh(flip)));
    expect(applied.fresh).toBeLessThan(total);
    expect(lacking()).toHaveLength(total - applied.fresh);
    expect(desk.replica.hub.leftOut()[1]).toBeGreaterThan(0);
    await taken(await replied(await fresh()));
    expect(lacking()).toEqual([]);
  });

  test("that asks for a set in full gets it in full", async () => {
    await taken(await replied([await receipt()]));
    const filling = await desk.fill(FORM_ID, ABOUT);
    filling.put("visits", 2);
    await filling.save();
    await desk.seal();
    request = await build(desk.replica, WISHES, deflate);
    expect(await headsIn(request)).toEqual([false]);
    const asked: Message = { tag: TAG.outcomes, outcomes: [], refused: [{ frame: 0, code: "resend" }] };
    const applied = await taken(await replied([asked]));
    expect([...applied.refused]).toEqual([[request.frames[0], "resend"]]);
    const whole = { ...WISHES, whole: new Set(applied.refused.keys()) };
    expect(await headsIn(await build(desk.replica, whole, deflate))).toEqual([true]);
  });

  /** Whether each set of a request comes with its whole header. */
  async function headsIn({ body }: Request): Promise<boolean[]> {
    const heads: boolean[] = [];
    for await (const data of readBody([body], deflate)) {
      const message = readMessage(data, REQUEST);
      if (message.tag === TAG.group) heads.push(...message.heads.map((head) => head instanceof Uint8Array));
    }
    return heads;
  }
});

describe("healing", () => {
  const lost = (change: Partial<MessageOf<"heal">> = {}): MessageOf<"heal"> => {
    return { tag: TAG.heal, epoch: 1, size: 0, root: null, scopes: [], ...change };
  };

  test("shows as received no more what the hub has lost, and offers it again", async () => {
    await taken(await replied([await receipt(), ...(await moved(2, ROOTS[2] as Hex, []))]));
    expect(needsProbe(desk.replica, lost())).toBe(true);
    expect(await healFrom(desk.replica, lost())).toBe(request.frames.length);
    expect(desk.counts()).toMatchObject({ saved: 1, received: 0 });
    expect(desk.replica.hub.bookmark).toMatchObject({ epoch: 1, size: 0, changesCursor: 0 });
    expect((await build(desk.replica, WISHES, deflate)).frames.toSorted()).toEqual(request.frames.toSorted());
  });

  test("believes the hub in what it still holds, and goes back no further than it must", async () => {
    await taken(await replied([await receipt(), ...(await moved(2, ROOTS[2] as Hex, []))]));
    const tip = request.frames.at(-1) as Hex;
    const { scope } = desk.replica.ledger.facts(tip) ?? { scope: "" };
    const heal = lost({ size: 2, root: ROOTS[2] as Hex, scopes: [{ scope, tips: [tip], parked: [] }] });
    expect(needsProbe(desk.replica, heal)).toBe(false);
    await healFrom(desk.replica, heal);
    expect(desk.counts()).toMatchObject({ saved: 0, received: 1 });
    expect(desk.replica.hub.bookmark).toMatchObject({ size: 2, root: ROOTS[2] });
  });

  test("asks what can be reproduced with nothing but the checkpoints that it knows", async () => {
    await taken(await replied([await receipt(), ...(await moved(2, ROOTS[2] as Hex, []))]));
    const probe = await build(desk.replica, { ...WISHES, probe: true }, deflate);
    expect(probe.frames).toEqual([]);
    const [opening] = await all(readBody([probe.body], deflate));
    const message = readMessage(opening as Uint8Array, ["opening"]);
    const prelude = statements.decodeStatement(statements.PRELUDE, message.prelude);
    expect(prelude).toMatchObject({ size: 0, root: null, budget: 0 });
    expect(prelude.checkpoints).toEqual([{ size: 2, root: ROOTS[2] }]);
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
