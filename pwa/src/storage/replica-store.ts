/**
 * The ledger's rows in tables that are kept: `MemoryStore` with the sets read in at the start, and every change noted.
 *
 * Kept are each set's bytes, its facts with the verdict as last computed, the merged records and sums. Who waits for which
 * predecessor follows from the facts.
 */

import type { Preimage } from "../protocol/body.ts";
import type { Hex } from "../protocol/bytes.ts";
import { decodeLoosely, encode } from "../protocol/canonical.ts";
import type { SetBytes } from "../protocol/envelope.ts";
import { type Held, NO_SUMS, type StoredSet, type Sums } from "../protocol/ledger-store.ts";
import { MemoryStore } from "../protocol/memory-store.ts";
import type { Cover, Dangling, Live, Place, RecordState, Tally } from "../protocol/merge.ts";
import {
  type Codec,
  json,
  type PlainValue,
  plainValue,
  type Table,
  type Tables,
  valueOfPlain,
} from "./tables.ts";

/** A held set and its place in the order of storing. */
interface HeldRow {
  readonly order: number;
  readonly held: Held;
}

type PlainPlace = readonly [set16: Hex, index: number, ordinal: number];
type PlainLive = readonly [
  kind: number,
  place: PlainPlace,
  identity: Hex,
  value: PlainValue,
  also: readonly PlainPlace[],
  covers: readonly (readonly [Hex, number])[],
];
type PlainState = readonly [
  preimage: Preimage | null,
  slots: readonly (readonly [string, readonly PlainLive[]])[],
  tallies: readonly (readonly [string, Tally])[],
  dangling: readonly (readonly [string, readonly Dangling[]])[],
];

const place = ({ set16, index, ordinal }: Place): PlainPlace => [set16, index, ordinal];
const ofPlace = ([set16, index, ordinal]: PlainPlace): Place => ({ set16, index, ordinal });

function plainLive({ kind, identity, value, also, covers, ...at }: Live): PlainLive {
  const covered = covers.map(({ set16, index }) => [set16, index] as const);
  return [kind, place(at), identity, plainValue(value), also.map(place), covered];
}

function liveOf([kind, at, identity, value, also, covers]: PlainLive): Live {
  const covered = covers.map(([set16, index]): Cover => ({ set16, index }));
  return {
    kind,
    ...ofPlace(at),
    identity,
    value: valueOfPlain(value),
    also: also.map(ofPlace),
    covers: covered,
  };
}

/** A merged record as JSON can hold it. */
export function plainState({ preimage, slots, tallies, dangling }: RecordState): PlainState {
  const lives = [...slots].filter(([, live]) => live.length > 0);
  return [preimage, lives.map(([slot, live]) => [slot, live.map(plainLive)]), [...tallies], [...dangling]];
}

/** What `plainState` gave; a state of its own. */
export function stateOf([preimage, slots, tallies, dangling]: PlainState): RecordState {
  return {
    preimage,
    slots: new Map(slots.map(([slot, live]) => [slot, live.map(liveOf)])),
    tallies: new Map(tallies.map(([slot, tally]) => [slot, { ...tally }])),
    dangling: new Map(dangling.map(([slot, waiting]) => [slot, [...waiting]])),
  };
}

/** A state that can be changed without changing the other. */
export function copied(state: RecordState): RecordState {
  return stateOf(plainState(state));
}

const bytesOfSet: Codec<SetBytes> = {
  write: ({ header, signature, structure, values }) => encode([header, signature, structure, values]),
  read(data) {
    const [header, signature, structure, values] = decodeLoosely(data) as unknown as Uint8Array[];
    return { header, signature, structure, values } as SetBytes;
  },
};
const bigSums = json<Sums, readonly [string, string]>(
  ({ accepted, live }) => [accepted.toString(16), live.toString(16)],
  ([accepted, live]) => ({ accepted: BigInt(`0x${accepted}`), live: BigInt(`0x${live}`) }),
);

const BETWEEN = ".";

