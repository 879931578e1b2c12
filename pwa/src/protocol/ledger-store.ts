/**
 * What a ledger needs of its store. `MemoryStore` is one; the phone's keeps the same rows in memory while it is unlocked
 * and writes what a commit changed in one transaction.
 */

import type { Hex } from "./bytes.ts";
import type { SetBytes } from "./envelope.ts";
import type { Facts } from "./logs.ts";
import type { RecordState } from "./merge.ts";
import type { Verdict } from "./verdicts.ts";

/** A held set: its facts, its verdict as last computed, and whether all its ancestors are held. */
export interface Held {
  readonly facts: Facts;
  readonly verdict: Verdict;
  readonly whole: boolean;
}

/** A set to be stored. */
export interface StoredSet {
  readonly held: Held;
  readonly parts: SetBytes;
}

/** Running sums of a scope: accepted ids modulo 2^256, live identities modulo 2^128 (SPEC O15). */
export interface Sums {
  readonly accepted: bigint;
  readonly live: bigint;
}

export const NO_SUMS: Sums = { accepted: 0n, live: 0n };

/** Rows, not rules. */
export interface LedgerStore {
  held(setId: Hex): Held | undefined;
  /** The full id of a held set by its half. */
  idOf(set16: Hex): Hex | undefined;
  /** Store sets that are not held, in this order. */
  insert(sets: readonly StoredSet[]): void;
  /** Replace the verdict of a held set, and whether it is whole. */
  update(held: Held): void;
  /** Replace the bytes of a set (values redacted, or fetched again). */
  replaceParts(setId: Hex, parts: SetBytes): void;
  /** The bytes of a held set. */
  parts(setId: Hex): SetBytes | undefined;
  /** Remember that `child` waits for a predecessor that is missing. */
  awaitParent(parent: Hex, child: Hex): void;
  /** The sets that wait for one; they are forgotten by this call. */
  waitingFor(parent: Hex): readonly Hex[];
  /** The facts of the held sets of a log (`logs.logOf`). */
  inLog(log: string): readonly Facts[];
  /** The held sets of a scope in the order of storing. */
  inScope(scope: Hex): readonly Held[];
  /** The held sets of a scope that one key wrote. */
  ofKey(scope: Hex, key: Hex): readonly Held[];
  /** Other held sets of the key and scope whose tags meet those of the set. */
  overlapping(facts: Facts): readonly Hex[];
  /** The keys that wrote held sets of a scope. */
  keysIn(scope: Hex): ReadonlySet<Hex>;
  /** The scopes of held sets. */
  scopes(): ReadonlySet<Hex>;
  /** The merged state of a record. The merge changes it in place, then puts it. */
  record(scope: Hex, id: Hex): RecordState | undefined;
  putRecord(scope: Hex, id: Hex, state: RecordState): void;
  /** Drop all merged states of a scope. */
  clearRecords(scope: Hex): void;
  /** Every merged state of a scope. */
  records(scope: Hex): ReadonlyMap<Hex, RecordState>;
  /** The sums of a scope, zero if never put. */
  sums(scope: Hex): Sums;
  putSums(scope: Hex, sums: Sums): void;
}
