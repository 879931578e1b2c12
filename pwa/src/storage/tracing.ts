/**
 * Where an operation comes from: who said it, when, and how far that is on its way.
 *
 * These are labels for people. Nothing that is merged or judged depends on them (SPEC A11).
 */

import type { Hex } from "../protocol/bytes.ts";
import { type OpenedSet, saveTime } from "../protocol/envelope.ts";
import { id16, scopeUnit } from "../protocol/ids.ts";
import type { Live } from "../protocol/merge.ts";
import type { Stamp } from "../protocol/reading.ts";
import { isOwn, type PendingSave } from "./drafts.ts";
import type { Origin, Way } from "./phone.ts";
import type { Replica } from "./replica.ts";

/** How far a held set is on its way. */
export function wayOf(replica: Replica, setId: Hex): Way {
  if (replica.hub.isReceived(setId)) return "received";
  if (replica.underWay.has(setId)) return "sending";
  return replica.hub.isCarried(setId) ? "carried" : "saved";
}

/** Traces operations of one scope; keeps the sets that it opened. */
export class Tracer {
  readonly #replica: Replica;
  readonly #scope: Hex;
  readonly #pending: ReadonlyMap<Hex, PendingSave>;
  readonly #opened = new Map<Hex, OpenedSet>();

  constructor(replica: Replica, scope: Hex) {
    [this.#replica, this.#scope] = [replica, scope];
    this.#pending = new Map(replica.saves.of(scope).map((save) => [save.tag, save]));
  }

  /** Where a live operation of the scope comes from. */
  origin(live: Live): Origin {
    const save = this.#pending.get(live.set16);
    if (save !== undefined) return this.originOfSave(save);
    const spot = isOwn({ source: live.set16 })
      ? this.#replica.placeOf(this.#scope, { source: live.set16, at: live.index, identity: live.identity })
      : { id16: live.set16, at: live.index };
    const setId = spot && this.#replica.store.idOf(spot.id16);
    if (spot === undefined || setId === undefined) return this.#unknown();
    return this.originIn(this.#open(setId), spot.at);
  }

  /** Where a pending save comes from: from here. */
  originOfSave({ time }: PendingSave): Origin {
    return { ...this.#unknown(), time };
  }

  /** Where the operation at an index of a held set comes from. */
  originIn(opened: OpenedSet, index: number): Origin {
    const { key } = opened.header;
    return {
      person: this.#replica.people.person(key, scopeUnit(this.#scope)),
      own: key === this.#replica.key,
      time: saveTime(opened, opened.body.saveOf[index] ?? 0),
      received: this.#replica.hub.receivedAt(opened.id),
      way: wayOf(this.#replica, opened.id),
    };
  }

  /** What the display policy `latest` compares (SPEC O14). */
  stamp(live: Live): Stamp {
    const { time, received } = this.origin(live);
    return {
      shown: received === null ? time : Math.min(time, received),
      set16: live.set16,
      place: live.index,
    };
  }

  /** Live operations in the order of `latest`, oldest first. */
  inOrder(lives: readonly Live[]): Live[] {
    const stamped = lives.map((live) => [live, this.stamp(live)] as const);
    return stamped.sort(([, one], [, other]) => compareStamps(one, other)).map(([live]) => live);
  }

  #unknown(): Origin {
    const person = this.#replica.people.person(this.#replica.key, scopeUnit(this.#scope));
    return { person, own: true, time: 0, received: null, way: "saved" };
  }

  #open(setId: Hex): OpenedSet {
    const known = this.#opened.get(id16(setId)) ?? this.#replica.opened(setId);
    this.#opened.set(id16(setId), known);
    return known;
  }
}

function compareStamps(one: Stamp, other: Stamp): number {
  if (one.shown !== other.shown) return one.shown - other.shown;
  if (one.set16 !== other.set16) return one.set16 < other.set16 ? -1 : 1;
  return one.place - other.place;
}
