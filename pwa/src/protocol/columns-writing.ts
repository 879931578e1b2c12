/** Saves and operations to `structure` and `values` (SPEC B5, B6): the exact inverse of `columns`. */

import type { Address, Operation, Preimage, Save } from "./body.ts";
import type { Hex } from "./bytes.ts";
import { check, encode, type Value } from "./canonical.ts";
import { type Context, type Derived, type Structure, structureSchema, valueOrder } from "./columns.ts";
import { expect } from "./errors.ts";

/**
 * `structure` and `values` of the saves of one set, oldest first. The header's time is the last save's.
 *
 * @throws MalformedError, NotCanonicalError, LimitError if a value or name is none of the format.
 */
export function encodeBody(saves: readonly Save[]): { structure: Uint8Array; values: Uint8Array } {
  expect(saves.length > 0, "a change set holds at least one save");
  const operations = saves.flatMap((save) => save.operations);
  const records = new Table<Hex | Preimage>();
  const fields = new Table<Address>();
  const forms = new Table<Hex>();
  const fieldColumn = operations.map((operation) => fields.place(operation.address));
  const minutes = minutesOf(saves.map((save) => save.time));
  const parts: Structure = {
    forms: forms.entries,
    records: [[], []],
    fields: fields.entries,
    saves: [
      runs(saves.map((save) => forms.place(save.form))),
      runs(saves.map((save) => save.operations.length)),
      minutes.slice(1).map((later, at) => later - (minutes[at] as number)),
    ],
    ops: [
      runs(operations.map((operation) => operation.kind)),
      operations.map((operation) => records.place(inOrder(operation.record))),
      fieldColumn,
    ],
    refs: referencesOf(operations),
  };
  const structure = structureSchema.write({ ...parts, records: recordsOf(records.entries) }) as Value;
  const salts = saves.flatMap((save, at) => (save.salt === null ? [] : [at, save.salt]));
  const values: Value = [salts, ...valueOrder(fieldColumn).map((at) => (operations[at] as Operation).value)];
  check(structure);
  check(values);
  return { structure: encode(structure), values: encode(values) };
}

/** Different entries in the order in which they are first used. */
class Table<T> {
  readonly entries: T[] = [];
  readonly #places = new Map<string, number>();

  /** The place of an entry, which is given one if it has none. */
  place(entry: T): number {
    const key = JSON.stringify(entry);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.entries.length);
    return this.entries.push(entry) - 1;
  }
}

/** A record with its parts in one order, whoever made it. */
function inOrder(record: Hex | Preimage): Hex | Preimage {
  if (typeof record === "string") return record;
  const { family, subject, directive, period } = record;
  return { family, subject, directive, period };
}

/** What preimages share is stated once: a record is then little more than its directive. */
function recordsOf(records: readonly (Hex | Preimage)[]): Structure["records"] {
  const contexts = new Table<Context>();
  const entries = records.map((record): Hex | Derived => {
    if (typeof record === "string") return record;
    return [contexts.place([record.family, record.subject, record.period]), record.directive];
  });
  return [contexts.entries, entries];
}

/** Whole minutes of each save relative to the last one, so that the last is exact. */
function minutesOf(times: readonly number[]): number[] {
  const last = times[times.length - 1] as number;
  return times.map((time) => 0 - Math.floor((last - time) / 60));
}

function referencesOf(operations: readonly Operation[]): Structure["refs"] {
  const supersedes = operations.flatMap((operation) => operation.supersedes);
  const covers = operations.flatMap((operation) => operation.covers);
  const sources = new Table<number | Hex>();
  return [
    sources.entries,
    runs(operations.map((operation) => operation.supersedes.length)),
    supersedes.map((reference) => sources.place(reference.source)),
    runs(supersedes.map((reference) => reference.at)),
    runs(operations.map((operation) => operation.covers.length)),
    covers.map((reference) => sources.place(reference.source)),
    covers.map((reference) => reference.at),
  ];
}

function runs(column: readonly number[]): number[] {
  const found: number[] = [];
  for (const item of column) {
    if (found.at(-2) === item) found[found.length - 1] = (found.at(-1) as number) + 1;
    else found.push(item, 1);
  }
  return found;
}
