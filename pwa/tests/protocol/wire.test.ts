import { describe, expect, test } from "vitest";
import { deflate as ofBrowser } from "../../src/platform/deflate.ts";
import { concat, hex, unhex } from "../../src/protocol/bytes.ts";
import { decode, type Value } from "../../src/protocol/canonical.ts";
import { ProtocolError } from "../../src/protocol/errors.ts";
import { type Frame, FrameReader, type Outgoing, writeGroups } from "../../src/protocol/frames.ts";
import { verifyingKey } from "../../src/protocol/keys.ts";
import * as merkle from "../../src/protocol/merkle.ts";
import {
  encodeMessage,
  type Group,
  type Message,
  REQUEST,
  readMessage,
  TAG,
} from "../../src/protocol/messages.ts";
import * as statements from "../../src/protocol/statements.ts";
import { framed, readBody, replyDigest, requestDigest, writeBody } from "../../src/protocol/stream.ts";
import { deflate as ofNode } from "../deflate.ts";
import { type Case, casesOf, codeOf, run } from "./vectors.ts";

run("merkle", async (each) => {
  const { size, place, leaf, root, proof } = each;
  const work = (): unknown => {
    if ("leaves" in each) {
      return expect(merkle.rootOf(each.leaves.map(unhex).map(merkle.leafHash))).toBe(root);
    }
    if ("leaf" in each) return merkle.verifyInclusion(leaf, place, size, root, proof);
    const first = { size: each.first, root: each.first_root };
    return merkle.verifyConsistency(first, { size: each.second, root: each.second_root }, proof);
  };
  expect(await codeOf(work)).toBe(each.result);
});

const KINDS: Record<string, statements.Kind<unknown>> = Object.fromEntries(
  Object.values(statements)
    .filter((each) => typeof each === "object" && "domain" in each)
    .map((kind) => [kind.name, kind as statements.Kind<unknown>]),
);

