/**
 * From pending saves to change sets: where to cut, which place in the log, how to name what they are about. Pure.
 *
 * A set holds saves of one scope and one opening, under one certificate, within the limits (SPEC B4, B8, V2). `plan` lays
 * sets out without signing them, so that what is saved and not sealed yet can be read merged like everything else; signing
 * them is all that sealing adds.
 */

import { type Operation, type Reference, SAME_SET, type Save, slotKey } from "../protocol/body.ts";
import type { Hex } from "../protocol/bytes.ts";
import { encode } from "../protocol/canonical.ts";
import type { Header, OpenedSet } from "../protocol/envelope.ts";
import { id16, nextTag } from "../protocol/ids.ts";
import { SET_BYTES_MAX, SET_OPERATIONS_MAX, SET_REFERENCES_MAX } from "../protocol/limits.ts";
import {
  checked,
  checkValues,
  type Draft,
  isOwn,
  joined,
  layOut,
  type PendingSave,
  slotOf,
  type Target,
} from "./drafts.ts";
import { PhoneError } from "./phone.ts";

/** What 64 predecessors, the rest of a header and the signature leave. */
const CONTENT_BYTES_MAX = SET_BYTES_MAX - 4096;
/** An id16, an ordinal and their share of the columns. */
const REFERENCE_BYTES = 24;
/** Record, address and kind of one operation. */
const DRAFT_BYTES = 256;

/** The certificates under which a draft may be said. */
export type Allowing = (draft: Draft) => ReadonlySet<Hex>;

/** Where the next set of a log stands. */
export interface LogEnd {
  readonly incarnation: number;
  readonly position: number;
  readonly previous: readonly Hex[];
}

/** Where an operation stands: its set, its index there, its ordinal on its slot. */
export interface Spot {
  readonly id16: Hex;
  readonly at: number;
  readonly ordinal: number;
}

/**
 * What planning needs to know of the one who signs.
 *
 * `placeOf` tells where an operation of one's own that is sealed already stands; `positionOf` the position of a set if the
 * log leads back to it without a fork, a gap or another incarnation.
 */
export interface Author {
  readonly key: Hex;
  readonly allowing: Allowing;
  readonly placeOf: (target: Target) => Spot | undefined;
  readonly positionOf: (id16: Hex) => number | undefined;
}

/** How much of the limits something takes; `size` in bytes, an upper bound. */
interface Load {
  readonly operations: number;
  readonly references: number;
  readonly size: number;
}

function sum(one: Load, other: Load): Load {
  return {
    operations: one.operations + other.operations,
    references: one.references + other.references,
    size: one.size + other.size,
  };
}

/** Whether one set holds it. */
function fits({ operations, references, size }: Load): boolean {
  return (
    operations <= SET_OPERATIONS_MAX &&
    references <= SET_REFERENCES_MAX &&
    size + REFERENCE_BYTES * references <= CONTENT_BYTES_MAX
  );
}

function loadOf({ drafts, size }: PendingSave): Load {
  const references = drafts.reduce((total, draft) => total + referencesOf(draft), 0);
  return { operations: drafts.length, references, size };
}

function referencesOf({ supersedes, covers }: Draft): number {
  return supersedes.length + covers.length;
}

/**
 * The saves that one press of "save" makes, tried out so that sealing them cannot fail.
 *
 * @param blank a save without drafts; the first save has its tag, the next ones the tags behind it.
 * @param drafts in order; targets without a source name each other by index.
 * @throws PhoneError `nothing-to-save`, or `invalid-save` for a value that the format does not have.
 */
export function compose(
  blank: PendingSave,
  drafts: readonly Draft[],
  allowing: Allowing,
  key: Hex,
): PendingSave[] {
  checkValues(drafts);
  const load = (draft: Draft): Load => {
    return { operations: 1, references: referencesOf(draft), size: encode(draft.value).length + DRAFT_BYTES };
  };
  const parts = drafts.length > 0 ? cut(drafts, load, allowing, () => true) : [[]];
  const saves = parts.map((part, at) => ({ ...blank, tag: nextTag(blank.tag, at), drafts: part }));
  const made = joined(saves.map((save) => checked(save, key)));
  if (!made.every((save) => fits(loadOf(save)))) {
    throw new PhoneError("invalid-save", "it is about more than fits into one change set");
  }
  return made;
}

/** Cut the saves of one scope, in their order, into those that make one set each. */
function groupsOf(saves: readonly PendingSave[], allowing: Allowing): PendingSave[][] {
  const allowingAll = ({ drafts }: PendingSave) => {
    const [first = new Set<Hex>(), ...others] = drafts.map(allowing);
    return new Set([...first].filter((id) => others.every((each) => each.has(id))));
  };
  const follows = (before: PendingSave, save: PendingSave) =>
    save.opening === before.opening && save.acting === before.acting && save.tag === nextTag(before.tag, 1);
  return cut(saves, loadOf, allowingAll, follows);
}

