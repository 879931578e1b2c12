/** The vectors that Python and TypeScript both run. */

import { readFileSync } from "node:fs";
import { test } from "vitest";
import { hex, unhex } from "../../src/protocol/bytes.ts";
import type { Value } from "../../src/protocol/canonical.ts";
import { ProtocolError } from "../../src/protocol/errors.ts";

// biome-ignore lint/suspicious/noExplicitAny: a case is JSON of many shapes, each known to its test.
export type Case = Record<string, any> & { id: string; result: string };

const folder = new URL("../../../protocol/vectors/", import.meta.url);

/** All cases of a file. */
export function casesOf(file: string): Case[] {
  return JSON.parse(readFileSync(new URL(`${file}.json`, folder), "utf8")).cases;
}

/** Run every case of a file: none can be left out. */
export function run(file: string, body: (each: Case) => unknown): void {
  test.each(casesOf(file).map((each) => [each.id, each] as const))(`${file}: %s`, async (_, each) => {
    await body(each);
  });
}

/** What came of some work: "valid", or the code of the refusal. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return "valid";
}

/** Bytes as a case holds them: hex, or head, fill, times, tail. */
export function unpacked(
  data: string | { head: string; fill: string; times: number; tail: string },
): Uint8Array {
  if (typeof data === "string") return unhex(data);
  return unhex(data.head + data.fill.repeat(data.times) + data.tail);
}

/** A canonical value as JSON: bin as `{"bin": hex}`. */
export function tagged(value: Value): unknown {
  if (value instanceof Uint8Array) return { bin: hex(value) };
  return Array.isArray(value) ? value.map(tagged) : value;
}

/** The inverse of `tagged`. */
// biome-ignore lint/suspicious/noExplicitAny: JSON.
export function untagged(value: any): Value {
  if (Array.isArray(value)) return value.map(untagged);
  return value !== null && typeof value === "object" ? unhex(value.bin) : value;
}
