import { expect, test } from "vitest";
import { hex, unhex, utf8 } from "../../src/protocol/bytes.ts";
import * as enrolment from "../../src/protocol/enrolment.ts";
import { privateKey } from "../../src/protocol/keys.ts";
import { proveSession, sessionBytes } from "../../src/protocol/session-proof.ts";
import { type Case, codeOf, run } from "./vectors.ts";

async function work(each: Case): Promise<void> {
  switch (each.of) {
    case "code": {
      const code = enrolment.codeFromText(each.typed);
      expect(hex(code)).toBe(each.bytes);
      expect(enrolment.codeToText(code)).toBe(each.text);
      return expect(await enrolment.codeId(code)).toBe(each.code_id);
    }
    case "offer": {
      const { rootSetHash, seed, ...offer } = enrolment.offerFromText(each.text);
      return expect(each).toMatchObject({ ...offer, root_set_hash: rootSetHash, seed: hex(seed) });
    }
    case "sealed": {
      const code = enrolment.codeFromText(each.typed);
      const sealed = unhex(each.sealed);
      const offer = await enrolment.openOffer(code, sealed);
      const again = await enrolment.sealOffer(code, offer, sealed.slice(0, enrolment.NONCE_BYTES));
      expect(hex(again)).toBe(each.sealed);
      return expect(enrolment.offerToText(offer)).toBe(each.text);
    }
    default:
      return enrolment.checkExpiry(enrolment.offerFromText(each.text), each.now);
  }
}

run("enrolment", async (each) => {
  expect(await codeOf(() => work(each))).toBe(each.code ?? "valid");
});

test("a session proof is a signature over server, key and nonce in a domain of its own", async () => {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const names = ["01".repeat(16), "02".repeat(16)] as const;
  const proof = await proveSession(pair.privateKey, ...names, new Uint8Array(16));
  const signed = sessionBytes(...names, new Uint8Array(16)) as Uint8Array<ArrayBuffer>;
  const holds = await crypto.subtle.verify(
    "Ed25519",
    pair.publicKey,
    proof as Uint8Array<ArrayBuffer>,
    signed,
  );
  expect(holds).toBe(true);
  const domain = hex(utf8("haidang/session/1\0"));
  expect(hex(signed)).toBe(`${domain}93c410${names[0]}c410${names[1]}c410${"00".repeat(16)}`);
  await expect(privateKey(new Uint8Array(32))).resolves.toHaveProperty("extractable", false);
});
