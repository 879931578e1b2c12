/** The authority sets that certify a key, up to the root. */

import type { AuthoritySet } from "../protocol/authority.ts";
import type { Hex } from "../protocol/bytes.ts";
import { CERTIFY } from "../protocol/operations.ts";

/** The ids of the sets that certify a key and those above it, in no order. */
export function certificateChain(sets: readonly AuthoritySet[], key: Hex): Set<Hex> {
  const certifying = new Map<Hex, (readonly [certificate: Hex, setId: Hex])[]>();
  const facts = new Map(sets.map((each) => [each.facts.id, each.facts]));
  for (const {
    facts: { id },
    entries,
  } of sets) {
    for (const { kind, certify } of entries) {
      if (kind !== CERTIFY || certify === undefined) continue;
      certifying.set(certify.key, [...(certifying.get(certify.key) ?? []), [certify.id, id]]);
    }
  }
  const chain = new Set<Hex>();
  const todo = (certifying.get(key) ?? []).map(([, setId]) => setId);
  for (let setId = todo.pop(); setId !== undefined; setId = todo.pop()) {
    if (chain.has(setId)) continue;
    chain.add(setId);
    const { key: author = "", acting = null } = facts.get(setId) ?? {};
    const above = (certifying.get(author) ?? []).filter(([certificate]) => certificate === acting);
    todo.push(...above.map(([, each]) => each));
  }
  return chain;
}
