/**
 * Where the rows of a desk are kept: a journal of entries, each of all rows that one step changed, encrypted as a whole.
 *
 * Reading it from the start gives the rows as they were last written. When much of it is out of date, it is folded: all
 * rows are written anew as a few entries, and those before are dropped in the same transaction.
 */

import type { Database, Entry } from "../platform/database.ts";
import { concat, own } from "../protocol/bytes.ts";
import { decodeLoosely, encode, type Value } from "../protocol/canonical.ts";
import { PhoneError } from "./phone.ts";
import type { Row } from "./tables.ts";

/** Rows are folded into entries of about this size. */
const PAGE_BYTES = 256 * 1024;
/** So many entries are read quickly at the next start. */
const ENTRIES_MAX = 400;
/** What is out of date may take so much, or as much as all that is not. */
const LOOSE_BYTES = 512 * 1024;
const NONCE_BYTES = 12;

/** A journal. */
export interface Journal {
  /** The rows in the order of writing; later ones replace earlier ones. */
  read(): Promise<Row[]>;
  /** Write rows as one step; true when they are on the disk. */
  write(rows: readonly Row[]): Promise<void>;
  /** Whether it would be good to fold it now. */
  readonly isLoose: boolean;
  /** Write all rows anew. */
  fold(rows: Iterable<Row>): Promise<void>;
}

/** A journal of which nothing is kept: for practising. */
export const NO_JOURNAL: Journal = {
  read: async () => [],
  write: async () => undefined,
  isLoose: false,
  fold: async () => undefined,
};

/** Encrypts the entries of one person. */
export class Cipher {
  readonly #key: CryptoKey;
  readonly #random: (size: number) => Uint8Array;

  constructor(key: CryptoKey, random: (size: number) => Uint8Array) {
    this.#key = key;
    this.#random = random;
  }

  /** Rows as an entry that can be read at this place and number only. */
  seal(place: number, number: number, rows: readonly Row[]): Promise<Uint8Array> {
    return this.sealBytes(place, number, encode(rows.flat()));
  }

  /** Bytes that can be read at this place and number only. */
  async sealBytes(place: number, number: number, plain: Uint8Array): Promise<Uint8Array> {
    const nonce = this.#random(NONCE_BYTES);
    const sealed = await crypto.subtle.encrypt(algorithm(place, number, nonce), this.#key, own(plain));
    return concat(nonce, new Uint8Array(sealed));
  }

  async openBytes(place: number, number: number, entry: Uint8Array): Promise<Uint8Array> {
    const nonce = entry.slice(0, NONCE_BYTES);
    const sealed = own(entry.subarray(NONCE_BYTES));
    return new Uint8Array(await crypto.subtle.decrypt(algorithm(place, number, nonce), this.#key, sealed));
  }

  /** The rows of an entry. */
  async open(place: number, number: number, entry: Uint8Array): Promise<Row[]> {
    const flat = decodeLoosely(await this.openBytes(place, number, entry)) as readonly Value[];
    return Array.from({ length: flat.length / 3 }, (_, at) =>
      flat.slice(3 * at, 3 * at + 3),
    ) as unknown as Row[];
  }
}

function algorithm(place: number, number: number, nonce: Uint8Array): AesGcmParams {
  return {
    name: "AES-GCM",
    iv: own(nonce),
    additionalData: own(encode(["haidang/journal/1", place, number])),
  };
}

/** The journal of one person on the disk. */
export class DiskJournal implements Journal {
  readonly #database: Database;
  readonly #place: number;
  readonly #cipher: Cipher;
  #next = 0;
  #entries = 0;
  #bytes = 0;
  #tight = 0;
  #failures = 0;
  #turn: Promise<unknown> = Promise.resolve();
  /** The entries, if they were fetched before the key was there. */
  #fetched: Promise<Entry[]> | null;

  constructor(database: Database, place: number, cipher: Cipher, fetched: Promise<Entry[]> | null = null) {
    [this.#database, this.#place, this.#cipher, this.#fetched] = [database, place, cipher, fetched];
  }

  read(): Promise<Row[]> {
    return this.#inTurn(() => this.#read());
  }

  async #read(): Promise<Row[]> {
    const entries = await ours(this.#fetched ?? this.#database.journal(this.#place));
    this.#fetched = null;
    this.#next = (entries.at(-1)?.[0] ?? -1) + 1;
    this.#entries = entries.length;
    this.#bytes = entries.reduce((sum, [, data]) => sum + data.length, 0);
    this.#tight = this.#bytes;
    try {
      const opened = entries.map(([number, data]) => this.#cipher.open(this.#place, number, data));
      return (await Promise.all(opened)).flat();
    } catch (error) {
      throw new PhoneError("damaged", String(error));
    }
  }

  get isLoose(): boolean {
    const loose = this.#bytes - this.#tight;
    return this.#entries > ENTRIES_MAX || loose > Math.max(LOOSE_BYTES, this.#tight);
  }

  write(rows: readonly Row[]): Promise<void> {
    const failures = this.#failures;
    return this.#inTurn(async () => {
      // What came after a step that failed was made of what that step had left in memory.
      if (failures !== this.#failures) throw new PhoneError("storage", "the step before was not written");
      this.#failures += 1;
      const data = await this.#cipher.seal(this.#place, this.#next, rows);
      await ours(this.#database.write(this.#place, [[this.#next, data]]));
      this.#failures -= 1;
      this.#next += 1;
      this.#entries += 1;
      this.#bytes += data.length;
    });
  }

  fold(rows: Iterable<Row>): Promise<void> {
    return this.#inTurn(async () => {
      const first = this.#next;
      const pages: (readonly [number, Uint8Array])[] = [];
      for (const page of pagesOf(rows)) {
        const number = first + pages.length;
        pages.push([number, await this.#cipher.seal(this.#place, number, page)]);
      }
      await ours(this.#database.write(this.#place, pages, first));
      this.#next = first + pages.length;
      this.#entries = pages.length;
      this.#bytes = pages.reduce((sum, [, data]) => sum + data.length, 0);
      this.#tight = this.#bytes;
    });
  }

  /** One after the other, whatever became of the one before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

function* pagesOf(rows: Iterable<Row>): Generator<Row[]> {
  let page: Row[] = [];
  let size = 0;
  for (const row of rows) {
    page.push(row);
    size += row[2]?.length ?? 0;
    if (size < PAGE_BYTES) continue;
    yield page;
    page = [];
    size = 0;
  }
  if (page.length > 0) yield page;
}

/** What the platform says of its storage, in our words. */
export async function ours<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const name = error instanceof DOMException || error instanceof Error ? error.name : "";
    if (name === "QuotaExceededError") throw new PhoneError("storage-full", String(error));
    if (name === "VersionError") throw new PhoneError("newer", String(error));
    throw error instanceof PhoneError ? error : new PhoneError("storage", String(error));
  }
}
