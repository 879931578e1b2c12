/**
 * The descent from the root that makes views: certificates, cuts and edges of one depth after another (SPEC A4).
 *
 * The views of all units above one go down together: a set is effective by the view of the unit where it is written, and
 * its entries then count in every view that uses them (SPEC A5).
 */

import type { AuthoritySet, Counted, View } from "./authority.ts";
import type { Hex } from "./bytes.ts";
import { type Certificate, isWithin } from "./certificates.ts";
import type { Entry } from "./entries.ts";
import type { Holdings } from "./logs.ts";
import { Roots } from "./roots.ts";
import { isAccepted, UNCONFIRMED, type Verdict } from "./verdicts.ts";

/** A set and the certificate of the present depth under which it acts. */
type Acting = readonly [known: Counted, item: AuthoritySet];

/**
 * Let all sets count in the views that can, nearest the root first.
 *
 * @param views fresh ones, by unit; a unit above one of them is there too.
 * @param sets the held authority sets, the top's among them if there are any.
 */
export function goDown(
  views: ReadonlyMap<Hex, View>,
  sets: readonly AuthoritySet[],
  holdings: Holdings,
): void {
  const [first] = views.values();
  if (first === undefined) return;
  const roots = new Roots(first.genesis, sets, holdings);
  const items = sets.filter(({ unit }) => views.has(unit));
  items.sort((a, b) => (a.facts.id < b.facts.id ? -1 : 1));
  new Descent(new Set(views.values()), items, views).goDown(roots);
}

class Descent {
  readonly #views: ReadonlySet<View>;
  readonly #items: readonly AuthoritySet[];
  readonly #byUnit: ReadonlyMap<Hex, View>;

  constructor(views: ReadonlySet<View>, items: readonly AuthoritySet[], byUnit: ReadonlyMap<Hex, View>) {
    this.#views = views;
    this.#items = items;
    this.#byUnit = byUnit;
  }

  goDown(roots: Roots): void {
    let levels = new Map<View, ReadonlyMap<Hex, Counted>>();
    for (const view of this.#views) {
      for (const [key, cuts] of roots.cuts) view.cuts.set(key, [...cuts]);
      levels.set(view, roots.counted);
    }
    while ([...levels.values()].some((level) => level.size > 0)) {
      for (const [view, level] of levels) {
        view.freezeTouching();
        for (const known of level.values()) append(view.counted, known.certificate.key, known);
      }
      const acting = this.#acting(levels);
      const effective = this.#admit(acting);
      const waiting = acting.filter((pair) => this.#judge(pair)?.reason === UNCONFIRMED);
      levels = new Map([...this.#views].map((view) => [view, read(view, effective, waiting)]));
    }
    for (const view of this.#views) view.freezeTouching();
  }

  /** The view of the unit where a set is written. */
  #own(item: AuthoritySet): View {
    return this.#byUnit.get(item.unit) as View;
  }

  /** The sets whose acting certificate is of this depth, with it. */
  #acting(levels: ReadonlyMap<View, ReadonlyMap<Hex, Counted>>): Acting[] {
    return this.#items.flatMap((item) => {
      const known = levels.get(this.#own(item))?.get(item.facts.acting ?? "");
      return known?.certificate.key === item.facts.key ? [[known, item] as const] : [];
    });
  }

  /** The verdict under the acting certificate by the view of the set's own unit, undefined outside its subtree. */
  #judge([known, item]: Acting): Verdict | undefined {
    const view = this.#own(item);
    return view.inside(item.unit, known.certificate.unit) ? view.judgeUnder(item.facts, [known]) : undefined;
  }

  /** The effective ones; their unit edges are added, round by round, until nothing changes. */
  #admit(acting: readonly Acting[]): Acting[] {
    const accepted = (pair: Acting) => {
      const verdict = this.#judge(pair);
      return verdict !== undefined && isAccepted(verdict);
    };
    let effective = acting.filter(accepted);
    while ([...this.#views].filter((view) => addEdges(view, effective)).length > 0) {
      effective = acting.filter(accepted);
    }
    for (const pair of acting) {
      const verdict = this.#judge(pair);
      if (verdict !== undefined) this.#own(pair[1]).judged.set(pair[1].facts.id, verdict);
    }
    return effective;
  }
}

