/**
 * Who may say what: the answer of one collection of authority sets (SPEC A, V2).
 *
 * `descent.viewsOf` makes it from the root down. A `View` depends on nothing but those sets and on which sets are held;
 * not on order, time or path.
 */

import type { Hex } from "./bytes.ts";
import { allows, type Certificate, type Genesis } from "./certificates.ts";
import type { Adopt, Entry, Revoke } from "./entries.ts";
import { scopeKind, scopeUnit } from "./ids.ts";
import type { Facts, Holdings } from "./logs.ts";
import * as logs from "./logs.ts";
import type { Verdict } from "./verdicts.ts";
import * as verdicts from "./verdicts.ts";

/** An authority set, its entries, and the unit where it is written. */
export interface AuthoritySet {
  readonly facts: Facts;
  readonly unit: Hex;
  readonly entries: readonly Entry[];
}

/** A certificate that counts, at its distance from the root; `slot` is a root's place, null for others. */
export interface Counted {
  readonly id: Hex;
  readonly certificate: Certificate;
  readonly depth: number;
  readonly slot: number | null;
}

/** An effective entry: how deep its acting certificate is, and the unit where it is written. */
interface Effective {
  readonly depth: number;
  readonly unit: Hex;
}

/** An effective revoke. */
export interface Cut extends Effective {
  readonly revoke: Revoke;
  readonly identity: Hex;
}

/** An effective adopt. */
export interface Adoption extends Effective {
  readonly adopt: Adopt;
  readonly identity: Hex;
}

/** An effective redact entry and the certificate that it was made under. */
export interface Redaction extends Effective {
  readonly setId: Hex;
  readonly certificate: Hex;
}

/** An effective retire. */
export interface Retirement extends Effective {
  readonly key: Hex;
}

type Parents = ReadonlyMap<Hex, ReadonlySet<Hex>>;

/** The authority state of one collection of authority sets, those of the scopes in `closure`. */
export class View {
  readonly counted = new Map<Hex, Counted[]>();
  readonly unconfirmed = new Map<Hex, Certificate[]>();
  readonly cuts = new Map<Hex, Cut[]>();
  readonly adoptions: Adoption[] = [];
  readonly refused = new Set<Hex>();
  readonly retirements: Retirement[] = [];
  readonly redactions: Redaction[] = [];
  readonly effective = new Set<Hex>();
  /** Authority sets written in the unit of this view, judged at the depth of their acting certificate. */
  readonly judged = new Map<Hex, Verdict>();
  readonly genesis: Genesis;
  readonly closure: ReadonlySet<Hex>;
  readonly #holdings: Holdings;
  readonly #parents = new Map<Hex, Set<Hex>>();
  #touchParents: Parents = new Map();
  readonly #ancestors = new Map<Hex, ReadonlySet<Hex>>();
  #touchAncestors = new Map<Hex, ReadonlySet<Hex>>();
  readonly #closures = new Map<Hex, ReadonlySet<Hex>>();
  #awaited: ReadonlySet<Hex> | null = null;

  constructor(genesis: Genesis, closure: ReadonlySet<Hex>, holdings: Holdings) {
    this.genesis = genesis;
    this.closure = closure;
    this.#holdings = holdings;
  }

  // ---------------------------------------------------------------------------------------------------- questions

  /** The verdict of a set (SPEC V2). */
  judge(facts: Facts): Verdict {
    if (facts.acting !== null) return this.#judgeAuthority(facts);
    const unit = scopeUnit(facts.scope);
    const counted = this.#countedIn(unit, facts.key);
    return counted.length > 0 ? this.judgeUnder(facts, counted) : this.#withoutCertificate(facts.key, unit);
  }

