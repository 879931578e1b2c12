/** The logs of a key that signs here: where the next set stands, which ancestors a distance names, which tips there are. */

import type { Hex } from "../protocol/bytes.ts";
import { openSet, type SetBytes } from "../protocol/envelope.ts";
import { id16 } from "../protocol/ids.ts";
import type { Ledger } from "../protocol/ledger.ts";
import type { Held, LedgerStore } from "../protocol/ledger-store.ts";
import { PREDECESSORS_MAX } from "../protocol/limits.ts";
import { type Facts, logOf, tips } from "../protocol/logs.ts";
import { isAccepted } from "../protocol/verdicts.ts";
import type { Target } from "./drafts.ts";
import { type LogEnd, type Spot, spotIn } from "./sealing.ts";

/** The end of a key's log in a scope, and the sets that lead there by positions alone, by id16. */
export interface Line {
  readonly end: LogEnd;
  readonly positions: ReadonlyMap<Hex, number>;
}

/** Where the next set of a key stands in a scope. */
export function lineOf(ledger: Ledger, key: Hex, scope: Hex): Line {
  const held = ledger.store.ofKey(scope, key);
  const sets = new Map(held.map(({ facts }) => [facts.id, facts]));
  const end = nextPlace(sets, tipsOf(held));
  return { end, positions: straight(ledger, sets, end) };
}

/** The ancestors that a distance names for certain: no fork, no gap, no other incarnation in between (SPEC O6). */
function straight(ledger: Ledger, sets: ReadonlyMap<Hex, Facts>, end: LogEnd): Map<Hex, number> {
  const found = new Map<Hex, number>();
  let { previous } = end;
  if (!previous.every((id) => ledger.whole(id))) return found;
  while (previous.length === 1) {
    const facts = sets.get(previous[0] as Hex);
    if (facts === undefined || facts.incarnation !== end.incarnation) break;
    found.set(id16(facts.id), facts.position);
    previous = facts.previous;
  }
  return found;
}

/** The ids of complete sets that no complete one of them follows, ascending (SPEC L4). */
export function tipsOf(held: readonly Held[]): Hex[] {
  const sets = new Map(held.map((each) => [each.facts.id, each]));
  const complete = (id: Hex) => {
    const known = sets.get(id);
    return known !== undefined && (known.whole || isAccepted(known.verdict));
  };
  return tips(
    held.map(({ facts }) => facts),
    complete,
  );
}

/**
 * Where the next set stands; after a fork in the next incarnation, naming all tips (SPEC L1, L3).
 *
 * @param sets the held sets of one key and scope.
 * @param complete the complete ones that no complete one follows.
 */
export function nextPlace(sets: ReadonlyMap<Hex, Facts>, complete: readonly Hex[]): LogEnd {
  if (sets.size === 0) return { incarnation: 0, position: 0, previous: [] };
  const tipsHere = complete.map((id) => sets.get(id) as Facts);
  const [tip] = tipsHere;
  if (tip !== undefined && tipsHere.length === 1 && !isForkedAt(sets, tip)) {
    return { incarnation: tip.incarnation, position: tip.position + 1, previous: [tip.id] };
  }
  const named = tipsHere.sort((one, other) => other.position - one.position).slice(0, PREDECESSORS_MAX);
  return {
    incarnation: Math.max(...[...sets.values()].map(({ incarnation }) => incarnation)) + 1,
    position: Math.max(0, ...named.map(({ position }) => position + 1)),
    previous: named.map(({ id }) => id).sort(),
  };
}

/** Whether another held set, a parked one, stands beside the place after the tip: to go on there would fork. */
function isForkedAt(sets: ReadonlyMap<Hex, Facts>, tip: Facts): boolean {
  return [...sets.values()].some((facts) => logOf(facts) === logOf(tip) && facts.position > tip.position);
}

/** Where an operation of a key's save that is sealed by now stands. */
export function spotOf(
  store: LedgerStore,
  key: Hex,
  scope: Hex,
  { source, at, identity }: Pick<Target, "source" | "at" | "identity">,
): Spot | undefined {
  for (const { facts } of store.ofKey(scope, key)) {
    if (source < facts.tag || source > facts.lastTag) continue;
    const opened = openSet(store.parts(facts.id) as SetBytes);
    const save = Number(BigInt(`0x${source}`) - BigInt(`0x${facts.tag}`));
    const index = opened.body.counts.slice(0, save).reduce((sum, count) => sum + count, 0) + at;
    if (opened.identities[index] === identity) return spotIn(opened, index);
  }
  return undefined;
}
