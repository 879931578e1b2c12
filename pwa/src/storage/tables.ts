/**
 * Rows by name, in memory while a desk is open; what was changed is drained into one entry of the journal.
 *
 * A row is decoded when it is first asked for: thousands of records lie here of which few are looked at.
 */

import { type Hex, hex, unhex, utf8 } from "../protocol/bytes.ts";
import type { Value } from "../protocol/canonical.ts";

/** A row as it is kept: its table, its name, its bytes, or null where it was dropped. */
export type Row = readonly [table: string, name: string, data: Uint8Array | null];

/** How the rows of a table become bytes. */
export interface Codec<T> {
  write(value: T): Uint8Array;
  read(data: Uint8Array): T;
}

const decoder = new TextDecoder();

/** Rows that JSON can hold, after a translation. */
export function json<T, J = T>(
  write: (value: T) => J = (value) => value as unknown as J,
  read: (plain: J) => T = (plain) => plain as unknown as T,
): Codec<T> {
  return {
    write: (value) => utf8(JSON.stringify(write(value))),
    read: (data) => read(JSON.parse(decoder.decode(data))),
  };
}

/** A value of the protocol as JSON: bytes are objects of their own. */
export type PlainValue = null | boolean | number | string | { readonly b: Hex } | readonly PlainValue[];

export function plainValue(value: Value): PlainValue {
  if (value instanceof Uint8Array) return { b: hex(value) };
  return Array.isArray(value) ? value.map(plainValue) : (value as PlainValue);
}

export function valueOfPlain(plain: PlainValue): Value {
  if (Array.isArray(plain)) return plain.map(valueOfPlain);
  return plain !== null && typeof plain === "object" ? unhex((plain as { b: Hex }).b) : (plain as Value);
}

/** All tables of a desk. */
export class Tables {
  readonly #tables = new Map<string, Table<unknown>>();
  #changed = new Map<string, readonly [Table<unknown>, string]>();

  /** The table of a name, a single letter. */
  table<T>(name: string, codec: Codec<T>): Table<T> {
    const made = new Table<T>(name, codec, (row) =>
      this.#changed.set(name + row, [made as Table<unknown>, row]),
    );
    this.#tables.set(name, made as Table<unknown>);
    return made;
  }

  /** Take in rows as they were kept. One of a table that this version does not know is left where it is. */
  load(rows: Iterable<Row>): void {
    for (const [table, name, data] of rows) this.#tables.get(table)?.load(name, data);
  }

  /** Forget all rows. */
  clear(): void {
    for (const table of this.#tables.values()) table.clear();
    this.#changed = new Map();
  }

  /** What was changed since the last time. */
  drain(): Row[] {
    const changed = [...this.#changed.values()];
    this.#changed = new Map();
    return changed.map(([table, name]) => [table.name, name, table.bytes(name)]);
  }

  /** Everything. */
  *all(): Generator<Row> {
    for (const table of this.#tables.values()) yield* table.all();
  }
}

/** Rows of one kind in the order in which they were first put. */
export class Table<T> {
  readonly name: string;
  readonly #codec: Codec<T>;
  readonly #changed: (name: string) => void;
  readonly #kept = new Map<string, Uint8Array | undefined>();
  readonly #read = new Map<string, T>();

  constructor(name: string, codec: Codec<T>, changed: (name: string) => void) {
    this.name = name;
    this.#codec = codec;
    this.#changed = changed;
  }

  get size(): number {
    return this.#kept.size;
  }

  has(name: string): boolean {
    return this.#kept.has(name);
  }

  get(name: string): T | undefined {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const data = this.#kept.get(name);
    if (data === undefined) return undefined;
    const value = this.#codec.read(data);
    this.#read.set(name, value);
    return value;
  }

  put(name: string, value: T): void {
    this.#kept.set(name, undefined);
    this.#read.set(name, value);
    this.#changed(name);
  }

  delete(name: string): void {
    if (!this.#kept.delete(name)) return;
    this.#read.delete(name);
    this.#changed(name);
  }

  names(): string[] {
    return [...this.#kept.keys()];
  }

  values(): T[] {
    return this.names().map((name) => this.get(name) as T);
  }

  entries(): [string, T][] {
    return this.names().map((name) => [name, this.get(name) as T]);
  }

  load(name: string, data: Uint8Array | null): void {
    this.#read.delete(name);
    if (data === null) this.#kept.delete(name);
    else this.#kept.set(name, data);
  }

  clear(): void {
    this.#kept.clear();
    this.#read.clear();
  }

  /** The bytes of a row, null if there is none. */
  bytes(name: string): Uint8Array | null {
    const data = this.#kept.get(name);
    if (data !== undefined) return data;
    const value = this.#read.get(name);
    return value === undefined ? null : this.#codec.write(value);
  }

  *all(): Generator<Row> {
    for (const name of this.#kept.keys()) yield [this.name, name, this.bytes(name)];
  }
}
