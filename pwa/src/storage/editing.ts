/**
 * A record that a person has open: it remembers what it showed, so that a save replaces exactly that (SPEC O11).
 *
 * While it is open its `state` changes by its own saves only. What arrives meanwhile from others is not superseded by a save
 * of this form, because its author has not seen it: it shows as a conflict afterwards.
 */

import { type Address, type Preimage, recordId, slotKey } from "../protocol/body.ts";
import { type Hex, sameBytes, unhex } from "../protocol/bytes.ts";
import { encode, type Value } from "../protocol/canonical.ts";
import { type Live, placesOf, type RecordState } from "../protocol/merge.ts";
import * as op from "../protocol/operations.ts";
import { coversNow, rowOf } from "../protocol/reading.ts";
import { type Draft, normal, type PendingSave, type Target, targetIn } from "./drafts.ts";
import { PhoneError } from "./phone.ts";
import type { Part, Replica } from "./replica.ts";
import { plainState, stateOf } from "./replica-store.ts";
import { type PlainValue, plainValue, valueOfPlain } from "./tables.ts";

/** Something entered and not saved yet. */
export interface Change {
  readonly kind: number;
  readonly address: Address;
  readonly value: Value;
}

/** A session as JSON can hold it: what the form showed, what its save will supersede, what is entered. */
export interface PlainSession {
  readonly scope: Hex;
  readonly record: Hex | Preimage;
  readonly state: ReturnType<typeof plainState>;
  readonly seen: ReturnType<typeof plainState>;
  readonly changes: readonly (readonly [number, Address, PlainValue])[];
}

/** What a save will do, made out before it is durable. */
interface Made {
  readonly drafts: Draft[];
  readonly lives: Live[];
  readonly view: Map<string, Live[]>;
}

export class FormSession {
  readonly scope: Hex;
  readonly record: Hex | Preimage;
  readonly id: Hex;
  readonly form: Hex;
  /** What the form shows: the record as it was when it was opened, and own saves since. */
  state: RecordState;
  changes: Change[] = [];
  readonly #personal: boolean;
  /** What was ever shown, by slot. */
  #seen: Map<string, Live[]>;

