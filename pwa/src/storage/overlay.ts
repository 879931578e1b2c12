/**
 * What a person reads: the merged records, with what this device has saved and nobody else has accepted yet on top.
 *
 * On top lie, merged by the same rules, one's own sets that wait for a certificate or its confirmation, and the pending saves
 * laid out as they will be sealed. Operations of pending saves are named by the tag of their save, which sealing does not
 * change: a form that was opened before sealing still knows afterwards what it showed.
 */

import type { Hex } from "../protocol/bytes.ts";
import { type OpenedSet, reopenSet, type SetBytes } from "../protocol/envelope.ts";
import { id16, nextTag } from "../protocol/ids.ts";
import type { Ledger } from "../protocol/ledger.ts";
import { ancestorAt, factsOf } from "../protocol/logs.ts";
import {
  type Cover,
  emptyState,
  type Live,
  mergeSet,
  type Place,
  type RecordState,
} from "../protocol/merge.ts";
import { isAccepted, NO_CERTIFICATE, UNCONFIRMED } from "../protocol/verdicts.ts";
import type { Line } from "./own-logs.ts";
import { copied } from "./replica-store.ts";

/** Own sets that only wait are shown to their author; what was cut or not allowed is listed, not shown as if it counted. */
const SHOWN_REASONS: readonly string[] = [UNCONFIRMED, NO_CERTIFICATE];

/** The records of one scope that lie otherwise than merged, because of what is on its way. */
export class Overlay {
  /** The states that differ from the merged ones, by record. */
  readonly states: ReadonlyMap<Hex, RecordState>;
  readonly #ledger: Ledger;
  readonly #planned: ReadonlyMap<Hex, OpenedSet>;
  readonly #atPosition: ReadonlyMap<number, Hex>;

  /**
   * @param waiting ids of own held sets to show, oldest first.
   * @param planned pending saves, laid out.
   * @param line the end of the own log that `planned` goes on from.
   */
  constructor(
    ledger: Ledger,
    scope: Hex,
    waiting: readonly Hex[],
    planned: readonly OpenedSet[],
    line: Line,
  ) {
    this.#ledger = ledger;
    this.#planned = new Map(planned.map((opened) => [id16(opened.id), opened]));
    this.#atPosition = new Map([
      ...[...line.positions].map(([set16, position]) => [position, set16] as const),
      ...planned.map((opened) => [opened.header.position, id16(opened.id)] as const),
    ]);
    const held = waiting.map((id) => reopenSet(ledger.store.parts(id) as SetBytes));
    const states = this.#merge(scope, [...held, ...planned]);
    for (const state of states.values()) {
      for (const [slot, lives] of state.slots) {
        state.slots.set(
          slot,
          lives.map((live) => this.#renamed(live)),
        );
      }
    }
    this.states = states;
  }

  #merge(scope: Hex, sets: readonly OpenedSet[]): Map<Hex, RecordState> {
    const ids = new Set(sets.flatMap(({ body }) => body.recordIds));
    const states = new Map<Hex, RecordState>();
    for (const id of ids) {
      const merged = this.#ledger.store.record(scope, id);
      states.set(id, merged === undefined ? emptyState() : copied(merged));
    }
    const below = new Set<Hex>();
    for (const opened of sets) {
      const known = new Set([...this.#known(opened), ...opened.identities.filter((each) => below.has(each))]);
      const ancestor = (distance: number) => this.#ancestor(opened, distance);
      mergeSet({ opened, ancestor, merged: (set16) => this.#isMerged(set16), known }, states);
      for (const identity of opened.identities) below.add(identity);
    }
    return states;
  }

  /** Identities of accepted sets that were sealed from the same saves. */
  #known(opened: OpenedSet): Hex[] {
    const others = this.#ledger.store.overlapping(factsOf(opened));
    const accepted = others.filter((id) => isAcceptedIn(this.#ledger, id));
    return accepted.flatMap((id) => reopenSet(this.#ledger.store.parts(id) as SetBytes).identities);
  }

  #ancestor(opened: OpenedSet, distance: number): Hex | undefined {
    if (this.#planned.has(id16(opened.id))) return this.#atPosition.get(opened.header.position - distance);
    return ancestorAt(factsOf(opened), distance, this.#ledger.facts);
  }

  #isMerged(set16: Hex): boolean {
    const id = this.#ledger.store.idOf(set16);
    return id !== undefined && isAcceptedIn(this.#ledger, id);
  }

  /** Operations of planned sets, and what covers them, named by the tags of their saves. */
  #renamed({ set16, index, ordinal, ...live }: Live): Live {
    return {
      ...live,
      ...this.#place({ set16, index, ordinal }),
      also: live.also.map((each) => this.#place(each)),
      covers: live.covers.map((each) => this.#named(each) ?? each),
    };
  }

  #place(place: Place): Place {
    const named = this.#named(place);
    return named === undefined ? place : { ...named, ordinal: 0 };
  }

  /** The tag of the save and the index in it, for a place in a planned set. */
  #named({ set16, index }: Cover): Cover | undefined {
    const opened = this.#planned.get(set16);
    const save = opened?.body.saveOf[index];
    if (opened === undefined || save === undefined) return undefined;
    return { set16: nextTag(opened.header.tag, save), index: opened.body.indexInSave[index] as number };
  }
}

function isAcceptedIn(ledger: Ledger, setId: Hex): boolean {
  const verdict = ledger.verdict(setId);
  return verdict !== undefined && isAccepted(verdict);
}

/** The sets of the key in a scope that only wait, oldest first. */
export function waitingToCount(ledger: Ledger, key: Hex, scope: Hex): Hex[] {
  return ledger.store
    .ofKey(scope, key)
    .filter(({ verdict }) => !isAccepted(verdict) && SHOWN_REASONS.includes(verdict.reason))
    .map(({ facts }) => facts)
    .sort((a, b) => a.incarnation - b.incarnation || a.position - b.position || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}
