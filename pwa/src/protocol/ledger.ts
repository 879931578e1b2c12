/**
 * The ledger: what a replica holds and what follows from it. Hub, relay, phone and laptop run these same rules.
 *
 * `commit` takes sets whose signatures were verified, in any order, and keeps three caches right: verdicts, merged
 * records, sums. They are functions of the held sets; `rebuild` computes them anew. If a commit throws, the caller forgets
 * store and ledger and starts from what it wrote last.
 */

import type { View } from "./authority.ts";
import { AuthorityBook } from "./authority-book.ts";
import { type Hex, unhex } from "./bytes.ts";
import type { Genesis } from "./certificates.ts";
import { isRedacted, type OpenedSet, redact, reopenSet } from "./envelope.ts";
import { AUTHORITY, digest, ID16, scopeKind, scopeUnit } from "./ids.ts";
import { type Held, type LedgerStore, NO_SUMS } from "./ledger-store.ts";
import { type Facts, factsOf } from "./logs.ts";
import { ID_MODULUS, Merger } from "./merger.ts";
import { ENTRY_KINDS, UNIT } from "./operations.ts";
import { ACCEPTED, isAccepted, sameVerdict, type Verdict } from "./verdicts.ts";

/** What became of one set of a commit; `fresh` is false for one that was held already. */
export interface Committed {
  readonly id: Hex;
  readonly verdict: Verdict;
  readonly fresh: boolean;
}

/** What two replicas compare (SPEC O15, X8): states only when the first two agree. 32 bytes each. */
export interface ScopeDigests {
  readonly accepted: Uint8Array;
  readonly authority: Uint8Array;
  readonly state: Uint8Array;
}

/** One digest for many scopes: what a server says when nothing changed (SPEC X5). */
export function combined(digests: ReadonlyMap<Hex, ScopeDigests>): ScopeDigests {
  const scopes = [...digests.keys()].sort();
  const states = scopes.map((scope) => digests.get(scope) as ScopeDigests);
  const over = (column: readonly Uint8Array[]) => digest("haidang/states/1", ...scopes.map(unhex), ...column);
  return {
    accepted: over(states.map(({ accepted }) => accepted)),
    authority: over(states.map(({ authority }) => authority)),
    state: over(states.map(({ state }) => state)),
  };
}

/** One replica's sets, verdicts and merged records. */
export class Ledger {
  readonly genesis: Genesis;
  readonly store: LedgerStore;
  readonly book: AuthorityBook;
  readonly #merger: Merger;

  constructor(genesis: Genesis, store: LedgerStore) {
    this.genesis = genesis;
    this.store = store;
    this.#merger = new Merger(store);
    this.book = new AuthorityBook(genesis, this);
    for (const scope of store.scopes()) {
      if (scopeKind(scope) !== AUTHORITY) continue;
      for (const { facts } of store.inScope(scope)) this.book.learn(this.#open(facts.id));
    }
  }

  // ---------------------------------------------------------------------------------------------------- questions

  /** The facts of a held set. */
  readonly facts = (setId: Hex): Facts | undefined => this.store.held(setId)?.facts;

  /** Whether the set and all its ancestors are held. */
  whole(setId: Hex): boolean {
    return this.store.held(setId)?.whole ?? false;
  }

  /** Whether every predecessor is held, in the scope of the set, with all its ancestors. */
  wholeBefore(facts: Facts): boolean {
    return this.#missingBefore(facts).length === 0;
  }

  /** The predecessors that the set still waits for. */
  #missingBefore(facts: Facts): Hex[] {
    return facts.previous.filter((previous) => {
      const known = this.store.held(previous);
      return known === undefined || !known.whole || known.facts.scope !== facts.scope;
    });
  }

  /** The verdict of a held set, undefined if it is not held. */
  verdict(setId: Hex): Verdict | undefined {
    return this.store.held(setId)?.verdict;
  }

  /** Whether a set can be a tip (SPEC L4). */
  complete(setId: Hex): boolean {
    const held = this.store.held(setId);
    return held !== undefined && (held.whole || isAccepted(held.verdict));
  }

  /** The authority state that verdicts in a unit use (SPEC A5). */
  view(unit: Hex): View {
    return this.book.view(unit);
  }

  /** The three digests of a scope. */
  scopeDigests(scope: Hex): ScopeDigests {
    const sums = this.store.sums(scope);
    const live = bigBytes(sums.live, ID16);
    return {
      accepted: bigBytes(sums.accepted, 32),
      authority: bigBytes(this.book.digest(scopeUnit(scope), ID_MODULUS), 32),
      state: digest("haidang/state/1", unhex(scope), live),
    };
  }

  // ------------------------------------------------------------------------------------------------------- commit

