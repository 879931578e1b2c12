import { beforeEach, describe, expect, test } from "vitest";
import { Database } from "../../src/platform/database.ts";
import { Cipher, DiskJournal } from "../../src/storage/journal.ts";
import type { Row } from "../../src/storage/tables.ts";
import { json, Tables } from "../../src/storage/tables.ts";
import { Disk } from "../world.ts";

const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
const row = (name: string, text: string | null): Row => [
  "t",
  name,
  text === null ? null : new TextEncoder().encode(text),
];

let database: Database;
let key: CryptoKey;

beforeEach(async () => {
  globalThis.indexedDB = new Disk().factory;
  database = await Database.open();
  key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
});

const journal = (place = 1) => new DiskJournal(database, place, new Cipher(key, random));

/** The rows as they stand, by name. */
async function standing(of: DiskJournal): Promise<Record<string, string>> {
  const tables = new Tables();
  const table = tables.table("t", {
    write: (text: string) => new TextEncoder().encode(text),
    read: (data) => new TextDecoder().decode(data),
  });
  tables.load(await of.read());
  return Object.fromEntries(table.entries());
}

describe("a journal", () => {
  test("gives the rows as they were written last, each step whole", async () => {
    const first = journal();
    await first.read();
    await Promise.all([
      first.write([row("a", "1"), row("b", "1")]),
      first.write([row("a", "2")]),
      first.write([row("b", null)]),
    ]);
    expect(await standing(journal())).toEqual({ a: "2" });
  });

  test("says the same after it was folded, and goes on behind that", async () => {
    const first = journal();
    await first.read();
    for (let at = 0; at < 20; at++)
      await first.write([row("a", String(at)), row(`b${at}`, "x".repeat(50_000))]);
    const tables = new Tables();
    tables.table("t", { write: (data: Uint8Array) => data, read: (data) => data });
    tables.load(await first.read());
    await first.fold(tables.all());
    await first.write([row("a", "last")]);
    const [after, entries] = [await standing(journal()), await database.journal(1)];
    expect(Object.keys(after)).toHaveLength(21);
    expect(after.a).toBe("last");
    expect(entries.length).toBeLessThan(8);
  });

  test("of one person tells nothing to another, and an entry is good at its place alone", async () => {
    const mine = journal(1);
    await mine.read();
    await mine.write([row("a", "1")]);
    expect(await standing(journal(2))).toEqual({});
    const [entry] = await database.journal(1);
    await database.write(2, [[0, entry?.[1] as Uint8Array]]);
    await expect(journal(2).read()).rejects.toMatchObject({ code: "damaged" });
    key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
    await expect(journal(1).read()).rejects.toMatchObject({ code: "damaged" });
  });

  test("that cannot write says so, and what was made of that step is not written either", async () => {
    const first = journal();
    await first.read();
    await first.write([row("a", "1")]);
    const write = database.write.bind(database);
    let isFull = true;
    database.write = (...given) => {
      if (!isFull) return write(...given);
      isFull = false;
      return Promise.reject(new DOMException("full", "QuotaExceededError"));
    };
    const [failed, after] = [first.write([row("a", "2")]), first.write([row("a", "3")])];
    await expect(failed).rejects.toMatchObject({ code: "storage-full" });
    await expect(after).rejects.toMatchObject({ code: "storage" });
    await first.write([row("b", "4")]);
    expect(await standing(journal())).toEqual({ a: "1", b: "4" });
  });
});

test("a table decodes a row when it is asked for, and knows what was changed", () => {
  const tables = new Tables();
  let decoded = 0;
  const codec = json<number>();
  const read = (data: Uint8Array) => {
    decoded += 1;
    return codec.read(data);
  };
  const table = tables.table("n", { ...codec, read });
  tables.load([
    ["n", "one", codec.write(1)],
    ["n", "two", codec.write(2)],
    ["x", "other", codec.write(3)],
  ]);
  expect([decoded, table.size]).toEqual([0, 2]);
  expect([table.get("one"), table.get("one"), decoded]).toEqual([1, 1, 1]);
  table.put("one", 5);
  table.delete("two");
  table.delete("three");
  expect(tables.drain().map(([, name, data]) => [name, data && codec.read(data)])).toEqual([
    ["one", 5],
    ["two", null],
  ]);
  expect(tables.drain()).toEqual([]);
  expect(table.get("two")).toBe(undefined);
});
