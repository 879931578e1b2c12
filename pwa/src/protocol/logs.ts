/**
 * Chains of change sets: what a set's place in its log says, ancestors, runs, forks, tips (SPEC L).
 *
 * Everything here is a function of facts (what headers state) and of which sets are held; nothing of arrival.
 */

import type { Hex } from "./bytes.ts";
import type { OpenedSet } from "./envelope.ts";
import { id16, nextTag } from "./ids.ts";
import { ATTEST } from "./operations.ts";

/** What verdicts and references need to know of a set, without its values. */
export interface Facts {
  readonly id: Hex;
  readonly key: Hex;
  readonly scope: Hex;
  readonly incarnation: number;
  readonly position: number;
  readonly previous: readonly Hex[];
  readonly acting: Hex | null;
  readonly kinds: readonly number[];
  readonly roles: readonly string[];
  /** The tags of the first and the last save. */
  readonly tag: Hex;
  readonly lastTag: Hex;
  readonly time: number;
  /** Whether a reference counts back in the own log: such a set needs its ancestors to be merged. */
  readonly distances: boolean;
}

/** The facts of a held set by its id, undefined if it is not held. */
export type Lookup = (setId: Hex) => Facts | undefined;

/** The log of a set: its key, incarnation and scope as one text. */
export function logOf(set: Pick<Facts, "key" | "incarnation" | "scope">): string {
  return `${set.key}.${logName(set.incarnation, set.scope)}`;
}

/** A log of a known key. */
export function logName(incarnation: number, scope: Hex): string {
  return `${incarnation}.${scope}`;
}

/** The facts of an opened set. */
export function factsOf({ id, header, body }: OpenedSet): Facts {
  const references = body.operations.flatMap((each) => [...each.supersedes, ...each.covers]);
  const attests = body.operations.filter(({ kind }) => kind === ATTEST);
  return {
    id,
    key: header.key,
    scope: header.scope,
    incarnation: header.incarnation,
    position: header.position,
    previous: header.previous,
    acting: header.acting,
    kinds: [...body.kinds],
    roles: [...new Set(attests.map(({ address }) => (typeof address === "string" ? address : "\0")))],
    tag: header.tag,
    lastTag: nextTag(header.tag, body.forms.length - 1),
    time: header.time,
    distances: references.some(({ source }) => typeof source === "number" && source > 0),
  };
}

/** Which sets are held. */
export interface Holdings {
  readonly facts: Lookup;
  /** Whether the set and all its ancestors are held. */
  whole(setId: Hex): boolean;
  /** Whether every predecessor is held, in the scope of the set, with all its ancestors. */
  wholeBefore(facts: Facts): boolean;
}

/** The predecessors that are held. One in another scope is as good as not held: a replica of one scope cannot tell. */
export function before(facts: Facts, lookup: Lookup): Facts[] {
  return held(facts.previous, lookup).filter((known) => known.scope === facts.scope);
}

function held(ids: Iterable<Hex>, lookup: Lookup): Facts[] {
  return [...ids].map(lookup).filter((known) => known !== undefined);
}

/** The held ones of the tips and all held sets of their key and scope that can be reached back from them. */
export function ancestors(tips: Iterable<Hex>, lookup: Lookup): Set<Hex> {
  const found = new Set<Hex>();
  const todo = held(tips, lookup);
  for (let facts = todo.pop(); facts !== undefined; facts = todo.pop()) {
    if (found.has(facts.id)) continue;
    found.add(facts.id);
    const { key } = facts;
    todo.push(...before(facts, lookup).filter((known) => known.key === key));
  }
  return found;
}

/** The ids that are named, or met on the way back from the named, and are not held. */
export function missing(named: Iterable<Hex>, lookup: Lookup): Set<Hex> {
  const ids = [...named];
  const reached = ancestors(ids, lookup);
  const met = [...ids, ...held(reached, lookup).flatMap((known) => known.previous)];
  return new Set(met.filter((id) => !reached.has(id)));
}

/** The tips and their ancestors, less the bases and theirs. */
export function run(tips: Iterable<Hex>, bases: Iterable<Hex>, lookup: Lookup): Set<Hex> {
  const found = ancestors(tips, lookup);
  for (const id of ancestors(bases, lookup)) found.delete(id);
  return found;
}

/** Whether the predecessors fit the set; until all of them are held, nothing is said (SPEC L1). */
export function chainHolds(facts: Facts, lookup: Lookup): boolean {
  const known = before(facts, lookup);
  if (known.length < facts.previous.length || known.length === 0) return true;
  return (
    known.every((each) => each.key === facts.key && each.incarnation <= facts.incarnation) &&
    Math.max(...known.map((each) => each.position)) + 1 === facts.position
  );
}

/** The ids of complete sets that no complete set follows, in ascending order. */
export function tips(sets: Iterable<Facts>, complete: (setId: Hex) => boolean): Hex[] {
  const whole = [...sets].filter((known) => complete(known.id));
  const followed = new Set(whole.flatMap((known) => known.previous));
  return whole
    .map((known) => known.id)
    .filter((id) => !followed.has(id))
    .sort();
}

/** Groups of two or more sets of one log that share a predecessor, or all have none: ascending ids (SPEC L2). */
export function forks(sets: Iterable<Facts>): Hex[][] {
  const followers = new Map<string, Set<Hex>>();
  for (const known of sets) {
    for (const previous of known.previous.length > 0 ? known.previous : [""]) {
      const place = `${logOf(known)}.${previous}`;
      followers.set(place, (followers.get(place) ?? new Set()).add(known.id));
    }
  }
  const groups = [...followers.values()].filter((group) => group.size > 1).map((group) => [...group].sort());
  return [...new Map(groups.map((group) => [group.join(), group])).values()].sort();
}

/** The ancestor in the same log `distance` positions before the set; undefined past a gap or a join (SPEC O6). */
export function ancestorAt(facts: Facts, distance: number, lookup: Lookup): Hex | undefined {
  const wanted = facts.position - distance;
  const log = logOf(facts);
  let current: Facts | undefined = facts;
  while (current !== undefined && current.position > wanted) {
    const same: Facts[] = before(current, lookup).filter((known) => logOf(known) === log);
    current = same.length === 1 && current.previous.length === 1 ? same[0] : undefined;
  }
  return current?.position === wanted ? current && id16(current.id) : undefined;
}