  /** Take sets with verified signatures; returns what became of each, in the order given. */
  commit(sets: readonly OpenedSet[]): Committed[] {
    const again = sets.filter(({ id }) => this.store.held(id) !== undefined);
    const fresh = new Map<Hex, OpenedSet>();
    for (const opened of sets) {
      const isBetter = !fresh.has(opened.id) || opened.body.redacted === null;
      if (isBetter && this.store.held(opened.id) === undefined) fresh.set(opened.id, opened);
    }
    this.#fillIn(again);
    for (const run of runsOf([...fresh.values()])) {
      if (run[0]?.header.acting === null) this.#take(run);
      else this.#takeAuthority(run);
    }
    return sets.map(({ id }) => ({ id, verdict: this.#held(id).verdict, fresh: fresh.has(id) }));
  }

  /** Compute the merged records and sums of a scope anew from its accepted sets. */
  rebuild(scope: Hex): void {
    this.store.clearRecords(scope);
    this.store.putSums(scope, NO_SUMS);
    const accepted = this.store.inScope(scope).filter(({ verdict }) => isAccepted(verdict));
    const sets = accepted.map(({ facts }) => this.#open(facts.id));
    this.#merger.merge(scope, sets, new Set());
  }

  /** Compute every verdict anew, and which values are dropped; returns the verdicts that were wrong in the cache. */
  rejudgeAll(): Map<Hex, Verdict> {
    this.book.forgetViews();
    const changed = this.#scopesDownward().map((scope) => this.#rejudge(this.store.inScope(scope)));
    this.#redact(this.store.scopes());
    return new Map(changed.flatMap((verdicts) => [...verdicts]));
  }

  /** Store and judge sets that change no authority, then merge those that are accepted. */
  #take(sets: readonly OpenedSet[]): void {
    const arrived = sets.map(factsOf);
    const awaited = new Set<Hex>();
    for (const [at, facts] of arrived.entries()) {
      const missing = this.#missingBefore(facts);
      for (const previous of missing) this.store.awaitParent(previous, facts.id);
      const view = this.view(scopeUnit(facts.scope));
      if (view.awaited.has(facts.id)) awaited.add(facts.id);
      const held = { facts, verdict: ACCEPTED, whole: missing.length === 0 };
      const { parts } = sets[at] as OpenedSet;
      this.store.insert([{ held, parts }]);
      this.#merger.placed(facts);
      this.store.update({ ...held, verdict: view.judge(facts) });
    }
    this.#merge(sets.filter(({ id }) => isAccepted(this.#held(id).verdict)));
    this.#arrived(arrived, awaited);
  }

  /** Store authority sets, then judge anew what they may touch. */
  #takeAuthority(sets: readonly OpenedSet[]): void {
    const before = this.book.viewsUntilNow();
    for (const opened of sets) this.book.learn(opened);
    this.#take(sets);
    if (sets.length > 1) {
      // Those that were judged first were judged before all of them were held.
      this.book.forgetViews();
      this.#rejudge(sets.map(({ id }) => this.#held(id)));
    }
    const moving = sets.filter(({ body }) => [UNIT, ...ENTRY_KINDS].some((kind) => body.kinds.has(kind)));
    if (moving.length === 0) return;
    const units = new Set(moving.map(({ header }) => scopeUnit(header.scope)));
    for (const scope of this.#scopesDownward()) {
      const closure = this.book.closure(scopeUnit(scope));
      if ([...units].some((unit) => closure.has(unit))) this.#rejudgeScope(scope, before);
    }
    this.#redact(this.store.scopes());
  }

  /** Authority first. */
  #scopesDownward(): Hex[] {
    return [...this.store.scopes()].sort().reverse();
  }

  /** Judge anew the sets of the keys whose standing changed. */
  #rejudgeScope(scope: Hex, before: ReadonlyMap<string, View>): void {
    const view = this.view(scopeUnit(scope));
    const old = before.get(this.book.scopesAbove(scopeUnit(scope)).join());
    const all = old === undefined || scopeKind(scope) === AUTHORITY || view.movedSince(old, scope);
    const keys = [...this.store.keysIn(scope)].filter(
      (key) => all || old.standing(key) !== view.standing(key),
    );
    if (keys.length > 0) this.#rejudge(keys.flatMap((key) => this.store.ofKey(scope, key)));
  }

