import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { scopeOf } from "../../src/protocol/ids.ts";
import { PUT } from "../../src/protocol/operations.ts";
import { NO_FORM } from "../../src/storage/drafts.ts";
import type { Journal } from "../../src/storage/journal.ts";
import { Replica } from "../../src/storage/replica.ts";
import type { Row } from "../../src/storage/tables.ts";
import { UNIT, Village } from "../village.ts";
import { type Somebody, somebody } from "./people.ts";

const SCOPE = scopeOf(0, UNIT);
const RECORD = "ab".repeat(16);
const put = (value: number) => {
  const draft = { kind: PUT, record: RECORD, address: "visits", value, supersedes: [], covers: [] };
  return [{ scope: SCOPE, drafts: [draft], form: NO_FORM, personal: false }];
};

/** A disk that can be full, and that can be lost power at any step. */
class FaultyJournal implements Journal {
  readonly isLoose = false;
  rows: Row[];
  failsIn = Number.POSITIVE_INFINITY;

  constructor(rows: Row[]) {
    this.rows = rows;
  }

  async read(): Promise<Row[]> {
    return [...this.rows];
  }

  async write(rows: readonly Row[]): Promise<void> {
    await Promise.resolve();
    if (this.failsIn-- <= 0) throw new Error("the disk is full");
    this.rows.push(...rows);
  }

  async fold(rows: Iterable<Row>): Promise<void> {
    this.rows = [...rows];
  }
}

let lan: Somebody;
let journal: FaultyJournal;
let replica: Replica;

beforeAll(async () => {
  lan = await somebody(await Village.make(), "Lan");
});

const open = () => {
  const { publicKey, signing, chance } = lan.desk.replica;
  return Replica.open(journal, { publicKey, signing }, chance);
};

beforeEach(async () => {
  journal = new FaultyJournal(lan.desk.replica.rows());
  replica = await open();
});

/** What the replica says of the field, and how many saves and sets it has. */
function said() {
  const lives = replica.seen(SCOPE, RECORD)?.slots.get("vvisits") ?? [];
  const sets = replica.store.ofKey(SCOPE, replica.key).length;
  return { values: lives.map(({ value }) => value), pending: replica.saves.size, sets };
}

describe("a replica", () => {
  test("shows as saved what is on the disk, and nothing of a save that was not written", async () => {
    await replica.save(put(1));
    journal.failsIn = 0;
    await expect(replica.save(put(2))).rejects.toThrow("full");
    expect(said()).toEqual({ values: [1], pending: 1, sets: 0 });
    journal.failsIn = Number.POSITIVE_INFINITY;
    await replica.save(put(3));
    expect(said()).toMatchObject({ pending: 2 });
    const shown = said();
    replica = await open();
    expect(said()).toEqual(shown);
  });

  test("has nothing sealed when sealing could not be written, and seals it the next time", async () => {
    await replica.save(put(1));
    journal.failsIn = 0;
    await expect(replica.seal()).rejects.toThrow("full");
    expect(said()).toEqual({ values: [1], pending: 1, sets: 0 });
    journal.failsIn = Number.POSITIVE_INFINITY;
    expect(await replica.seal()).toBe(1);
    expect(said()).toEqual({ values: [1], pending: 0, sets: 1 });
  });

  test("loses nothing that was shown as saved, whenever it is killed", async () => {
    for (let step = 0; step < 12; step++) {
      journal = new FaultyJournal(lan.desk.replica.rows());
      replica = await open();
      journal.failsIn = step;
      let saved = 0;
      try {
        for (let value = 1; value <= 6; value++) {
          await replica.save(put(value));
          saved = value;
          if (value % 2 === 0) await replica.seal();
        }
      } catch (error) {
        expect(String(error)).toContain("full");
      }
      // The page is gone; what the disk holds is read anew.
      journal.failsIn = Number.POSITIVE_INFINITY;
      replica = await open();
      const { values, pending, sets } = said();
      expect(values.length).toBe(saved);
      await replica.seal();
      expect(said().values).toEqual(values);
      expect(said().sets).toBeGreaterThanOrEqual(sets + (pending > 0 ? 1 : 0));
      expect(replica.ledger.rejudgeAll().size).toBe(0);
    }
  });

  test("gives a rebuilt ledger the same digests as the rows that it kept", async () => {
    for (let value = 1; value <= 5; value++) {
      await replica.save(put(value));
      await replica.seal();
    }
    const before = replica.ledger.scopeDigests(SCOPE);
    replica = await open();
    expect(replica.ledger.scopeDigests(SCOPE)).toEqual(before);
    replica.ledger.rebuild(SCOPE);
    expect(replica.ledger.scopeDigests(SCOPE)).toEqual(before);
  });
});
