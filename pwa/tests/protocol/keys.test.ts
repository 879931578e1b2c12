import { expect, test } from "vitest";
import { unhex, utf8 } from "../../src/protocol/bytes.ts";
import * as keys from "../../src/protocol/keys.ts";
import { codeOf, run } from "./vectors.ts";

run("keys", async (each) => {
  const raw = unhex(each.public_key);
  const work = async () => {
    if (!("message" in each)) return void (await keys.publicKey(raw));
    const key = await keys.verifyingKey(raw);
    await keys.checkSignature(key, unhex(each.signature), unhex(each.message), "it does not fit");
  };
  expect(await codeOf(work)).toBe(each.code ?? "valid");
});

test("whoever holds a key proves it, and nobody else", async () => {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const proof = await keys.provePossession(pair.privateKey, utf8("asked"));
  expect(await codeOf(() => keys.checkPossession(pair.publicKey, utf8("asked"), proof))).toBe("valid");
  expect(await codeOf(() => keys.checkPossession(pair.publicKey, utf8("asked else"), proof))).toBe(
    "bad-signature",
  );
});