  /** Sets that waited for these, or that cuts and adoptions judge by these, are judged anew. */
  #arrived(arrivals: readonly Facts[], awaited: ReadonlySet<Hex>): void {
    this.#settle(arrivals.flatMap(({ id }) => this.store.waitingFor(id)));
    for (const facts of arrivals) {
      if (!awaited.has(facts.id)) continue;
      if (facts.acting !== null) {
        this.rejudgeAll();
      } else {
        this.view(scopeUnit(facts.scope)).forgetClosures();
        this.#rejudge(this.store.inScope(facts.scope));
      }
    }
    this.#redact(new Set(arrivals.map(({ scope }) => scope)));
  }

  /** Predecessors arrived: who is whole now, who is known now, and which references can be followed now? */
  #settle(waiting: readonly Hex[]): void {
    const todo = [...waiting];
    const filled = new Set<Hex>();
    const lengthened = new Set<Hex>();
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      const held = this.#held(id);
      const missing = this.#missingBefore(held.facts);
      if (!held.whole && missing.length === 0) {
        this.store.update({ ...held, whole: true });
        todo.push(...this.store.waitingFor(id));
      }
      for (const previous of missing) this.store.awaitParent(previous, id);
      lengthened.add(held.facts.scope);
      filled.add(id);
    }
    for (const scope of lengthened) {
      for (const { facts, whole } of this.store.inScope(scope)) if (!whole) filled.add(facts.id);
    }
    const touched = () => [...filled].map((id) => this.#held(id));
    const merged = touched().filter(({ facts, verdict }) => facts.distances && isAccepted(verdict));
    if (touched().some(({ facts }) => facts.acting !== null)) this.rejudgeAll();
    else this.#rejudge(touched());
    for (const scope of new Set(merged.map(({ facts }) => facts.scope))) this.rebuild(scope);
  }

  /** Judge held sets anew; merge what became accepted, rebuild scopes where something ceased to be. */
  #rejudge(sets: readonly Held[]): Map<Hex, Verdict> {
    const changed = new Map<Hex, Verdict>();
    const gained: Hex[] = [];
    const lost = new Set<Hex>();
    for (const { facts } of sets) {
      const held = this.#held(facts.id);
      const verdict = this.view(scopeUnit(facts.scope)).judge(facts);
      if (sameVerdict(verdict, held.verdict)) continue;
      changed.set(facts.id, verdict);
      this.store.update({ ...held, verdict });
      if (isAccepted(verdict)) gained.push(facts.id);
      else if (isAccepted(held.verdict)) lost.add(facts.scope);
    }
    const opened = gained.map((id) => this.#open(id));
    this.#merge(opened.filter(({ header }) => !lost.has(header.scope)));
    for (const scope of lost) this.rebuild(scope);
    return changed;
  }

  #merge(accepted: readonly OpenedSet[]): void {
    for (const scope of new Set(accepted.map(({ header }) => header.scope))) {
      const sets = accepted.filter(({ header }) => header.scope === scope);
      this.#merger.merge(scope, sets);
    }
  }

  /** Drop the values of sets whose redaction counts (SPEC A9); the merged records follow. */
  #redact(scopes: Iterable<Hex>): void {
    for (const scope of this.book.redacting ? scopes : []) {
      const view = this.view(scopeUnit(scope));
      const counting = [...new Set(view.redactions.map(({ setId }) => setId))].filter((id) => {
        const facts = this.facts(id);
        return facts !== undefined && facts.scope === scope && view.redacted(facts);
      });
      const dropping = counting.map((id) => this.#open(id)).filter(({ body }) => body.redacted === null);
      for (const opened of dropping) this.store.replaceParts(opened.id, redact(opened));
      if (dropping.length > 0) this.rebuild(scope);
    }
  }

  /** Put back the values of held sets that are redacted here, and should not be. */
  #fillIn(again: readonly OpenedSet[]): void {
    const scopes = new Set<Hex>();
    for (const { id, body, header, parts } of again) {
      const here = this.store.parts(id);
      if (body.redacted !== null || here === undefined || !isRedacted(here)) continue;
      if (this.view(scopeUnit(header.scope)).redacted(this.#held(id).facts)) continue;
      this.store.replaceParts(id, parts);
      scopes.add(header.scope);
    }
    for (const scope of scopes) this.rebuild(scope);
  }

  /** A set that is held for certain. */
  #held(setId: Hex): Held {
    return this.store.held(setId) as Held;
  }

  #open(setId: Hex): OpenedSet {
    return reopenSet(this.store.parts(setId) as OpenedSet["parts"]);
  }
}

/** Sets in their order, cut where authority begins or ends. */
function runsOf(sets: readonly OpenedSet[]): OpenedSet[][] {
  const runs: OpenedSet[][] = [];
  for (const opened of sets) {
    const last = runs.at(-1);
    const isAuthority = opened.header.acting !== null;
    if (last !== undefined && (last[0]?.header.acting !== null) === isAuthority) last.push(opened);
    else runs.push([opened]);
  }
  return runs;
}

function bigBytes(number: bigint, size: number): Uint8Array {
  return unhex(number.toString(16).padStart(2 * size, "0"));
}