  /**
   * @param record its id; the first time, for a derived id, its preimage.
   * @param personal the form has a field marked personal: values get a salt.
   */
  constructor(replica: Replica, scope: Hex, record: Hex | Preimage, form: Hex, personal: boolean) {
    [this.scope, this.record, this.form, this.#personal] = [scope, record, form, personal];
    this.id = recordId(record, scope);
    this.state = replica.state(scope, this.id);
    this.#seen = new Map([...this.state.slots].map(([slot, lives]) => [slot, [...lives]]));
  }

  /** Whether the record says something else by now than it does here. */
  isOutdated(replica: Replica): boolean {
    const identities = (state: RecordState | undefined) =>
      [...(state?.slots.values() ?? [])].flatMap((lives) => lives.map(({ identity }) => identity)).sort();
    return identities(replica.seen(this.scope, this.id)).join() !== identities(this.state).join();
  }

  toPlain(): PlainSession {
    const { scope, record, state } = this;
    const seen = { ...state, slots: this.#seen };
    const changes = this.changes.map(
      ({ kind, address, value }) => [kind, address, plainValue(value)] as const,
    );
    return { scope, record, state: plainState(state), seen: plainState(seen), changes };
  }

  /** Go on with a session that was left: what it showed then is what its save replaces. */
  resume(plain: PlainSession): this {
    this.state = stateOf(plain.state);
    this.#seen = new Map(stateOf(plain.seen).slots);
    this.changes = plain.changes.map(([kind, address, value]) => ({
      kind,
      address,
      value: valueOfPlain(value),
    }));
    return this;
  }

  // ------------------------------------------------------------------------------------------------------ enter

  /** State the value of a field, or of a cell. */
  put(address: Address, value: Value): void {
    this.#enter(op.PUT, address, value);
  }

  /** Count some up, or down, on a live tally; steps that nobody saved yet are one. */
  count(field: string, step: number): void {
    const before = this.changes.find(({ kind, address }) => kind === op.COUNT && address === field);
    const total = step + ((before?.value as number | undefined) ?? 0);
    this.changes = this.changes.filter((change) => change !== before);
    if (total !== 0) this.#enter(op.COUNT, field, total);
  }

  /** Add an element: text, bytes, or the natural key of a row. */
  add(address: Address, element: Value): void {
    const back = this.#index(op.REMOVE, address, element);
    if (back >= 0) this.changes.splice(back, 1);
    else this.#enter(op.ADD, address, element);
  }

  /** Remove an element that the form shows; rows are not removed but voided. */
  remove(address: Address, element: Value): void {
    const added = this.#index(op.ADD, address, element);
    if (added >= 0) this.changes.splice(added, 1);
    else this.#enter(op.REMOVE, address, element);
  }

  note(text: string): void {
    this.#enter(op.NOTE, "", [text, null]);
  }

  /** Hide the record, or one of its rows, as the form shows it: a change that was not seen shows it again. */
  void(reason: string, row?: readonly [field: string, row: Hex]): void {
    this.#enter(op.VOID, row === undefined ? "" : [...row, ""], reason);
  }

  restore(reason: string): void {
    this.#enter(op.RESTORE, "", reason);
  }

  /** State a verdict on exactly what the form shows, together with what is saved with it. */
  attest(role: string, verdict: string, reason: string): void {
    this.#enter(op.ATTEST, role, [verdict, reason]);
  }

  /** Say that another record is the same, or that this one moved there. */
  link(kind: string, record: Hex, scope: Hex): void {
    this.#enter(op.LINK, kind, [unhex(record), unhex(scope)]);
  }

  /** Forget what was entered for a field or cell as a value. */
  takeBack(address: Address): void {
    const slot = slotKey(op.PUT, address);
    this.changes = this.changes.filter(
      (change) => change.kind !== op.PUT || slotKey(change.kind, change.address) !== slot,
    );
  }

  /** Keep a change; a second one of the same slot replaces the first, which nobody has saved. */
  #enter(kind: number, given: Address, value: Value): void {
    const address = normal(given as Value) as Address;
    const change = { kind, address, value: normal(value) };
    if (op.SUPERSEDES.has(kind) && kind !== op.REMOVE) {
      const slot = slotKey(kind, address);
      this.changes = this.changes.filter((each) => slotKey(each.kind, each.address) !== slot);
    }
    this.changes.push(change);
  }

  #index(kind: number, address: Address, element: Value): number {
    const slot = slotKey(kind, address);
    return this.changes.findIndex(
      (change) =>
        change.kind === kind &&
        slotKey(kind, change.address) === slot &&
        sameBytes(encode(change.value), encode(element)),
    );
  }

  // ------------------------------------------------------------------------------------------------------ show

  /** The state as it will be: what the form shows with what is entered. */
  entered(): RecordState {
    const { view } = this.#make();
    const tallies = new Map(this.state.tallies);
    this.#count(tallies);
    return { ...this.state, slots: view, tallies };
  }

  // ------------------------------------------------------------------------------------------------------- save