/** Cut a sequence as late as limits, rights and order allow. What nobody allows stands apart from what somebody does. */
function cut<T>(
  items: readonly T[],
  load: (item: T) => Load,
  allowing: (item: T) => ReadonlySet<Hex>,
  follows: (before: T, next: T) => boolean,
): T[][] {
  const found: T[][] = [];
  let total: Load = { operations: 0, references: 0, size: 0 };
  let allowed: ReadonlySet<Hex> = new Set();
  for (const item of items) {
    const mine = allowing(item);
    const bigger = sum(total, load(item));
    const together: Set<Hex> = new Set([...allowed].filter((id) => mine.has(id)));
    const agree = together.size > 0 || allowed.size + mine.size === 0;
    const last = found.at(-1);
    if (last !== undefined && agree && fits(bigger) && follows(last.at(-1) as T, item)) {
      last.push(item);
      [total, allowed] = [bigger, together];
    } else {
      found.push([item]);
      [total, allowed] = [load(item), mine];
    }
  }
  return found;
}

/** Lay out the sets that the pending saves of a scope make, one after the other from the end of the log. */
export function plan(scope: Hex, saves: readonly PendingSave[], from: LogEnd, author: Author): OpenedSet[] {
  let end = from;
  const planned: OpenedSet[] = [];
  const held = new Map<Hex, readonly [OpenedSet, number]>();
  for (const group of groupsOf(saves, author.allowing)) {
    const [first, last] = [group[0] as PendingSave, group.at(-1) as PendingSave];
    const header: Header = {
      key: author.key,
      scope,
      ...end,
      time: last.time,
      tag: first.tag,
      acting: last.acting,
    };
    const naming = new Naming(scope, header, group, planned, held, author);
    const opened = layOut(
      header,
      group.map((save) => naming.save(save)),
    );
    for (const [at, save] of group.entries()) held.set(save.tag, [opened, at]);
    planned.push(opened);
    end = { incarnation: end.incarnation, position: header.position + 1, previous: [opened.id] };
  }
  return planned;
}

/** Turns the targets of one set's drafts into references. */
class Naming {
  readonly #header: Header;
  readonly #author: Author;
  readonly #held: ReadonlyMap<Hex, readonly [OpenedSet, number]>;
  /** The index of the first draft of each save, by its tag. */
  readonly #first = new Map<Hex, number>();
  readonly #slots: string[] = [];
  readonly #line: ReadonlyMap<Hex, number>;
  #at = 0;

  constructor(
    scope: Hex,
    header: Header,
    group: readonly PendingSave[],
    planned: readonly OpenedSet[],
    held: ReadonlyMap<Hex, readonly [OpenedSet, number]>,
    author: Author,
  ) {
    [this.#header, this.#author, this.#held] = [header, author, held];
    for (const save of group) {
      this.#first.set(save.tag, this.#slots.length);
      this.#slots.push(...save.drafts.map((draft) => slotOf(draft, scope)));
    }
    this.#line = new Map(planned.map((opened) => [id16(opened.id), opened.header.position]));
  }

  /** The save with references in place of targets; to be called in the order of the saves. */
  save({ form, time, salt, drafts }: PendingSave): Save {
    const operations = drafts.map(({ kind, record, address, value, supersedes, covers }): Operation => {
      const operation = {
        kind,
        record,
        address,
        value,
        supersedes: distinct(supersedes.map((target) => this.#supersede(target))),
        covers: distinct(covers.map((target) => this.#cover(target))),
      };
      this.#at += 1;
      return operation;
    });
    return { form, time, operations, salt };
  }

  #supersede(target: Target): Reference | undefined {
    const index = this.#here(target);
    if (index !== undefined) {
      if (index >= this.#at) return undefined;
      const between = this.#slots.slice(index + 1, this.#at);
      return { source: SAME_SET, at: between.filter((slot) => slot === this.#slots[index]).length };
    }
    const spot = this.#spot(target);
    return spot && { source: this.#source(spot.id16), at: spot.ordinal };
  }

  #cover(target: Target): Reference | undefined {
    const index = this.#here(target);
    if (index !== undefined) return { source: SAME_SET, at: index };
    const spot = this.#spot(target);
    return spot && { source: this.#source(spot.id16), at: spot.at };
  }

  /** The index of the target in the set that is being made. */
  #here(target: Target): number | undefined {
    const first = isOwn(target) ? this.#first.get(target.source) : undefined;
    return first === undefined ? undefined : first + target.at;
  }

  #spot(target: Target): Spot | undefined {
    if (!isOwn(target)) return { id16: target.source, at: target.at, ordinal: target.ordinal };
    const planned = this.#held.get(target.source);
    if (planned === undefined) return this.#author.placeOf(target);
    const [opened, save] = planned;
    const before = opened.body.counts.slice(0, save).reduce((total, count) => total + count, 0);
    return spotIn(opened, before + target.at);
  }

  /** The distance back in the log where that is certain, otherwise the id16. */
  #source(set16: Hex): number | Hex {
    const position = this.#line.get(set16) ?? this.#author.positionOf(set16);
    return position === undefined ? set16 : this.#header.position - position;
  }
}

/** Where the operation at an index of a set stands. */
export function spotIn(opened: OpenedSet, index: number): Spot {
  const { operations, recordIds } = opened.body;
  const slots = operations.map(({ kind, address }, at) => `${recordIds[at]} ${slotKey(kind, address)}`);
  const ordinal = slots.slice(index + 1).filter((slot) => slot === slots[index]).length;
  return { id16: id16(opened.id), at: index, ordinal };
}

function distinct(references: readonly (Reference | undefined)[]): Reference[] {
  const known = references.filter((each) => each !== undefined);
  return [...new Map(known.map((each) => [`${each.source} ${each.at}`, each])).values()];
}