function append<T>(lists: Map<Hex, T[]>, key: Hex, item: T): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [item]);
  else known.push(item);
}

/** Let the entries of one depth count in one view; returns the certificates of the next depth. */
function read(view: View, effective: readonly Acting[], waiting: readonly Acting[]): Map<Hex, Counted> {
  const certified = new Map<Hex, Counted>();
  for (const [known, item] of effective) {
    if (!view.closure.has(item.facts.scope)) continue;
    view.effective.add(item.facts.id);
    for (const entry of item.entries) apply(view, known, item, entry, certified);
  }
  for (const [known, item] of waiting) {
    if (view.closure.has(item.facts.scope)) noteUnconfirmed(view, known, item);
  }
  return certified;
}

/**
 * Add the edges that count, the least identity first; whether there was any.
 *
 * After each the search begins anew, since an edge before it may count now; those that were added are out of the way.
 */
function addEdges(view: View, effective: readonly Acting[]): boolean {
  const edges = effective
    .filter(([, item]) => view.closure.has(item.facts.scope))
    .flatMap(([, { entries, unit }]) =>
      entries.flatMap(({ identity, record, parent }) => {
        return parent === undefined
          ? []
          : [{ order: identity + record + parent + unit, record, parent, unit }];
      }),
    )
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  const before = edges.length;
  for (;;) {
    const at = edges.findIndex((edge) => edgeCounts(view, edge.record, edge.parent, edge.unit));
    const [edge] = at < 0 ? [] : edges.splice(at, 1);
    if (edge === undefined) return edges.length < before;
    view.addParent(edge.record, edge.parent);
  }
}

/** New, signed above all parents that the unit ever had, and closing no cycle (SPEC A3). */
function edgeCounts(view: View, unit: Hex, parent: Hex, written: Hex): boolean {
  const parents = view.parents(unit);
  if (parents.has(parent) || view.inside(parent, unit)) return false;
  return [parent, ...parents].every((above) => view.inside(above, written));
}

/** Certificates that wait for an officer's word (SPEC A8). */
function noteUnconfirmed(view: View, known: Counted, item: AuthoritySet): void {
  for (const { certify } of item.entries) {
    if (certify !== undefined && certifies(view, known, item.unit, certify)) {
      append(view.unconfirmed, certify.key, certify);
    }
  }
}

/** Let one entry count in a view. */
function apply(
  view: View,
  acting: Counted,
  { unit }: AuthoritySet,
  entry: Entry,
  certified: Map<Hex, Counted>,
): void {
  const { certify, revoke, adopt, refuse, retire, redact, identity } = entry;
  const { depth } = acting;
  if (certify !== undefined && certifies(view, acting, unit, certify)) {
    certified.set(certify.id, { id: certify.id, certificate: certify, depth: depth + 1, slot: null });
  }
  if (revoke !== undefined) append(view.cuts, revoke.key, { revoke, depth, unit, identity });
  if (adopt !== undefined) view.adoptions.push({ adopt, depth, unit, identity });
  if (retire !== undefined) view.retirements.push({ key: retire, depth, unit });
  for (const setId of refuse ?? []) view.refused.add(setId);
  for (const setId of redact ?? []) view.redactions.push({ setId, certificate: acting.id, depth, unit });
}

/** Whether an entry under `acting`, written at a unit, makes the certificate count (SPEC A2). */
function certifies(view: View, acting: Counted, written: Hex, certificate: Certificate): boolean {
  const parent = acting.certificate;
  const { grants } = parent;
  if (certificate.parent !== acting.id || grants === null || !isWithin(certificate.rights, grants))
    return false;
  if (certificate.grants !== null && !isWithin(certificate.grants, grants)) return false;
  if (!view.inside(certificate.unit, written)) return false;
  const { forms, readUntil } = certificate;
  const formsFit = forms.length > 0 && forms.every((form) => parent.forms.includes(form));
  if (parent.forms.length > 0 && !formsFit) return false;
  return parent.readUntil === null || (readUntil !== null && readUntil <= parent.readUntil);
}
