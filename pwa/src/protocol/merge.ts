/**
 * The incremental merge: one accepted change set after another into record states, in any order (SPEC O8–O10).
 *
 * A record state keeps the live operations of each slot and the references that came before what they name. It is a
 * cache: the accepted sets are the truth, and `Ledger.rebuild` makes it anew.
 */

import { type Operation, type Preimage, SAME_SET, slotKey } from "./body.ts";
import type { Hex } from "./bytes.ts";
import type { Value } from "./canonical.ts";
import type { OpenedSet } from "./envelope.ts";
import { id16 } from "./ids.ts";
import { COUNT, isCovering, isKnown, REMOVE, SUPERSEDES } from "./operations.ts";

export const SUM_MODULUS = 1n << 128n;
/** In place of the id16 of a set beyond a gap: it matches nothing. */
export const UNREACHED = "";

/** Where an operation stands: in which set, at which index, with which ordinal on its slot. */
export interface Place {
  readonly set16: Hex;
  readonly index: number;
  readonly ordinal: number;
}

/** What an attest, void or restore was about. */
export type Cover = Pick<Place, "set16" | "index">;

/** A live operation. `also` lists further places of the same identity. */
export interface Live extends Place {
  readonly kind: number;
  readonly identity: Hex;
  readonly value: Value;
  also: Place[];
  covers: Cover[];
}

/** The sum of a tally and how many steps made it. */
export interface Tally {
  total: number;
  steps: number;
}

/** A supersede whose target is not merged yet; `kind` is that of the superseding operation. */
export interface Dangling {
  readonly set16: Hex;
  readonly ordinal: number;
  readonly kind: number;
}

/** The merged state of one record. Keys of the maps are slots (`body.slotKey`). */
export interface RecordState {
  preimage: Preimage | null;
  readonly slots: Map<string, Live[]>;
  readonly tallies: Map<string, Tally>;
  readonly dangling: Map<string, Dangling[]>;
}

export function emptyState(): RecordState {
  return { preimage: null, slots: new Map(), tallies: new Map(), dangling: new Map() };
}

/**
 * What merging one set needs from outside.
 *
 * `ancestor` turns a distance in the own log into an id16 (undefined past a gap); `merged` says whether the set of an id16
 * is accepted and merged; `known` holds the identities of this set that were merged before from another set.
 */
export interface Merging {
  readonly opened: OpenedSet;
  readonly ancestor: (distance: number) => Hex | undefined;
  readonly merged: (set16: Hex) => boolean;
  readonly known: ReadonlySet<Hex>;
}

/** All places that name a live operation. */
export function placesOf(live: Live): readonly Place[] {
  return [live, ...live.also];
}

/** Merge one accepted set into the states of its records; returns the change of the scope's sum of live identities. */
export function mergeSet(merging: Merging, states: ReadonlyMap<Hex, RecordState>): bigint {
  const { operations } = merging.opened.body;
  let change = 0n;
  for (const [record, slots] of slotsOf(merging.opened)) {
    const state = states.get(record) as RecordState;
    for (const [slot, indices] of slots) {
      for (const [nth, index] of indices.entries()) {
        const operation = operations[index] as Operation;
        if (typeof operation.record !== "string") state.preimage ??= operation.record;
        change += supersede(merging, state, slot, operation, indices.slice(0, nth));
        if (isKnown(operation.kind)) change += enter(merging, state, slot, index, indices.length - 1 - nth);
      }
    }
  }
  return change;
}

/** The operations of a set, by record and slot. */
function slotsOf({ body }: OpenedSet): Map<Hex, Map<string, number[]>> {
  const records = new Map<Hex, Map<string, number[]>>();
  for (const [index, { kind, address }] of body.operations.entries()) {
    const record = body.recordIds[index] as Hex;
    const slots = records.get(record) ?? new Map<string, number[]>();
    records.set(record, slots);
    const slot = slotKey(kind, address);
    slots.set(slot, [...(slots.get(slot) ?? []), index]);
  }
  return records;
}

function numberOf(identity: Hex): bigint {
  return BigInt(`0x${identity}`);
}

