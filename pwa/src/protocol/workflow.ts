/**
 * Where a report stands between the one who fills it in and the one who approves it: a reading of its live attests.
 *
 * The word is a label, computed alike by hub, phone and laptop. It decides nothing: what counts is which operations are live.
 */

import { APPROVE, APPROVED, CONFIRM, CONFIRMED, RETURNED } from "./operations.ts";
import type { Attest } from "./reading.ts";

/**
 * `corrected`: it was returned, and changed since. `stale`: it was confirmed or approved, and changed since. `contested`:
 * two people of one role said different things about it, neither knowing of the other.
 */
export type Stage = "sent" | "confirmed" | "approved" | "returned" | "corrected" | "stale" | "contested";

/** The nearer to the end comes first: it decides as long as it speaks of the record as it is. */
const ROLES = [APPROVE, CONFIRM];
const OF_VERDICT: ReadonlyMap<string, Stage> = new Map([
  [CONFIRMED, "confirmed"],
  [APPROVED, "approved"],
  [RETURNED, "returned"],
]);

/** The stage of a record with these live attests; roles and verdicts that are not ours say nothing. */
export function stageOf(attests: readonly Attest[]): Stage {
  const said = (role: string) => attests.filter((each) => each.role === role && OF_VERDICT.has(each.verdict));
  for (const role of ROLES) {
    const verdicts = new Set(said(role).flatMap(({ stale, verdict }) => (stale ? [] : [verdict])));
    const [first] = verdicts;
    if (verdicts.size > 1) return "contested";
    if (first !== undefined) return OF_VERDICT.get(first) as Stage;
  }
  for (const role of ROLES) {
    const verdicts = said(role).map(({ verdict }) => verdict);
    if (verdicts.length > 0) return verdicts.every((verdict) => verdict === RETURNED) ? "corrected" : "stale";
  }
  return "sent";
}
