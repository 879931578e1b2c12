import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { hex } from "../../src/protocol/bytes.ts";
import { check, decode, encode } from "../../src/protocol/canonical.ts";
import { sha256 } from "../../src/protocol/sha256.ts";
import { codeOf, run, tagged, unpacked, untagged } from "./vectors.ts";

run("canonical", async (each) => {
  const data = unpacked(each.hex);
  expect(await codeOf(() => decode(data))).toBe(each.code ?? "valid");
  if (each.result !== "valid") return;
  expect(hex(encode(decode(data)))).toBe(hex(data));
  if ("value" in each) {
    expect(tagged(decode(data))).toEqual(each.value);
    expect(hex(encode(untagged(each.value)))).toBe(hex(data));
  }
});

test("what JavaScript alone can hold is refused before it is written", async () => {
  const refused = [0.5, Number.NaN, 2 ** 53, "\ud800", "Vie\u0323\u0302t", [[[[[[[[[]]]]]]]]]] as const;
  const codes = await Promise.all(refused.map((value) => codeOf(() => check(value))));
  expect(codes).toEqual(["malformed", "malformed", "over-limit", "malformed", "not-canonical", "over-limit"]);
});

test("minus zero is written as zero", () => {
  expect(hex(encode(-0))).toBe("00");
});

test("a byte order mark is text like any other", () => {
  expect(decode(encode("\ufeffa"))).toBe("\ufeffa");
});

test("SHA-256 agrees with the platform's at every length up to three blocks", () => {
  for (let size = 0; size < 200; size++) {
    const data = Uint8Array.from({ length: size }, (_, at) => (at * 37 + size) & 255);
    expect(hex(sha256(data))).toBe(createHash("sha256").update(data).digest("hex"));
  }
});