  /** Whether a unit is the other or below it. */
  inside(unit: Hex, top: Hex): boolean {
    return unit === top || above(unit, this.#parents, this.#ancestors).has(top);
  }

  /** Whether an adoption that touches the certificate names the set. */
  adopted(facts: Facts, under: Counted): boolean {
    return this.#adopting(facts, under).length > 0;
  }

  /** Whether a set is cut under a certificate (SPEC A6, A7). */
  cut(facts: Facts, under: Counted): boolean {
    const touching = (this.cuts.get(facts.key) ?? []).filter((cut) => this.#touchedBy(cut, under));
    if (touching.length === 0) return false;
    const beating = Math.min(...this.#adopting(facts, under).map((adoption) => adoption.depth));
    const unbeaten = touching.filter((cut) => cut.depth < beating);
    if (unbeaten.length === 0) return false;
    const listing = unbeaten.filter((cut) => this.#lists(cut, facts));
    return listing.length === 0 || listing.some((cut) => !this.keptBy(cut).has(facts.id));
  }

  /** The held sets that an adoption names. */
  runOf({ identity, adopt }: Adoption): ReadonlySet<Hex> {
    return this.#remembered(identity, () => logs.run(adopt.tips, adopt.bases, this.#holdings.facts));
  }

  /** The held sets that a cut keeps. */
  keptBy({ identity, revoke }: Cut): ReadonlySet<Hex> {
    return this.#remembered(identity, () => logs.ancestors(revoke.tips, this.#holdings.facts));
  }

  /** Sets arrived that a cut or an adoption waits for. */
  forgetClosures(): void {
    this.#closures.clear();
    this.#awaited = null;
  }

  /** Ids that cuts and adoptions name, or reach back to, and that are not held: their arrival changes verdicts. */
  get awaited(): ReadonlySet<Hex> {
    if (this.#awaited === null) {
      const adopted = this.adoptions.flatMap(({ adopt }) => [...adopt.tips, ...adopt.bases]);
      const kept = [...this.cuts.values()].flat().flatMap((cut) => cut.revoke.tips);
      this.#awaited = logs.missing([...adopted, ...kept], this.#holdings.facts);
    }
    return this.#awaited;
  }

  parents(unit: Hex): ReadonlySet<Hex> {
    return this.#parents.get(unit) ?? new Set();
  }

  /** One more edge of the unit tree. */
  addParent(unit: Hex, parent: Hex): void {
    this.#parents.set(unit, (this.#parents.get(unit) ?? new Set()).add(parent));
    for (const [below, ancestors] of this.#ancestors) {
      if (below === unit || ancestors.has(unit)) this.#ancestors.delete(below);
    }
  }

  /** From now on, touching uses the edges that there are now (SPEC A4). */
  freezeTouching(): void {
    this.#touchParents = new Map([...this.#parents].map(([unit, parents]) => [unit, new Set(parents)]));
    this.#touchAncestors = new Map();
  }

  /** Whether the values of a set are to be dropped (SPEC A9). */
  redacted(facts: Facts): boolean {
    const naming = this.redactions.filter((redaction) => redaction.setId === facts.id);
    return (this.counted.get(facts.key) ?? []).some((under) => {
      const touching = naming.filter((redaction) => this.#touchedBy(redaction, under));
      const certificates = new Set(touching.map(({ certificate }) => certificate));
      return certificates.size > 1 && touching.some(({ depth }) => depth <= 1);
    });
  }

  /** Whether more than the standing of single keys changed: unit edges, or a run in the scope that makes sets known. */
  movedSince(old: View, scope: Hex): boolean {
    const changed = [...difference(old, this), ...difference(this, old)];
    const inScope = (setId: Hex) => this.#holdings.facts(setId)?.scope === scope;
    return this.#edges() !== old.#edges() || changed.some((run) => [...run].some(inScope));
  }

  /** What this view says of a key, comparable between views: when it changes, the key's sets are judged anew. */
  standing(key: Hex): string {
    const isOfKey = (setId: Hex) => this.#holdings.facts(setId)?.key === key;
    const runs = this.adoptions.filter((adoption) => [...this.runOf(adoption)].some(isOfKey));
    return JSON.stringify([
      (this.counted.get(key) ?? []).map(({ id }) => id),
      (this.unconfirmed.get(key) ?? []).map(({ id }) => id),
      (this.cuts.get(key) ?? []).map(({ identity }) => identity),
      runs.map(({ identity }) => identity),
    ]);
  }

  /** Whether an entry of that depth, written at that unit, touches a certificate (SPEC A4). */
  touches(depth: number, written: Hex, under: Counted): boolean {
    if (depth >= under.depth) return false;
    const { unit } = under.certificate;
    return unit === written || above(unit, this.#touchParents, this.#touchAncestors).has(written);
  }

  // ---------------------------------------------------------------------------------------------------- judgement

  #countedIn(unit: Hex, key: Hex): Counted[] {
    return (this.counted.get(key) ?? []).filter((known) => this.inside(unit, known.certificate.unit));
  }

  #withoutCertificate(key: Hex, unit: Hex): Verdict {
    const waiting = this.unconfirmed.get(key) ?? [];
    if (waiting.some((certificate) => this.inside(unit, certificate.unit))) {
      return verdicts.quarantined(verdicts.UNCONFIRMED);
    }
    return verdicts.parked(verdicts.NO_CERTIFICATE);
  }

  #judgeAuthority(facts: Facts): Verdict {
    const judged = this.judged.get(facts.id);
    if (judged !== undefined) return judged;
    const unit = scopeUnit(facts.scope);
    if (this.#countedIn(unit, facts.key).length > 0) return verdicts.quarantined(verdicts.UNAUTHORISED);
    return this.#withoutCertificate(facts.key, unit);
  }

  /** Steps 3 to 8 of SPEC V2. */
  judgeUnder(facts: Facts, counted: readonly Counted[]): Verdict {
    const kind = scopeKind(facts.scope);
    const allowing = counted.filter(({ certificate }) =>
      allows(certificate.rights, kind, facts.kinds, facts.roles),
    );
    if (allowing.length === 0) return verdicts.quarantined(verdicts.UNAUTHORISED);
    const uncut = allowing.filter((known) => !this.cut(facts, known));
    if (uncut.length === 0) return verdicts.quarantined(verdicts.REVOKED);
    const confirmed = uncut.filter((known) => !known.certificate.offer || this.adopted(facts, known));
    if (confirmed.length === 0) return verdicts.quarantined(verdicts.UNCONFIRMED);
    return this.#judgePlace(facts, confirmed);
  }

  /** Steps 6 to 8: the set's place in its log. */
  #judgePlace(facts: Facts, counted: readonly Counted[]): Verdict {
    if (!logs.chainHolds(facts, this.#holdings.facts)) return verdicts.quarantined(verdicts.CHAIN);
    if (this.#holdings.wholeBefore(facts)) return verdicts.ACCEPTED;
    const known = counted.some((under) => this.adopted(facts, under) || this.#knownBehind(facts, under));
    return known ? verdicts.ACCEPTED : verdicts.parked(verdicts.NO_PREDECESSOR);
  }

  /** Whether every predecessor is held and known: adopted, or itself with known predecessors (SPEC V2.7). */
  #knownBehind(facts: Facts, under: Counted): boolean {
    const todo = [facts];
    const seen = new Set<Hex>();
    for (let current = todo.pop(); current !== undefined; current = todo.pop()) {
      const held = logs.before(current, this.#holdings.facts);
      if (held.length < current.previous.length) return false;
      todo.push(...held.filter((known) => !seen.has(known.id) && !this.#known(known, under)));
      for (const known of held) seen.add(known.id);
    }
    return true;
  }

  #known(facts: Facts, under: Counted): boolean {
    return this.#holdings.whole(facts.id) || this.adopted(facts, under);
  }

  #touchedBy(entry: Effective, under: Counted): boolean {
    return this.touches(entry.depth, entry.unit, under);
  }

  #adopting(facts: Facts, under: Counted): Adoption[] {
    return this.adoptions.filter(
      (adoption) => this.#touchedBy(adoption, under) && this.runOf(adoption).has(facts.id),
    );
  }

  #lists(cut: Cut, facts: Facts): boolean {
    if (cut.revoke.named.has(logs.logName(facts.incarnation, facts.scope))) return true;
    const log = logs.logOf(facts);
    return [...this.keptBy(cut)].some((id) => {
      const known = this.#holdings.facts(id);
      return known !== undefined && logs.logOf(known) === log;
    });
  }

  #remembered(identity: Hex, compute: () => ReadonlySet<Hex>): ReadonlySet<Hex> {
    const found = this.#closures.get(identity) ?? compute();
    this.#closures.set(identity, found);
    return found;
  }

  /** All edges as one text. */
  #edges(): string {
    return [...this.#parents]
      .flatMap(([unit, parents]) => [...parents].map((parent) => unit + parent))
      .sort()
      .join();
  }
}

/** The runs of the first view's adoptions that the second does not have. */
function difference(one: View, other: View): ReadonlySet<Hex>[] {
  const known = new Set(other.adoptions.map(({ identity }) => identity));
  return one.adoptions.filter(({ identity }) => !known.has(identity)).map((adoption) => one.runOf(adoption));
}

/** All units above one. */
function above(unit: Hex, parents: Parents, cache: Map<Hex, ReadonlySet<Hex>>): ReadonlySet<Hex> {
  const known = cache.get(unit);
  if (known !== undefined) return known;
  const found = new Set<Hex>();
  const todo = [...(parents.get(unit) ?? [])];
  for (let parent = todo.pop(); parent !== undefined; parent = todo.pop()) {
    if (found.has(parent)) continue;
    found.add(parent);
    todo.push(...(parents.get(parent) ?? []));
  }
  cache.set(unit, found);
  return found;
}
