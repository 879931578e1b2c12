/**
 * What lies on the disk: who is here, and for each of them a journal of encrypted entries in the order of writing.
 *
 * An entry is named by the person's place and a number that counts up: nothing of what it holds shows in its name. A
 * transaction counts when it is complete, and is asked to be on the disk then (`strict`).
 */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Vault } from "./vault.ts";

/** A person's keys, wrapped or encrypted, and how often a wrong PIN was typed since the right one. */
export interface PersonRow {
  readonly name: string;
  readonly vault: Vault;
  /** The public key, encrypted like the journal: its hash names the person in everything. */
  readonly publicKey: Uint8Array;
  readonly failures: number;
}

type Entry = readonly [number: number, data: Uint8Array];

interface Schema extends DBSchema {
  people: { key: number; value: PersonRow };
  journal: { key: [number, number]; value: Uint8Array };
}

const VERSION = 1;
const STRICT = { durability: "strict" } as const;

export class Database {
  readonly #db: IDBPDatabase<Schema>;

  private constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  /** Open the database of this origin; made if there is none. */
  static async open(name = "haidang"): Promise<Database> {
    const db = await openDB<Schema>(name, VERSION, {
      upgrade(fresh) {
        fresh.createObjectStore("people");
        fresh.createObjectStore("journal");
      },
      // A newer app in another tab wants to change the schema: what is here is on the disk already.
      blocking: (_now, _wanted, event) => (event.target as IDBDatabase).close(),
    });
    return new Database(db);
  }

  close(): void {
    this.#db.close();
  }

  /** The people by their places. */
  async people(): Promise<Map<number, PersonRow>> {
    const { store } = this.#db.transaction("people");
    const [places, rows] = await Promise.all([store.getAllKeys(), store.getAll()]);
    return new Map(places.map((place, at) => [place, rows[at] as PersonRow]));
  }

  /** A new person with the first entry of the journal, all of it or nothing. */
  async addPerson(
    make: (place: number) => Promise<{ row: PersonRow; entry: Uint8Array }>,
  ): Promise<{ place: number; row: PersonRow }> {
    const place = await this.#nextPlace();
    const { row, entry } = await make(place);
    const transaction = this.#db.transaction(["people", "journal"], "readwrite", STRICT);
    const { done } = transaction;
    done.catch(() => undefined); // what failed is thrown below
    transaction.objectStore("people").add(row, place);
    transaction.objectStore("journal").add(entry, [place, 0]);
    await done;
    return { place, row };
  }

  /** Change what is kept of a person. */
  async changePerson(place: number, change: (row: PersonRow) => PersonRow): Promise<PersonRow> {
    const { store, done } = this.#db.transaction("people", "readwrite", STRICT);
    done.catch(() => undefined); // what failed is thrown below
    const row = await store.get(place);
    if (row === undefined) throw new Error(`nobody is at place ${place}`);
    const changed = change(row);
    store.put(changed, place);
    await done;
    return changed;
  }

  /** A person's journal in the order of writing. */
  async journal(place: number): Promise<Entry[]> {
    const { store } = this.#db.transaction("journal");
    const [keys, entries] = await Promise.all([
      store.getAllKeys(ofPlace(place)),
      store.getAll(ofPlace(place)),
    ]);
    return keys.map(([, number], at) => [number, entries[at] as Uint8Array]);
  }

  /** Write entries that are new; those before `keepFrom` are dropped with the same stroke. */
  async write(place: number, entries: readonly Entry[], keepFrom = 0): Promise<void> {
    const transaction = this.#db.transaction("journal", "readwrite", STRICT);
    const done = transaction.done;
    done.catch(() => undefined); // what failed is thrown below
    if (keepFrom > 0) transaction.store.delete(IDBKeyRange.bound([place, 0], [place, keepFrom], false, true));
    for (const [number, data] of entries) transaction.store.add(data, [place, number]);
    await done;
  }

  async #nextPlace(): Promise<number> {
    const places = await this.#db.getAllKeys("people");
    return Math.max(0, ...places) + 1;
  }
}

function ofPlace(place: number): IDBKeyRange {
  return IDBKeyRange.bound([place, 0], [place + 1, 0], false, true);
}