  /**
   * What is to be made durable, and what to do when it is. The form stays open: its next save replaces this one too.
   *
   * @throws PhoneError `invalid-save`: an element is removed that is not there.
   */
  part(): { readonly part: Part; readonly settle: (saves: readonly PendingSave[]) => void } {
    const made = this.#make();
    const { scope, form } = this;
    const settle = (saves: readonly PendingSave[]) => {
      nameBySaves(made.lives, saves);
      for (const [at, { kind, address }] of made.drafts.entries()) {
        const slot = slotKey(kind, address);
        this.#seen.set(slot, [...(this.#seen.get(slot) ?? []), made.lives[at] as Live]);
      }
      const tallies = new Map(this.state.tallies);
      this.#count(tallies);
      const preimage = typeof this.record === "string" ? this.state.preimage : this.record;
      this.state = { ...this.state, preimage, slots: made.view, tallies };
      this.changes = [];
    };
    return { part: { scope, drafts: made.drafts, form, personal: this.#personal }, settle };
  }

  /** Covering changes come last, so that they cover what is saved with them. */
  #make(): Made {
    const view = new Map([...this.state.slots].map(([slot, lives]) => [slot, [...lives]]));
    const [drafts, lives]: [Draft[], Live[]] = [[], []];
    const isLast = ({ kind }: Change) => (op.isCovering(kind) ? 1 : 0);
    for (const change of this.changes.toSorted((one, other) => isLast(one) - isLast(other))) {
      const draft = this.#draft(change, view, lives);
      const live = liveOf(draft, drafts.length);
      drafts.push(draft);
      lives.push(live);
      applyTo(view, draft, live);
    }
    return { drafts, lives, view };
  }

  #draft({ kind, address, value }: Change, view: Map<string, Live[]>, made: readonly Live[]): Draft {
    const slot = slotKey(kind, address);
    const kills = op.SUPERSEDES.get(kind) ?? [];
    const own = (view.get(slot) ?? []).filter((live) => made.includes(live));
    const known = [...(this.#seen.get(slot) ?? []), ...own];
    const superseded = known.filter((live) => {
      return (
        kills.includes(live.kind) && (kind !== op.REMOVE || sameBytes(encode(live.value), encode(value)))
      );
    });
    if (kind === op.REMOVE && superseded.length === 0) throw new PhoneError("invalid-save", String(address));
    const covers = op.isCovering(kind) ? this.#covered(kind, address, view).map(target) : [];
    return { kind, record: this.record, address, value, supersedes: superseded.map(target), covers };
  }

  #covered(kind: number, address: Address, slots: Map<string, Live[]>): readonly Live[] {
    const state = { ...this.state, slots };
    if (kind === op.ATTEST) return coversNow(state, "attest");
    if (typeof address === "string") return coversNow(state, "record");
    const [field, row] = address;
    return coversNow(state, [field, typeof row === "string" ? row : (rowOf(field, row) ?? "")]);
  }

  #count(tallies: RecordState["tallies"]): void {
    for (const { kind, address, value } of this.changes) {
      if (kind !== op.COUNT) continue;
      const slot = slotKey(kind, address);
      const { total, steps } = tallies.get(slot) ?? { total: 0, steps: 0 };
      tallies.set(slot, { total: total + (value as number), steps: steps + 1 });
    }
  }
}

/** Give new operations the names that they keep. */
function nameBySaves(lives: readonly Live[], saves: readonly PendingSave[]): void {
  const targets = saves.flatMap((save) => save.drafts.map((_, at) => targetIn(save, at)));
  for (const [at, live] of lives.entries()) {
    const { source, at: index, identity } = targets[at] as Target;
    const covers = live.covers.map((cover) => {
      if (cover.set16 !== "") return cover;
      const covered = targets[cover.index] as Target;
      return { set16: covered.source, index: covered.at };
    });
    Object.assign(live, { set16: source, index, identity, covers });
  }
}

function liveOf({ kind, value, covers }: Draft, index: number): Live {
  const covered = covers.map(({ source, at }) => ({ set16: source, index: at }));
  // No identity yet: what is new stands behind all that has one.
  const identity = `~${String(index).padStart(4, "0")}`;
  return { kind, set16: "", identity, index, ordinal: 0, value, also: [], covers: covered };
}

/** What merging the draft will do to the slots (SPEC O8, O9). */
function applyTo(view: Map<string, Live[]>, { kind, address, supersedes }: Draft, live: Live): void {
  if (kind === op.COUNT) return;
  const slot = slotKey(kind, address);
  const gone = new Set(supersedes.map(({ source, at }) => `${source}.${at}`));
  const left = (view.get(slot) ?? []).filter(
    (each) => !placesOf(each).some(({ set16, index }) => gone.has(`${set16}.${index}`)),
  );
  view.set(slot, kind === op.REMOVE ? left : [...left, live]);
}

function target({ set16, index, ordinal, identity }: Live): Target {
  return { source: set16, at: index, ordinal, identity };
}