/** Take out what the operation names; remember what is not there yet. */
function supersede(
  merging: Merging,
  state: RecordState,
  slot: string,
  { kind, supersedes }: Operation,
  before: readonly number[],
): bigint {
  const kills = SUPERSEDES.get(kind);
  if (kills === undefined) return 0n;
  let change = 0n;
  const live = state.slots.get(slot) ?? [];
  for (const { source, at: ordinal } of supersedes) {
    const set16 = sourceOf(merging, source);
    const index = before.at(-1 - ordinal);
    const isNamed =
      source === SAME_SET
        ? (place: Place) => place.set16 === set16 && place.index === index
        : (place: Place) => place.set16 === set16 && place.ordinal === ordinal;
    const at = live.findIndex((candidate) => placesOf(candidate).some(isNamed));
    const found = live[at];
    if (found !== undefined) {
      if (!kills.includes(found.kind)) continue;
      live.splice(at, 1);
      change -= numberOf(found.identity);
    } else if (source !== SAME_SET && set16 !== UNREACHED && !merging.merged(set16)) {
      waitFor(state, slot, { set16, ordinal, kind });
    }
  }
  return change;
}

/** The id16 of the set that a reference names, UNREACHED past a gap. */
function sourceOf({ opened, ancestor }: Merging, source: number | Hex): Hex {
  if (source === SAME_SET) return id16(opened.id);
  return typeof source === "string" ? source : (ancestor(source) ?? UNREACHED);
}

function waitFor(state: RecordState, slot: string, wanted: Dangling): void {
  const waiting = state.dangling.get(slot) ?? [];
  state.dangling.set(slot, waiting);
  const { set16, ordinal, kind } = wanted;
  const isThere = waiting.some(
    (each) => each.set16 === set16 && each.ordinal === ordinal && each.kind === kind,
  );
  if (!isThere) waiting.push(wanted);
}

/** Put the operation into its slot unless it is a remove, dead on arrival, or known from another set. */
function enter(merging: Merging, state: RecordState, slot: string, index: number, ordinal: number): bigint {
  const { opened, known } = merging;
  const { kind, value, ...operation } = opened.body.operations[index] as Operation;
  if (kind === REMOVE) return 0n;
  const identity = opened.identities[index] as Hex;
  const place = { set16: id16(opened.id), index, ordinal };
  const killed = isAwaited(state, slot, kind, place);
  const covers = isCovering(kind) ? coversOf(merging, operation.covers) : [];
  if (known.has(identity)) return alias(state, slot, identity, place, covers, killed);
  if (kind === COUNT) {
    const { total, steps } = state.tallies.get(slot) ?? { total: 0, steps: 0 };
    state.tallies.set(slot, { total: total + ((value as number | null) ?? 0), steps: steps + 1 });
  } else if (killed) {
    return 0n;
  } else {
    const live = state.slots.get(slot) ?? [];
    state.slots.set(slot, live);
    live.push({ ...place, kind, identity, value, also: [], covers });
  }
  return numberOf(identity);
}

/** Whether an operation that came before names this one; the reference is then used up. */
function isAwaited(state: RecordState, slot: string, kind: number, { set16, ordinal }: Place): boolean {
  const waiting = state.dangling.get(slot) ?? [];
  const isNamed = (each: Dangling) => each.set16 === set16 && each.ordinal === ordinal;
  const named = waiting.filter(isNamed);
  if (named.length === 0) return false;
  const others = waiting.filter((each) => !isNamed(each));
  if (others.length > 0) state.dangling.set(slot, others);
  else state.dangling.delete(slot);
  return named.some((each) => SUPERSEDES.get(each.kind)?.includes(kind));
}

/** The same operation, sealed again: one more place for it, and its end if that place is superseded (SPEC O3). */
function alias(
  state: RecordState,
  slot: string,
  identity: Hex,
  place: Place,
  covers: readonly Cover[],
  killed: boolean,
): bigint {
  const live = state.slots.get(slot) ?? [];
  const at = live.findIndex((candidate) => candidate.identity === identity);
  const candidate = live[at];
  if (candidate === undefined) return 0n;
  if (killed) {
    live.splice(at, 1);
    return -numberOf(identity);
  }
  candidate.also.push(place);
  candidate.covers = [
    ...new Map([...candidate.covers, ...covers].map((each) => [coverKey(each), each])).values(),
  ];
  return 0n;
}

/** A place as text, to compare it. */
export function coverKey({ set16, index }: Cover): string {
  return `${set16}.${index}`;
}

/** The places covered. One that cannot be reached yet stays, under no set: an attest of it is stale. */
function coversOf(merging: Merging, covers: Operation["covers"]): Cover[] {
  return covers.map(({ source, at }) => ({ set16: sourceOf(merging, source), index: at }));
}
