import { describe, expect, test } from "vitest";
import { calibratedIterations, ITERATIONS_MIN } from "../../src/platform/pin.ts";
import { makeVault, opened, rewrapped } from "../../src/platform/vault.ts";
import { hex } from "../../src/protocol/bytes.ts";
import { checkSignature, verifyingKey } from "../../src/protocol/keys.ts";

const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));

describe("a PIN", () => {
  test("takes as many rounds as make a second, and never fewer than the floor", async () => {
    let clock = 0;
    const slow = () => {
      clock += 10;
      return clock;
    };
    expect(await calibratedIterations(slow)).toBe(ITERATIONS_MIN);
    const stopped = () => 5;
    expect(await calibratedIterations(stopped)).toBeGreaterThan(ITERATIONS_MIN);
  });
});

describe("a vault", () => {
  test("gives the keys to who knows the PIN, and they cannot be taken out", async () => {
    const { vault, publicKey } = await makeVault("274916", 1_000, random);
    await expect(opened(vault, "274917")).rejects.toThrow();
    const keys = await opened(vault, "274916");
    for (const key of [keys.signing, keys.data]) {
      expect(key.extractable).toBe(false);
      await expect(crypto.subtle.exportKey(key.type === "private" ? "pkcs8" : "raw", key)).rejects.toThrow();
    }
    const data = random(10);
    const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", keys.signing, data));
    await checkSignature(await verifyingKey(publicKey), signature, data, "it fits");
  });

  test("holds other bytes under another PIN, and the same keys", async () => {
    const { vault } = await makeVault("274916", 1_000, random);
    await expect(rewrapped(vault, "111111", "482913", 1_000, random)).rejects.toThrow();
    const other = await rewrapped(vault, "274916", "482913", 1_000, random);
    const sign = async (pin: string, from: typeof vault) => {
      const { signing } = await opened(from, pin);
      return hex(new Uint8Array(await crypto.subtle.sign("Ed25519", signing, new Uint8Array(3))));
    };
    expect(await sign("482913", other)).toBe(await sign("274916", vault));
    expect(hex(other.signing)).not.toBe(hex(vault.signing));
    await expect(opened(other, "274916")).rejects.toThrow();
  });
});
