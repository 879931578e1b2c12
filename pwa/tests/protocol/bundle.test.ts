import { expect, test } from "vitest";
import { BundleReader, type Damage, type Found, writeBundle } from "../../src/protocol/bundle.ts";
import { concat, unhex } from "../../src/protocol/bytes.ts";
import type { OpenedSet } from "../../src/protocol/envelope.ts";
import { deflate } from "../deflate.ts";
import { casesOf, run } from "./vectors.ts";

async function readAll(bundle: Uint8Array, step: number): Promise<Found[]> {
  const reader = new BundleReader(deflate);
  const found: Found[] = [];
  for (let at = 0; at < bundle.length; at += step) {
    for await (const each of reader.feed(bundle.subarray(at, at + step))) found.push(each);
  }
  for await (const each of reader.finish()) found.push(each);
  return found;
}

function setsIn(found: readonly Found[]): OpenedSet[] {
  return found.flatMap((each) => ("set" in each ? each.set : []));
}

function damagesIn(found: readonly Found[]): Damage[] {
  return found.flatMap((each) => ("damage" in each ? each.damage : []));
}

run("bundle", async (each) => {
  const bundle = unhex(each.bundle);
  for (const step of [bundle.length, 100]) {
    const found = await readAll(bundle, step);
    expect(setsIn(found).map(({ id }) => id)).toEqual(each.sets);
    expect(damagesIn(found).map(({ code, setId }) => [code, setId])).toEqual(each.damages);
    expect(each.result).toBe(each.damages.length > 0 ? "damaged" : "valid");
  }
});

test("what is written is read", async () => {
  const whole = casesOf("bundle").find(({ id }) => id === "whole");
  const found = await readAll(unhex(whole?.bundle), 1000);
  const manifest = found.flatMap((each) => ("manifest" in each ? each.manifest : []))[0];
  const receipts = found.flatMap((each) => ("signed" in each ? each.signed : []));
  if (manifest === undefined) throw new Error("the bundle of the vectors has a manifest");
  const pieces: Uint8Array[] = [];
  for await (const piece of writeBundle(manifest, setsIn(found), receipts, deflate)) pieces.push(piece);
  expect(await readAll(concat(...pieces), 64)).toEqual(found);
});