export class ReplicaStore extends MemoryStore {
  readonly #sets: Table<HeldRow>;
  readonly #parts: Table<SetBytes>;
  readonly #states: Table<RecordState>;
  readonly #ofScope: Table<Sums>;
  /** The ids of records by scope. */
  readonly #inScope = new Map<Hex, Set<Hex>>();
  /** Ids in the order of storing. */
  readonly #order: Hex[] = [];
  /** The records that were put or dropped since somebody asked. */
  #touched = new Map<string, readonly [scope: Hex, id: Hex]>();

  constructor(tables: Tables) {
    super();
    this.#sets = tables.table("h", json<HeldRow>());
    this.#parts = tables.table("p", bytesOfSet);
    this.#states = tables.table("r", json(plainState, stateOf));
    this.#ofScope = tables.table("u", bigSums);
  }

  /** Take in what the tables hold; once, before anything else is asked. */
  load(): void {
    const rows = this.#sets.values().sort((one, other) => one.order - other.order);
    const nothing = new Uint8Array();
    const parts = { header: nothing, signature: nothing, structure: nothing, values: nothing };
    super.insert(rows.map(({ held }) => ({ held, parts })));
    this.#order.push(...rows.map(({ held }) => held.facts.id));
    for (const { held } of rows) if (!held.whole) this.#awaitMissing(held);
    for (const name of this.#states.names()) this.#note(...(name.split(BETWEEN) as [Hex, Hex]));
  }

  /** The ids of all held sets in the order of storing: keys before what they signed. */
  get inOrder(): readonly Hex[] {
    return this.#order;
  }

  override insert(sets: readonly StoredSet[]): void {
    super.insert(sets);
    for (const { held, parts } of sets) {
      this.#sets.put(held.facts.id, { order: this.#order.push(held.facts.id) - 1, held });
      this.#parts.put(held.facts.id, parts);
    }
  }

  override update(held: Held): void {
    super.update(held);
    const { id } = held.facts;
    this.#sets.put(id, { order: this.#sets.get(id)?.order ?? 0, held });
  }

  override replaceParts(setId: Hex, parts: SetBytes): void {
    this.#parts.put(setId, parts);
  }

  override parts(setId: Hex): SetBytes | undefined {
    return this.#parts.get(setId);
  }

  override record(scope: Hex, id: Hex): RecordState | undefined {
    return this.#states.get(scope + BETWEEN + id);
  }

  override putRecord(scope: Hex, id: Hex, state: RecordState): void {
    const name = scope + BETWEEN + id;
    this.#states.put(name, state);
    this.#touched.set(name, [scope, id]);
    this.#note(scope, id);
  }

  /** The records that were put or dropped since this was asked last. */
  takeTouched(): (readonly [scope: Hex, id: Hex])[] {
    const touched = [...this.#touched.values()];
    this.#touched = new Map();
    return touched;
  }

  override clearRecords(scope: Hex): void {
    for (const id of this.recordIds(scope)) {
      this.#states.delete(scope + BETWEEN + id);
      this.#touched.set(scope + BETWEEN + id, [scope, id]);
    }
    this.#inScope.delete(scope);
  }

  override records(scope: Hex): ReadonlyMap<Hex, RecordState> {
    return new Map([...this.recordIds(scope)].map((id) => [id, this.record(scope, id) as RecordState]));
  }

  /** The ids of the merged records of a scope. */
  recordIds(scope: Hex): ReadonlySet<Hex> {
    return this.#inScope.get(scope) ?? new Set();
  }

  override sums(scope: Hex): Sums {
    return this.#ofScope.get(scope) ?? NO_SUMS;
  }

  override putSums(scope: Hex, sums: Sums): void {
    this.#ofScope.put(scope, sums);
  }

  #note(scope: Hex, id: Hex): void {
    this.#inScope.set(scope, (this.#inScope.get(scope) ?? new Set()).add(id));
  }

  #awaitMissing({ facts }: Held): void {
    for (const previous of facts.previous) {
      const known = this.held(previous);
      if (known === undefined || !known.whole || known.facts.scope !== facts.scope) {
        this.awaitParent(previous, facts.id);
      }
    }
  }
}
