/**
 * What a merged record says to a person: values, conflicts, tallies, elements, rows, workflow (SPEC O10–O14).
 *
 * Pure functions of a `RecordState`. Labels (who, when) are asked from the caller by id16: they never decide liveness.
 */

import { CELL_MARK } from "./body.ts";
import { type Hex, hex } from "./bytes.ts";
import { encode, type Value } from "./canonical.ts";
import { derivedRowId } from "./ids.ts";
import { coverKey, type Live, placesOf, type RecordState } from "./merge.ts";
import * as op from "./operations.ts";

export const LATEST = "latest";
export const UNRESOLVED = "unresolved";
/** Slot classes that neither make an approval stale nor show a hidden record again. */
const APART = [op.TALLY, op.NOTES, op.ATTESTS, op.UNKNOWN, op.ENTRIES];

/** When an operation was claimed to be made, bounded by the earliest hub receipt, in seconds; then its set and place. */
export interface Stamp {
  readonly shown: number;
  readonly set16: Hex;
  readonly place: number;
}

/** The siblings of a register: `live` has one entry a live put, `values` the different values. */
export interface Siblings {
  readonly live: readonly Live[];
  readonly values: readonly Value[];
  /** Whether two different values are live. */
  readonly conflict: boolean;
}

/** A live attest; `stale` says that the record is not any more what it was about. */
export interface Attest {
  readonly live: Live;
  readonly role: string;
  readonly verdict: string;
  readonly reason: string;
  readonly stale: boolean;
}

/** A row: its field and its id. */
export type Row = readonly [field: string, row: Hex];

/** The register of a field, or of a cell named by its slot key without the class letter. */
export function register(state: RecordState, field: string): Siblings {
  return siblings(state, op.REGISTER + field);
}

/** All registers, by field; cells by field, row in hex and cell with CELL_MARK between. */
export function registers(state: RecordState): Map<string, Siblings> {
  const slots = [...state.slots].filter(([slot, live]) => live.length > 0 && slot[0] === op.REGISTER);
  return new Map(slots.map(([slot]) => [slot.slice(1), siblings(state, slot)]));
}

/** The registers with two different values. */
export function conflicts(state: RecordState): Map<string, Siblings> {
  return new Map([...registers(state)].filter(([, { conflict }]) => conflict));
}

/** The value that a label shows: null for an unresolved conflict (SPEC O14). */
export function shown(
  { conflict, live, values }: Siblings,
  policy: string,
  stamp: (live: Live) => Stamp,
): Value {
  if (!conflict) return values[0] ?? null;
  if (policy === UNRESOLVED) return null;
  const latest = live.reduce((best, each) => (isLater(stamp(each), stamp(best)) ? each : best));
  return latest.value;
}

function isLater(one: Stamp, other: Stamp): boolean {
  if (one.shown !== other.shown) return one.shown > other.shown;
  return one.set16 === other.set16 ? one.place > other.place : one.set16 > other.set16;
}

/** The sum of a tally. */
export function tally(state: RecordState, field: string): number {
  return state.tallies.get(op.TALLY + field)?.total ?? 0;
}

/** The elements of a set field, in the order of their first live add's identity. */
export function elements(state: RecordState, field: string): Value[] {
  const live = state.slots.get(op.SET + field) ?? [];
  return different(live.toSorted((a, b) => (a.identity < b.identity ? -1 : 1)));
}

/** The notes, unordered: a caller sorts them by (shown time, id). */
export function notes(state: RecordState): readonly Live[] {
  return state.slots.get(op.NOTES) ?? [];
}

/** The register of a link kind. */
export function links(state: RecordState, kind: string): Siblings {
  return siblings(state, op.LINKS + kind);
}

/** Whether the record, or the row, is hidden by its live voids (SPEC O12). */
export function hidden(state: RecordState, row?: Row): boolean {
  const target = row === undefined ? "" : [...row, ""].join(CELL_MARK);
  const live = state.slots.get(op.VISIBILITY + target) ?? [];
  if (live.length === 0 || live.some(({ kind }) => kind !== op.VOID)) return false;
  const covered = new Set(live.flatMap(({ covers }) => covers.map(coverKey)));
  const about = row === undefined ? ofRecord(state, false) : ofRow(state, row);
  return about.every((item) => placesOf(item).some((place) => covered.has(coverKey(place))));
}

/** All live attests with what they are worth now (SPEC O13). */
export function attests(state: RecordState): Attest[] {
  const slots = [...state.slots].filter(([slot]) => slot[0] === op.ATTESTS);
  return slots.flatMap(([slot, lives]) =>
    lives.map((live) => {
      // Redacted values are null.
      const [verdict, reason] = (live.value as readonly [string, string] | null) ?? ["", ""];
      return { live, role: slot.slice(1), verdict, reason, stale: isStale(state, live) };
    }),
  );
}

/** Whether the record's live operations differ from what an attest covers, by addition or removal. */
export function isStale(state: RecordState, attest: Live): boolean {
  const covered = new Set(attest.covers.map(coverKey));
  for (const item of ofRecord(state, true)) {
    const places = placesOf(item).map(coverKey);
    if (!places.some((place) => covered.has(place))) return true;
    for (const place of places) covered.delete(place);
  }
  return covered.size > 0;
}

/** What an attest, or a void or restore of the record or a row, made now has to cover. */
export function coversNow(state: RecordState, about: "attest" | "record" | Row): readonly Live[] {
  return typeof about === "string" ? ofRecord(state, about === "attest") : ofRow(state, about);
}

/** Live operations: for an attest voids, restores and links included, for a void voids and restores apart. */
function ofRecord(state: RecordState, withAttested: boolean): Live[] {
  const apart = withAttested ? APART : [...APART, op.VISIBILITY];
  return [...state.slots].flatMap(([slot, live]) => (apart.includes(slot[0] as string) ? [] : live));
}

/** A row's add and cells. */
function ofRow(state: RecordState, [field, row]: Row): Live[] {
  const prefix = op.REGISTER + [field, row, ""].join(CELL_MARK);
  return [...state.slots].flatMap(([slot, live]) => {
    if (slot.startsWith(prefix)) return live;
    return slot === op.SET + field ? live.filter((item) => rowOf(field, item.value) === row) : [];
  });
}

/** The row id of an element of a row field: the element itself, or derived from its natural key. */
export function rowOf(field: string, element: Value): Hex | undefined {
  if (element instanceof Uint8Array) return hex(element);
  return Array.isArray(element) ? derivedRowId(field, element) : undefined;
}

function siblings(state: RecordState, slot: string): Siblings {
  const live = state.slots.get(slot) ?? [];
  const values = different(live);
  return { live, values, conflict: values.length > 1 };
}

/** The values that differ: equality means equal bytes, so 1 is not true. */
function different(live: readonly Live[]): Value[] {
  return [...new Map(live.map(({ value }) => [hex(encode(value)), value])).values()];
}
