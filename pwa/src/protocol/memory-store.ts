/** A ledger store in memory. Its methods are documented where they are promised, in `ledger-store`. */

import type { Hex } from "./bytes.ts";
import type { SetBytes } from "./envelope.ts";
import { id16 } from "./ids.ts";
import { type Held, type LedgerStore, NO_SUMS, type StoredSet, type Sums } from "./ledger-store.ts";
import { type Facts, logOf } from "./logs.ts";
import type { RecordState } from "./merge.ts";

export class MemoryStore implements LedgerStore {
  readonly #held = new Map<Hex, Held>();
  readonly #parts = new Map<Hex, SetBytes>();
  readonly #halves = new Map<Hex, Hex>();
  readonly #waiting = new Map<Hex, Set<Hex>>();
  /** Ids in the order of storing: by scope, then by key. */
  readonly #inScope = new Map<Hex, Map<Hex, Hex[]>>();
  readonly #order = new Map<Hex, Hex[]>();
  /** Ids by each of their saves. */
  readonly #bySave = new Map<string, Hex[]>();
  readonly #inLog = new Map<string, Facts[]>();
  readonly #records = new Map<Hex, Map<Hex, RecordState>>();
  readonly #sums = new Map<Hex, Sums>();

  held(setId: Hex): Held | undefined {
    return this.#held.get(setId);
  }

  idOf(set16: Hex): Hex | undefined {
    return this.#halves.get(set16);
  }

  insert(sets: readonly StoredSet[]): void {
    for (const { held, parts } of sets) {
      const { id, scope, key } = held.facts;
      this.#held.set(id, held);
      this.#parts.set(id, parts);
      this.#halves.set(id16(id), id);
      const keys = listed(this.#inScope, scope, () => new Map<Hex, Hex[]>());
      listed(keys, key, () => []).push(id);
      listed(this.#order, scope, () => []).push(id);
      for (const save of savesOf(held.facts)) listed(this.#bySave, save, () => []).push(id);
      listed(this.#inLog, logOf(held.facts), () => []).push(held.facts);
    }
  }

  update(held: Held): void {
    this.#held.set(held.facts.id, held);
  }

  replaceParts(setId: Hex, parts: SetBytes): void {
    this.#parts.set(setId, parts);
  }

  parts(setId: Hex): SetBytes | undefined {
    return this.#parts.get(setId);
  }

  awaitParent(parent: Hex, child: Hex): void {
    listed(this.#waiting, parent, () => new Set<Hex>()).add(child);
  }

  waitingFor(parent: Hex): readonly Hex[] {
    const waiting = this.#waiting.get(parent) ?? [];
    this.#waiting.delete(parent);
    return [...waiting].sort();
  }

  inLog(log: string): readonly Facts[] {
    return this.#inLog.get(log) ?? [];
  }

  inScope(scope: Hex): readonly Held[] {
    return this.#all(this.#order.get(scope));
  }

  ofKey(scope: Hex, key: Hex): readonly Held[] {
    return this.#all(this.#inScope.get(scope)?.get(key));
  }

  overlapping(facts: Facts): readonly Hex[] {
    const ids = savesOf(facts).flatMap((save) => this.#bySave.get(save) ?? []);
    return [...new Set(ids)].filter((id) => id !== facts.id);
  }

  keysIn(scope: Hex): ReadonlySet<Hex> {
    return new Set(this.#inScope.get(scope)?.keys());
  }

  scopes(): ReadonlySet<Hex> {
    return new Set(this.#inScope.keys());
  }

  record(scope: Hex, id: Hex): RecordState | undefined {
    return this.#records.get(scope)?.get(id);
  }

  putRecord(scope: Hex, id: Hex, state: RecordState): void {
    listed(this.#records, scope, () => new Map<Hex, RecordState>()).set(id, state);
  }

  clearRecords(scope: Hex): void {
    this.#records.delete(scope);
  }

  records(scope: Hex): ReadonlyMap<Hex, RecordState> {
    return this.#records.get(scope) ?? new Map();
  }

  sums(scope: Hex): Sums {
    return this.#sums.get(scope) ?? NO_SUMS;
  }

  putSums(scope: Hex, sums: Sums): void {
    this.#sums.set(scope, sums);
  }

  #all(ids: readonly Hex[] = []): Held[] {
    return ids.map((id) => this.#held.get(id) as Held);
  }
}

/** The saves of a set, each by its key, scope and tag. */
function savesOf({ key, scope, tag, lastTag }: Facts): string[] {
  const first = BigInt(`0x${tag}`);
  const count = Number(BigInt(`0x${lastTag}`) - first) + 1;
  return Array.from({ length: count }, (_, at) => `${key}.${scope}.${first + BigInt(at)}`);
}

/** What a map holds under a key, made if there is nothing. */
function listed<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
