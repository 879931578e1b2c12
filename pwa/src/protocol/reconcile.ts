/** Reconciliation by tips: what to offer to a replica that named its tips and parked sets (SPEC X9, X12). */

import type { Hex } from "./bytes.ts";
import { ancestors, type Facts } from "./logs.ts";

/**
 * The sets of one scope that the other side lacks, predecessors first.
 *
 * @param held every set that this side holds in the scope, parked ones too.
 * @param tips the other side's tips; those that are not held here say nothing.
 * @param parked the other side's parked sets.
 */
export function toOffer(held: readonly Facts[], tips: readonly Hex[], parked: readonly Hex[] = []): Facts[] {
  const facts = new Map(held.map((known) => [known.id, known]));
  const theirs = ancestors(tips, (id) => facts.get(id));
  for (const id of parked) theirs.add(id);
  return [...facts.values()].filter(({ id }) => !theirs.has(id)).sort(inOrder);
}

/** The tips of the other side that are not held here: their logs are to be asked for. */
export function unknown(tips: Iterable<Hex>, held: ReadonlySet<Hex>): Hex[] {
  return [...new Set(tips)].filter((tip) => !held.has(tip)).sort();
}

/** An order that puts predecessors before what follows them. */
export function inOrder(one: Facts, other: Facts): number {
  return one.position - other.position || (one.id < other.id ? -1 : 1);
}
