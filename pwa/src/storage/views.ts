/** A replica as people see it: conflicts, history, reviews, what waits, counts. Each value comes with its origin. */

import { type Address, CELL_MARK, recordId, slotKey } from "../protocol/body.ts";
import type { Hex } from "../protocol/bytes.ts";
import type { Value } from "../protocol/canonical.ts";
import { scopeUnit } from "../protocol/ids.ts";
import * as op from "../protocol/operations.ts";
import * as reading from "../protocol/reading.ts";
import { isAccepted } from "../protocol/verdicts.ts";
import type { Conflict, Counts, HistoryEntry, Review, WaitingSet } from "./phone.ts";
import type { Replica } from "./replica.ts";
import { conflictingSlots, type Found, type Part, type Shelf } from "./shelf.ts";
import { Tracer, wayOf } from "./tracing.ts";

const CONFLICTS: Readonly<Record<string, Conflict["kind"]>> = {
  [op.REGISTER]: "value",
  [op.ATTESTS]: "review",
  [op.LINKS]: "link",
};

/** A conflict with the place where it stands. */
export interface PlacedConflict extends Conflict {
  readonly part: Part;
  readonly slot: string;
}

/** All conflicts of visible reports. */
export function conflictsIn(replica: Replica, shelf: Shelf): PlacedConflict[] {
  return shelf.reports().flatMap(({ id, hidden, conflicts }) => {
    const found = shelf.found(id);
    return hidden || conflicts === 0 || found === undefined ? [] : conflictsOf(replica, shelf, found);
  });
}

function conflictsOf(replica: Replica, shelf: Shelf, found: Found): PlacedConflict[] {
  return shelf.parts(found).flatMap((part) => {
    const state = replica.seen(part.scope, part.id);
    const tracer = new Tracer(replica, part.scope);
    if (state === undefined) return [];
    return conflictingSlots(state).map((slot): PlacedConflict => {
      const lives = tracer.inOrder(state.slots.get(slot) ?? []);
      return {
        id: [part.scope, part.id, slot].join(" "),
        report: found.report,
        kind: CONFLICTS[slot[0] as string] as Conflict["kind"],
        ...placeIn(slot),
        siblings: lives.map((live) => ({ value: live.value, origin: tracer.origin(live) })),
        part,
        slot,
      };
    });
  });
}

/** The field, row and cell of a slot. */
function placeIn(slot: string): Pick<HistoryEntry, "field" | "row" | "cell"> {
  const [field = "", row = null, cell = ""] = slot.slice(1).split(CELL_MARK);
  return { field, row, cell };
}

/** The address of a field or cell by its slot. */
export function addressIn(slot: string): Address {
  const { field, row, cell } = placeIn(slot);
  return row === null ? field : [field, row, cell];
}

/** Everything that was ever saved about a report, by anyone, counted or not; by claimed time. */
export function historyOf(replica: Replica, shelf: Shelf, found: Found): HistoryEntry[] {
  const entries = shelf.parts(found).flatMap((part) => historyOfPart(replica, part));
  return entries.sort((one, other) => one.origin.time - other.origin.time);
}

function historyOfPart(replica: Replica, { scope, id }: Part): HistoryEntry[] {
  const state = replica.seen(scope, id);
  const standing = new Set([...(state?.slots.values() ?? [])].flat().map(({ identity }) => identity));
  const tracer = new Tracer(replica, scope);
  const found = new Map<Hex, HistoryEntry>();
  const entry = (kind: number, address: Address, value: Value) => {
    return { kind, value, ...placeIn(slotKey(kind, address)) };
  };
  for (const { facts, verdict } of replica.store.inScope(scope)) {
    const opened = replica.opened(facts.id);
    for (const [at, { kind, address, value }] of opened.body.operations.entries()) {
      if (opened.body.recordIds[at] !== id) continue;
      const identity = opened.identities[at] as Hex;
      const live = standing.has(identity) || (kind === op.COUNT && isAccepted(verdict));
      if (found.get(identity)?.live) continue;
      found.set(identity, { ...entry(kind, address, value), origin: tracer.originIn(opened, at), live });
    }
  }
  for (const save of replica.saves.of(scope)) {
    for (const [at, { kind, record, address, value }] of save.drafts.entries()) {
      if (recordId(record, scope) !== id) continue;
      const identity = save.identities[at] as Hex;
      const live = standing.has(identity) || kind === op.COUNT;
      found.set(identity, { ...entry(kind, address, value), origin: tracer.originOfSave(save), live });
    }
  }
  return [...found.values()];
}

/** The reviews of a report that stand. */
export function reviewsOf(replica: Replica, found: Found): Review[] {
  const { scope, id } = found.main;
  const state = replica.seen(scope, id);
  const tracer = new Tracer(replica, scope);
  return (state === undefined ? [] : reading.attests(state)).map(({ live, ...said }) => {
    const { role, verdict, reason, stale } = said;
    return { role, verdict, reason, stale, origin: tracer.origin(live) };
  });
}

/** The sets that are quarantined or parked, and on which no officer closed the question; oldest first. */
export function waitingIn(replica: Replica): WaitingSet[] {
  const { ledger, store } = replica;
  const held = store.inOrder.flatMap((id) => store.held(id) ?? []);
  return held.flatMap(({ facts, verdict }) => {
    const unit = scopeUnit(facts.scope);
    if (isAccepted(verdict) || ledger.view(unit).refused.has(facts.id)) return [];
    return [
      {
        id: facts.id,
        scope: facts.scope,
        person: replica.people.person(facts.key, unit),
        own: facts.key === replica.key,
        word: verdict.word,
        reason: verdict.reason,
        time: facts.time,
        saves: savesIn(facts),
      },
    ];
  });
}

/** How many of one's own saves are how far, and what asks for attention. */
export function countsOf(replica: Replica, shelf: Shelf): Counts {
  const counts = { saved: replica.saves.size, sending: 0, carried: 0, received: 0 };
  for (const scope of replica.store.scopes()) {
    for (const { facts } of replica.store.ofKey(scope, replica.key)) {
      counts[wayOf(replica, facts.id)] += savesIn(facts);
    }
  }
  const conflicts = shelf.reports().reduce((sum, { hidden, conflicts: n }) => sum + (hidden ? 0 : n), 0);
  return { ...counts, drafts: replica.entered.size, conflicts, waiting: waitingIn(replica).length };
}

function savesIn({ tag, lastTag }: { readonly tag: Hex; readonly lastTag: Hex }): number {
  return Number(BigInt(`0x${lastTag}`) - BigInt(`0x${tag}`)) + 1;
}
