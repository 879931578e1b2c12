/** Merging many accepted sets of one scope into its records, and following references through logs. */

import type { Hex } from "./bytes.ts";
import { type OpenedSet, openSet } from "./envelope.ts";
import { id16 } from "./ids.ts";
import type { LedgerStore } from "./ledger-store.ts";
import { ancestorAt, type Facts, factsOf, logOf } from "./logs.ts";
import { emptyState, mergeSet, type RecordState, SUM_MODULUS } from "./merge.ts";
import { isAccepted } from "./verdicts.ts";

export const ID_MODULUS = 1n << 256n;

/** Applies accepted sets, whatever their order; knows logs by position so that references are found quickly. */
export class Merger {
  readonly #store: LedgerStore;
  readonly #lines = new Map<string, Facts[]>();

  constructor(store: LedgerStore) {
    this.#store = store;
  }

  /** A set was stored: keep the known logs right. */
  placed(facts: Facts): void {
    const log = logOf(facts);
    const line = this.#lines.get(log);
    const last = line?.at(-1);
    if (last !== undefined && follows(facts, last)) line?.push(facts);
    else this.#lines.delete(log);
  }

  /**
   * Merge accepted sets of one scope.
   *
   * @param sets accepted, not merged before.
   * @param done the ids merged so far when the scope is rebuilt; otherwise every accepted set that is not in `sets`
   *     counts as merged.
   */
  merge(scope: Hex, sets: readonly OpenedSet[], done?: Set<Hex>): void {
    const pending = new Set(sets.map(({ id }) => id));
    const isMerged = (id: Hex | undefined) =>
      id !== undefined && (done?.has(id) ?? (!pending.has(id) && this.#isAccepted(id)));
    const states = this.#states(scope, sets);
    let { accepted, live } = this.#store.sums(scope);
    for (const opened of sets) {
      const facts = factsOf(opened);
      const known = this.#knownIdentities(facts, isMerged);
      const merged = (set16: Hex) => isMerged(this.#store.idOf(set16));
      live += mergeSet({ opened, ancestor: this.#ancestors(facts), merged, known }, states);
      accepted += BigInt(`0x${opened.id}`);
      pending.delete(opened.id);
      done?.add(opened.id);
    }
    for (const [id, state] of states) this.#store.putRecord(scope, id, state);
    live = ((live % SUM_MODULUS) + SUM_MODULUS) % SUM_MODULUS;
    this.#store.putSums(scope, { accepted: accepted % ID_MODULUS, live });
  }

  #states(scope: Hex, sets: readonly OpenedSet[]): Map<Hex, RecordState> {
    const ids = sets.flatMap(({ body }) => body.recordIds);
    return new Map([...new Set(ids)].map((id) => [id, this.#store.record(scope, id) ?? emptyState()]));
  }

  #isAccepted(setId: Hex): boolean {
    const held = this.#store.held(setId);
    return held !== undefined && isAccepted(held.verdict);
  }

  /** Identities that the set shares with merged ones: a restored phone sealed the same saves again. */
  #knownIdentities(facts: Facts, isMerged: (id: Hex) => boolean): Set<Hex> {
    const others = this.#store.overlapping(facts).filter(isMerged);
    const parts = others.map((id) => this.#store.parts(id)).filter((each) => each !== undefined);
    return new Set(parts.flatMap((each) => openSet(each).identities));
  }

  /** What gives the id16 of the set so many positions back in the same log (SPEC O6). */
  #ancestors(facts: Facts): (distance: number) => Hex | undefined {
    const line = this.#line(logOf(facts));
    const place = facts.position - (line[0]?.position ?? 0);
    const straight = line[place]?.id === facts.id;
    return (distance) => {
      const found = straight ? line[place - distance] : undefined;
      return found === undefined
        ? ancestorAt(facts, distance, (id) => this.#store.held(id)?.facts)
        : id16(found.id);
    };
  }

  /** The sets of a log in order, if each names the one before and nothing else; otherwise nothing. */
  #line(log: string): Facts[] {
    const known = this.#lines.get(log);
    if (known !== undefined) return known;
    const held = this.#store.inLog(log).toSorted((a, b) => a.position - b.position);
    const straight = held.every((each, at) => at === 0 || follows(each, held[at - 1] as Facts));
    const line = straight ? held : [];
    this.#lines.set(log, line);
    return line;
  }
}

function follows(later: Facts, earlier: Facts): boolean {
  return (
    later.position === earlier.position + 1 && later.previous.length === 1 && later.previous[0] === earlier.id
  );
}
