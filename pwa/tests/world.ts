/** A world for a phone outside a browser: a disk in memory, a clock that can be wrong, a lock for each phone. */

import { IDBFactory } from "fake-indexeddb";
import "fake-indexeddb/auto";
import { Database } from "../src/platform/database.ts";
import type { Surroundings } from "../src/platform/surroundings.ts";
import { hex } from "../src/protocol/bytes.ts";
import { ThisPhone } from "../src/storage/this-phone.ts";
import { deflate } from "./deflate.ts";

/** A disk: what a phone keeps lies here, and stays when the phone is started anew. */
export class Disk {
  readonly factory = new IDBFactory();
  readonly #held = new Set<string>();

  /** Take a lock that one phone holds at a time. */
  hold(name: string): (() => void) | null {
    if (this.#held.has(name)) return null;
    this.#held.add(name);
    return () => this.#held.delete(name);
  }
}

/** What a disk holds, store by store. */
async function contentOf(
  factory: IDBFactory,
): Promise<(readonly [store: string, IDBValidKey[], unknown[]])[]> {
  const db = await asked(factory.open("haidang"));
  const stores = [...db.objectStoreNames];
  const content = stores.map(async (store) => {
    const rows = db.transaction(store).objectStore(store);
    return [store, await asked(rows.getAllKeys()), await asked(rows.getAll())] as const;
  });
  const all = await Promise.all(content);
  db.close();
  return all;
}

/** A copy of a disk, as a phone's backup makes it. */
export async function copyOf(disk: Disk): Promise<Disk> {
  const copy = new Disk();
  const content = await contentOf(disk.factory);
  globalThis.indexedDB = copy.factory;
  (await Database.open()).close();
  const db = await asked(copy.factory.open("haidang"));
  for (const [store, keys, rows] of content) {
    const transaction = db.transaction(store, "readwrite");
    for (const [at, key] of keys.entries()) transaction.objectStore(store).put(rows[at], key);
    await new Promise((resolve) => transaction.addEventListener("complete", resolve));
  }
  db.close();
  return copy;
}

/** All bytes and texts on a disk. */
export async function everythingOn(disk: Disk): Promise<string> {
  const parts: string[] = [];
  const walk = (value: unknown): void => {
    if (value instanceof Uint8Array) parts.push(hex(value), new TextDecoder("latin1").decode(value));
    else if (typeof value === "object" && value !== null) for (const each of Object.values(value)) walk(each);
    else parts.push(String(value));
  };
  walk(await contentOf(disk.factory));
  return parts.join("\n");
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export interface Settings {
  readonly origin: string;
  /** Seconds by which the clock is ahead. */
  readonly ahead?: number;
  readonly fetch?: Surroundings["fetch"];
}

export function worldOf(disk: Disk, { origin, ahead = 0, fetch: call = fetch }: Settings): Surroundings {
  return {
    now: () => Math.floor(Date.now() / 1000) + ahead,
    elapsed: () => performance.now() / 1000,
    iterations: async () => 1_000, // that a PIN takes long is tested where it is made
    random: (size) => crypto.getRandomValues(new Uint8Array(size)),
    deflate,
    hold: async (name) => disk.hold(name),
    origin,
    fetch: call,
    wait: (seconds) => new Promise((resolve) => setTimeout(resolve, Math.min(20, 1000 * seconds))),
    room: async () => ({ used: 0, quota: null, persistent: false }),
    persist: async () => false,
  };
}

/** Start a phone on a disk. */
export function startPhone(disk: Disk, settings: Settings): Promise<ThisPhone> {
  globalThis.indexedDB = disk.factory;
  return ThisPhone.open(Database.open(), worldOf(disk, settings));
}