/** A value with its bytes as hex. */
function plain(value: Value): unknown {
  if (value instanceof Uint8Array) return hex(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

run("statements", async (each) => {
  const data = unhex(each.data);
  const key = await verifyingKey(unhex(each.public_key));
  const kind = KINDS[each.kind] as statements.Kind<unknown>;
  const signed = { data, signature: unhex(each.signature) };
  expect(await codeOf(() => statements.verify(kind, signed, key))).toBe(each.result);
  if (each.result === "valid") expect(plain(decode(data))).toEqual(each.fields);
});

function restored({ result, place }: Frame): unknown {
  if (result instanceof ProtocolError) return { error: result.code };
  const parts = Object.fromEntries(Object.entries(result.parts).map(([name, bytes]) => [name, hex(bytes)]));
  const told = { id: result.id, ...parts };
  return place === null ? told : { ...told, place: [place.sequence, place.received, place.verdict] };
}

function outgoing(frame: Record<string, string> & { place?: [number, number, number] }): Outgoing {
  const part = (name: string) => unhex(frame[name] as string);
  const parts = {
    header: part("header"),
    signature: part("signature"),
    structure: part("structure"),
    values: part("values"),
  };
  const set = { id: frame.id as string, parts };
  if (frame.place === undefined) return set;
  const [sequence, received, verdict] = frame.place;
  return { ...set, place: { sequence, received, verdict } };
}

run("frames", async (each) => {
  const message = unhex(each.message);
  expect(await codeOf(() => readMessage(message, REQUEST))).toBe(each.result);
  if (each.result !== "valid") return;
  const tips = each.tips.map(([scope, incarnation, position, id]: [string, number, number, string]) => {
    return { scope, incarnation, position, id };
  });
  const named = { key: each.key, tips };
  const group = readMessage(message, REQUEST) as Group;
  expect(new FrameReader(named).read(group).map(restored)).toEqual(each.frames);
  if (!each.flags.includes("Written")) return;
  expect([...writeGroups(each.frames.map(outgoing), named)].map((each) => hex(encodeMessage(each)))).toEqual([
    each.message,
  ]);
});

async function messagesOf(
  body: Uint8Array,
  deflate = ofNode,
  step = body.length,
): Promise<[string, string[]]> {
  const came: string[] = [];
  const chunks = Array.from({ length: Math.ceil(body.length / step) }, (_, at) =>
    body.subarray(at * step, (at + 1) * step),
  );
  const result = await codeOf(async () => {
    for await (const message of readBody(chunks, deflate)) came.push(hex(message));
  });
  return [result, came];
}

run("stream", async (each) => {
  expect(await messagesOf(unhex(each.body))).toEqual([each.result, each.messages]);
  expect(await messagesOf(unhex(each.body), ofNode, 1)).toEqual([each.result, each.messages]);
});

const group = (each: Case) => readMessage(unhex(each.message), REQUEST) as Group;
const groups = casesOf("frames")
  .filter(({ result }) => result === "valid")
  .map(group);
const opening: Message = {
  tag: TAG.opening,
  prelude: new Uint8Array(300).fill(7),
  signature: new Uint8Array(64),
};

describe.each([
  ["the browser's", ofBrowser],
  ["Node's", ofNode],
])("with %s DEFLATE", (_, deflate) => {
  test.each([
    ["nothing", []],
    ["an opening", [opening]],
    ["an opening and groups", [opening, ...groups]],
    ["what is not stored", [{ tag: TAG.nonce, nonce: "00".repeat(16) } as Message, opening]],
  ])("a body of %s gives its messages back", async (_, messages) => {
    const body = await writeBody(messages, deflate);
    const [result, came] = await messagesOf(body, deflate, 100);
    expect(result).toBe("valid");
    expect(came).toEqual(messages.map((message) => hex(encodeMessage(message))));
  });

  test("a body that inflates to too much is over the limit", async () => {
    const body = await deflate.pack(new Uint8Array(5 * 1024 * 1024));
    expect((await messagesOf(body, deflate))[0]).toBe("malformed");
    const packed = await deflate.pack(
      concat(framed(new Uint8Array(2 ** 20)), framed(new Uint8Array(2 ** 22))),
    );
    expect((await messagesOf(packed, deflate))[0]).toBe("over-limit");
  });

  test("a body that breaks off gives what came before", async () => {
    const body = await writeBody([opening, ...groups], deflate);
    const [result, came] = await messagesOf(body.subarray(0, body.length - 20), deflate, 50);
    expect([result, came[0]]).toEqual(["malformed", hex(encodeMessage(opening))]);
  });
});

test("digests are over the messages with their lengths", () => {
  const one = encodeMessage(opening);
  expect(requestDigest([one, one])).not.toBe(requestDigest([one]));
  expect(replyDigest([])).toBe(merkle.EMPTY_ROOT);
});

test("a message of another kind, or of no kind, is malformed", async () => {
  const nonce = encodeMessage({ tag: TAG.nonce, nonce: "00".repeat(16) });
  expect(await codeOf(() => readMessage(nonce, REQUEST))).toBe("malformed");
  expect(await codeOf(() => readMessage(nonce, ["nonce"]))).toBe("valid");
  expect(await codeOf(() => readMessage(unhex("9163"), REQUEST))).toBe("malformed");
});

test("a statement is signed in the domain of its kind alone", async () => {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const [server, hash] = ["01".repeat(16), "02".repeat(32)];
  const checkpoint = { server, epoch: 1, size: 2, root: hash, time: 3 };
  const signed = await statements.sign(statements.CHECKPOINT, checkpoint, pair.privateKey);
  expect(await statements.verify(statements.CHECKPOINT, signed, pair.publicKey)).toEqual(checkpoint);
  expect(await codeOf(() => statements.verify(statements.REPLY, signed, pair.publicKey))).toBe(
    "bad-signature",
  );
  const leaf = { setId: hash, received: 5, verdict: 0 };
  expect(hex(statements.leafData(leaf))).toBe(`93c420${hash}0500`);
});
