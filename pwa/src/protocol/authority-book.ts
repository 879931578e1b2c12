/** The authority sets that a replica holds, with what is asked of them again and again: closures, views, public keys. */

import { type AuthoritySet, View } from "./authority.ts";
import type { Hex } from "./bytes.ts";
import type { Genesis } from "./certificates.ts";
import { goDown } from "./descent.ts";
import { entryOf } from "./entries.ts";
import type { OpenedSet } from "./envelope.ts";
import { AUTHORITY, keyId, scopeOf, scopeUnit } from "./ids.ts";
import { factsOf, type Holdings } from "./logs.ts";
import { REDACT, UNIT } from "./operations.ts";

/** Every held authority set, and the views that were made of them until now. */
export class AuthorityBook {
  readonly genesis: Genesis;
  /** Whether any held entry asks for redaction. */
  redacting = false;
  /** The views by the scopes that they use, as one text. */
  #views = new Map<string, View>();
  readonly #holdings: Holdings;
  readonly #sets = new Map<Hex, AuthoritySet[]>();
  readonly #claimed = new Map<Hex, Set<Hex>>();
  readonly #publicKeys: Map<Hex, Uint8Array>;

  constructor(genesis: Genesis, holdings: Holdings) {
    this.genesis = genesis;
    this.#holdings = holdings;
    this.#publicKeys = new Map(genesis.roots.map((root) => [keyId(root), root]));
  }

  /** Take in an authority set; views that use its scope are made anew when they are asked for. */
  learn(opened: OpenedSet): void {
    const { scope } = opened.header;
    const unit = scopeUnit(scope);
    const { operations, recordIds } = opened.body;
    const entries = operations.map(({ kind, value }, at) =>
      entryOf(kind, recordIds[at] as Hex, opened.identities[at] as Hex, value),
    );
    this.#sets.set(scope, [...(this.#sets.get(scope) ?? []), { facts: factsOf(opened), unit, entries }]);
    for (const { kind, record, certify, parent } of entries) {
      this.redacting ||= kind === REDACT;
      if (certify !== undefined) this.#publicKeys.set(certify.key, certify.publicKey);
      if (kind !== UNIT) continue;
      const above = this.#claimed.get(record) ?? new Set();
      for (const each of [parent, unit]) if (each !== undefined && each !== record) above.add(each);
      this.#claimed.set(record, above);
    }
    this.#views = new Map([...this.#views].filter(([, view]) => !view.closure.has(scope)));
  }

  /** The views that there are now, by the scopes that they use. */
  viewsUntilNow(): ReadonlyMap<string, View> {
    return this.#views;
  }

  forgetViews(): void {
    this.#views = new Map();
  }

  /** The public key of a key id: a root's, or one that any held `certify` entry names; undefined if unknown. */
  publicKey(key: Hex): Uint8Array | undefined {
    return this.#publicKeys.get(key);
  }

  /** All held authority sets. */
  sets(): AuthoritySet[] {
    return [...this.#sets.values()].flat();
  }

  /** The units that held entries name, as a unit or above one, and those with authority of their own. */
  units(): Set<Hex> {
    const above = [...this.#claimed.values()].flatMap((units) => [...units]);
    return new Set([
      this.genesis.top,
      ...this.#claimed.keys(),
      ...above,
      ...[...this.#sets.keys()].map(scopeUnit),
    ]);
  }

  /** The claimed closure of a unit: itself and all that held unit entries put above it (SPEC A3). */
  closure(unit: Hex): Set<Hex> {
    const found = new Set<Hex>();
    const todo = [unit];
    for (let current = todo.pop(); current !== undefined; current = todo.pop()) {
      if (found.has(current)) continue;
      found.add(current);
      todo.push(...(this.#claimed.get(current) ?? []));
    }
    return found;
  }

  /** The authority scopes with sets in the claimed closure of a unit, in ascending order. */
  scopesAbove(unit: Hex): Hex[] {
    const scopes = [...this.closure(unit)].map((above) => scopeOf(AUTHORITY, above));
    return scopes.filter((scope) => this.#sets.has(scope)).sort();
  }

  /** The authority state that verdicts in a unit use (SPEC A5). */
  view(unit: Hex): View {
    const scopes = this.scopesAbove(unit);
    return this.#views.get(scopes.join()) ?? this.#makeViews(unit, scopes);
  }

  /** The view of a unit and of all units above it, which are made together. */
  #makeViews(unit: Hex, scopes: readonly Hex[]): View {
    const made = new Map<string, View>();
    const byUnit = new Map<Hex, View>();
    for (const each of [...scopes.map(scopeUnit), unit]) {
      const closure = each === unit ? scopes : this.scopesAbove(each);
      const key = closure.join();
      const view = made.get(key) ?? new View(this.genesis, new Set(closure), this.#holdings);
      made.set(key, view);
      byUnit.set(each, view);
    }
    const sets = scopes.flatMap((scope) => this.#sets.get(scope) ?? []);
    goDown(byUnit, sets, this.#holdings);
    for (const [key, view] of made) if (!this.#views.has(key)) this.#views.set(key, view);
    return made.get(scopes.join()) as View;
  }

  /** The sum of the ids of all held sets in the authority scopes of a unit's claimed closure (SPEC O15). */
  digest(unit: Hex, modulus: bigint): bigint {
    const sets = this.scopesAbove(unit).flatMap((scope) => this.#sets.get(scope) ?? []);
    return sets.reduce((sum, { facts }) => sum + BigInt(`0x${facts.id}`), 0n) % modulus;
  }
}
