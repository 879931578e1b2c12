import { openDB } from "idb";
import { beforeEach, describe, expect, test } from "vitest";
import { Database, type PersonRow } from "../../src/platform/database.ts";
import { ours } from "../../src/storage/journal.ts";
import { Disk } from "../world.ts";

const BYTES = Uint8Array.of(1);
const ROW: PersonRow = {
  name: "Lan",
  vault: { salt: BYTES, iterations: 1, signing: BYTES, data: BYTES },
  publicKey: BYTES,
  failures: 0,
};
const made = async () => ({ row: ROW, entry: BYTES });

let database: Database;
beforeEach(async () => {
  globalThis.indexedDB = new Disk().factory;
  database = await Database.open();
});

describe("the disk", () => {
  test("gives each person a place of their own, and a journal in the order of writing", async () => {
    expect((await database.addPerson(made)).place).toBe(1);
    expect((await database.addPerson(made)).place).toBe(2);
    await database.write(1, [[1, Uint8Array.of(2)]]);
    await database.write(1, [[300, Uint8Array.of(3)]]);
    expect(await database.journal(1)).toEqual([
      [0, BYTES],
      [1, Uint8Array.of(2)],
      [300, Uint8Array.of(3)],
    ]);
    expect(await database.journal(2)).toEqual([[0, BYTES]]);
    await database.write(1, [[301, Uint8Array.of(4)]], 300);
    expect((await database.journal(1)).map(([number]) => number)).toEqual([300, 301]);
  });

  test("overwrites no entry", async () => {
    await database.addPerson(made);
    await expect(database.write(1, [[0, Uint8Array.of(9)]])).rejects.toThrow();
    expect(await database.journal(1)).toEqual([[0, BYTES]]);
  });

  test("counts wrong PINs one by one, however many ask at once", async () => {
    await database.addPerson(made);
    const more = (row: PersonRow) => ({ ...row, failures: row.failures + 1 });
    await Promise.all(Array.from({ length: 5 }, () => database.changePerson(1, more)));
    expect((await database.people()).get(1)?.failures).toBe(5);
  });

  test("is found again when the connection was lost", async () => {
    await database.addPerson(made);
    await database.close();
    await database.write(1, [[1, BYTES]]);
    expect((await database.people()).size).toBe(1);
    expect(await database.journal(1)).toHaveLength(2);
  });

  test("gives way to a newer app, and says so from then on", async () => {
    await database.addPerson(made);
    (await openDB("haidang", 2)).close();
    await expect(ours(database.people())).rejects.toMatchObject({ code: "newer" });
  });
});
