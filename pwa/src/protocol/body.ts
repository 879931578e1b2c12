/** The words of a change set's body: saves, operations, references, addresses, slots (SPEC B5, O2, O4–O6). */

import { type Hex, unhex } from "./bytes.ts";
import type { Value } from "./canonical.ts";
import { derivedRecordId, derivedRowId } from "./ids.ts";
import { SLOT_CLASS, UNKNOWN } from "./operations.ts";

/** A cell of a row: the field, the row's id (text) or natural key (array of texts), the cell. */
export type Cell = readonly [field: string, row: Hex | readonly string[], cell: string];

/** Where in a record: a field, role or link kind, or a cell. */
export type Address = string | Cell;

/** The source of a reference to an operation of the same set. */
export const SAME_SET = 0;

/** Stands between the parts of a cell in a slot key; no address holds it. */
export const CELL_MARK = "\x1f";

/**
 * One operation named by another (SPEC O6).
 *
 * `source` is SAME_SET, the distance back in the same log (positive), or an id16. `at` is, for a supersede, the ordinal from
 * the last on the same slot; for a cover, the index of the operation in its set.
 */
export interface Reference {
  readonly source: number | Hex;
  readonly at: number;
}

/** What a derived record id is the hash of; subject null is the scope's own unit (SPEC O4). */
export interface Preimage {
  readonly family: string;
  readonly subject: Hex | null;
  readonly directive: string | null;
  readonly period: Hex | null;
}

/** One statement about one slot. `record` is the id or the preimage as it stands in the body. */
export interface Operation {
  readonly kind: number;
  readonly record: Hex | Preimage;
  readonly address: Address;
  readonly value: Value;
  readonly supersedes: readonly Reference[];
  readonly covers: readonly Reference[];
}

/** What one press of "save" states; `time` is the claimed time in seconds, `salt` is there if a field is personal. */
export interface Save {
  readonly form: Hex;
  readonly time: number;
  readonly operations: readonly Operation[];
  readonly salt: Uint8Array | null;
}

/**
 * A decoded body. `saveOf` gives the save of each operation, `indexInSave` its place there.
 *
 * `recordIds` and `addresses` (as `addressValue`) are parallel to `operations`; `forms`, `counts` (of operations)
 * and `minutesBeforeLast` to the saves; `salts` is keyed by save. `redacted` holds the saves' commitments (32 bytes each)
 * if the values were redacted; the operations' values are then null.
 */
export interface Body {
  readonly forms: readonly Hex[];
  readonly operations: readonly Operation[];
  readonly kinds: ReadonlySet<number>;
  readonly recordIds: readonly Hex[];
  readonly addresses: readonly Value[];
  readonly counts: readonly number[];
  readonly saveOf: readonly number[];
  readonly indexInSave: readonly number[];
  readonly minutesBeforeLast: readonly number[];
  readonly salts: ReadonlyMap<number, Uint8Array>;
  readonly redacted: Uint8Array | null;
}

/** The address as a canonical value, rows by id: what a leaf covers and a slot is named by. */
export function addressValue(address: Address): Value {
  if (typeof address === "string") return address;
  return [address[0], unhex(rowId(address)), address[2]];
}

/** The slot of an operation inside its record, as text (SPEC O2). */
export function slotKey(kind: number, address: Address): string {
  const letter = SLOT_CLASS.get(kind) ?? UNKNOWN;
  if (typeof address === "string") return letter + address;
  return letter + [address[0], rowId(address), address[2]].join(CELL_MARK);
}

function rowId([field, row]: Cell): Hex {
  return typeof row === "string" ? row : derivedRowId(field, row);
}

/** The id of a record entry. */
export function recordId(record: Hex | Preimage, scope: Hex): Hex {
  if (typeof record === "string") return record;
  return derivedRecordId(scope, record.family, record.subject, record.directive, record.period);
}
