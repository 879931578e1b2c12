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

/** An entry of a journal and its number. */
export type Entry = readonly [number: number, data: Uint8Array];

interface Schema extends DBSchema {
  people: { key: number; value: PersonRow };
  journal: { key: [number, number]; value: Uint8Array };
}

const VERSION = 1;
const STRICT = { durability: "strict" } as const;
/** What a transaction on a lost connection fails with; the second is Safari's. */
const LOST: readonly string[] = ["InvalidStateError", "UnknownError"];

type Connection = IDBPDatabase<Schema>;

export class Database {
  readonly #name: string;
  #connection: Promise<Connection>;

  private constructor(name: string, connection: Connection) {
    this.#name = name;
    this.#connection = Promise.resolve(connection);
  }

  /** Open the database of this origin; made if there is none. */
  static async open(name = "haidang"): Promise<Database> {
    return new Database(name, await connect(name));
  }

  async close(): Promise<void> {
    (await this.#connection).close();
  }

  /** Work on a connection. One that was lost meanwhile, as browsers do to pages in the background, is opened anew, once. */
  async #work<T>(work: (db: Connection, again: boolean) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#connection, false);
    } catch (error) {
      if (!(error instanceof DOMException) || !LOST.includes(error.name)) throw error;
      this.#connection = connect(this.#name);
      return work(await this.#connection, true);
    }
  }

  /** The people by their places. */
  people(): Promise<Map<number, PersonRow>> {
    return this.#work(async (db) => {
      const { store } = db.transaction("people");
      const [places, rows] = await Promise.all([store.getAllKeys(), store.getAll()]);
      return new Map(places.map((place, at) => [place, rows[at] as PersonRow]));
    });
  }

  /** A new person with the first entry of the journal, all of it or nothing. */
  async addPerson(
    make: (place: number) => Promise<{ row: PersonRow; entry: Uint8Array }>,
  ): Promise<{ place: number; row: PersonRow }> {
    const place = Math.max(0, ...(await this.people()).keys()) + 1;
    const { row, entry } = await make(place);
    await this.#work(async (db, again) => {
      const transaction = db.transaction(["people", "journal"], "readwrite", STRICT);
      const [people, journal] = [transaction.objectStore("people"), transaction.objectStore("journal")];
      await Promise.all([
        people[again ? "put" : "add"](row, place),
        journal[again ? "put" : "add"](entry, [place, 0]),
        transaction.done,
      ]);
    });
    return { place, row };
  }

  /** Change what is kept of a person. */
  changePerson(place: number, change: (row: PersonRow) => PersonRow): Promise<PersonRow> {
    return this.#work(async (db) => {
      const transaction = db.transaction("people", "readwrite", STRICT);
      transaction.done.catch(() => undefined); // awaited below, unless what comes first fails too
      const row = await transaction.store.get(place);
      if (row === undefined) throw new Error(`nobody is at place ${place}`);
      const changed = change(row);
      await Promise.all([transaction.store.put(changed, place), transaction.done]);
      return changed;
    });
  }

  /** A person's journal in the order of writing. */
  journal(place: number): Promise<Entry[]> {
    return this.#work(async (db) => {
      const { store } = db.transaction("journal");
      const range = ofPlace(place);
      const [keys, entries] = await Promise.all([store.getAllKeys(range), store.getAll(range)]);
      return keys.map(([, number], at) => [number, entries[at] as Uint8Array]);
    });
  }

  /** Write entries that are new; those before `keepFrom` are dropped with the same stroke. */
  write(place: number, entries: readonly Entry[], keepFrom = 0): Promise<void> {
    return this.#work(async (db, again) => {
      const transaction = db.transaction("journal", "readwrite", STRICT);
      const { store } = transaction;
      const before = () => IDBKeyRange.bound([place, 0], [place, keepFrom], false, true);
      // Nobody overwrites an entry, unless it is the same one whose connection was lost.
      const requests = entries.map(([number, data]) => store[again ? "put" : "add"](data, [place, number]));
      await Promise.all([...(keepFrom > 0 ? [store.delete(before())] : []), ...requests, transaction.done]);
    });
  }
}

function connect(name: string): Promise<Connection> {
  return openDB<Schema>(name, VERSION, {
    upgrade(fresh) {
      fresh.createObjectStore("people");
      fresh.createObjectStore("journal");
    },
    // A newer app in another tab wants to change the schema: what is here is on the disk already.
    blocking: (_now, _wanted, event) => (event.target as IDBDatabase).close(),
  });
}

function ofPlace(place: number): IDBKeyRange {
  return IDBKeyRange.bound([place, 0], [place + 1, 0], false, true);
}
