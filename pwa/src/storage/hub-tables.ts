/**
 * What servers said: where the hub placed which set, its receipts and checkpoints, how far it has been read.
 *
 * Rows, not rules. What is changed here is written with the step in which it was changed.
 */

import { type Hex, hex, unhex } from "../protocol/bytes.ts";
import type { SetBytes } from "../protocol/envelope.ts";
import type { Checkpoint, Receipt, Signed } from "../protocol/statements.ts";
import { type Bookmark, type KnownRoot, NOTHING_READ } from "./bookmark.ts";
import { json, type Table, type Tables } from "./tables.ts";

/** How many checkpoints are remembered; a request after `heal` names all of them. */
export const CHECKPOINTS_KEPT = 64;
/** The sequence of a set that the hub says it holds, until it says where. */
export const PLACE_UNKNOWN = -1;

/** The hub's word on a set: its epoch, the set's place in hub order, when it came (seconds). */
export interface Placed {
  readonly epoch: number;
  readonly sequence: number;
  readonly received: number;
}

/** How far a set is: where it is placed, when it was received first, whether others vouch for that, when it was carried. */
interface Standing {
  readonly placed: Placed | null;
  readonly received: number | null;
  readonly vouched: boolean;
  readonly carried: number | null;
}
const NOWHERE: Standing = { placed: null, received: null, vouched: false, carried: null };

/** A set whose key is not known yet: not verified, not held, not lost. */
export interface Aside {
  readonly key: Hex;
  readonly parts: SetBytes;
  readonly placed: Placed | null;
}

/** A heal: the hub's epoch then, when it was (seconds), and the size of the log up to which nothing was lost. */
export interface Healed {
  readonly epoch: number;
  readonly time: number;
  readonly size: number;
}

interface KeptReceipt {
  readonly time: number;
  readonly signed: Signed;
  readonly ids: readonly Hex[];
}
interface KeptCheckpoint extends KnownRoot {
  readonly time: number;
  readonly signed: Signed;
}
interface Meeting {
  readonly last: number | null;
  readonly clockAhead: number | null;
}

/** What is remembered of the hub as a whole. */
interface Memory {
  readonly bookmark: Bookmark;
  /** Scopes that lag behind the cursor, and up to where they have been read. */
  readonly catchingUp: Readonly<Record<Hex, number>>;
  readonly heals: readonly Healed[];
  /** Origins at which the hub has proven its key. */
  readonly proven: readonly string[];
  readonly meeting: Meeting;
  /** What was delivered and could not be taken. */
  readonly passedOver: number;
}
const NO_MEMORY: Memory = {
  bookmark: NOTHING_READ,
  catchingUp: {},
  heals: [],
  proven: [],
  meeting: { last: null, clockAhead: null },
  passedOver: 0,
};
const MEMORY = "hub";

type PlainSigned = readonly [data: Hex, signature: Hex];
const plainSigned = ({ data, signature }: Signed): PlainSigned => [hex(data), hex(signature)];
const signedOf = ([data, signature]: PlainSigned): Signed => ({
  data: unhex(data),
  signature: unhex(signature),
});
const withSigned = <T extends { readonly signed: Signed }>() =>
  json<T, Omit<T, "signed"> & { signed: PlainSigned }>(
    (kept) => ({ ...kept, signed: plainSigned(kept.signed) }),
    (plain) => ({ ...plain, signed: signedOf(plain.signed) }) as unknown as T,
  );
const asideCodec = json<Aside, Omit<Aside, "parts"> & { parts: Record<keyof SetBytes, Hex> }>(
  ({ parts, ...aside }) => ({
    ...aside,
    parts: {
      header: hex(parts.header),
      signature: hex(parts.signature),
      structure: hex(parts.structure),
      values: hex(parts.values),
    },
  }),
  ({ parts, ...aside }) => ({
    ...aside,
    parts: {
      header: unhex(parts.header),
      signature: unhex(parts.signature),
      structure: unhex(parts.structure),
      values: unhex(parts.values),
    },
  }),
);

export class HubTables {
  readonly #standings: Table<Standing>;
  readonly #receipts: Table<KeptReceipt>;
  readonly #checkpoints: Table<KeptCheckpoint>;
  readonly #asides: Table<Aside>;
  readonly #memory: Table<Memory>;

  constructor(tables: Tables) {
    this.#standings = tables.table("o", json<Standing>());
    this.#receipts = tables.table("c", withSigned<KeptReceipt>());
    this.#checkpoints = tables.table("k", withSigned<KeptCheckpoint>());
    this.#asides = tables.table("a", asideCodec);
    this.#memory = tables.table("b", json<Memory>());
  }

  // -------------------------------------------------------------------------------------------------- placement

  #standing(setId: Hex): Standing {
    return this.#standings.get(setId) ?? NOWHERE;
  }

  /** The hub holds these sets. */
  place(placed: ReadonlyMap<Hex, Placed>): void {
    for (const [id, where] of placed) {
      const before = this.#standing(id);
      const received = Math.min(before.received ?? where.received, where.received);
      this.#standings.put(id, { ...before, placed: where, received });
    }
  }

  /** The hub does not hold these sets any more. */
  unplace(ids: Iterable<Hex>): void {
    for (const id of ids) this.#standings.put(id, { ...this.#standing(id), placed: null });
  }

  /** A receipt that came another way than from the hub itself says that it holds these sets. */
  vouch(ids: Iterable<Hex>): void {
    for (const id of ids) this.#standings.put(id, { ...this.#standing(id), vouched: true });
  }

  /** The hub received these sets once, whether it holds them still or not. */
  noteReceived(ids: Iterable<Hex>, received: number): void {
    for (const id of ids) {
      const before = this.#standing(id);
      this.#standings.put(id, { ...before, received: Math.min(before.received ?? received, received) });
    }
  }

  /** The hub lost some of its log: what others say of it is out of date. */
  forgetVouching(): void {
    for (const [id, standing] of this.#standings.entries()) {
      if (standing.vouched) this.#standings.put(id, { ...standing, vouched: false });
    }
  }

  /** Somebody else holds these sets. */
  markCarried(ids: Iterable<Hex>, time: number): void {
    for (const id of ids) {
      const before = this.#standing(id);
      if (before.carried === null) this.#standings.put(id, { ...before, carried: time });
    }
  }

  /** Whether the hub holds a set as far as is known here. */
  isReceived(setId: Hex): boolean {
    const { placed, vouched } = this.#standing(setId);
    return placed !== null || vouched;
  }

  isCarried(setId: Hex): boolean {
    return this.#standing(setId).carried !== null;
  }

  /** Where a set stands at the hub by its own word. */
  placed(setId: Hex): Placed | null {
    return this.#standing(setId).placed;
  }

  /** The earliest known time at which the hub received a set, also if it has lost it since. */
  receivedAt(setId: Hex): number | null {
    return this.#standing(setId).received;
  }

  // --------------------------------------------------------------------------------------------------- receipts

  /** Keep a verified receipt and the sets that it names. */
  keepReceipt(receipt: Receipt, signed: Signed, ids: readonly Hex[]): void {
    const name = receipt.requestDigest;
    const known = this.#receipts.get(name);
    const named = [...new Set([...(known?.ids ?? []), ...ids])];
    if (known === undefined || named.length > known.ids.length) {
      this.#receipts.put(name, { time: receipt.time, signed: known?.signed ?? signed, ids: named });
    }
  }

  /** The kept receipts, oldest first. */
  receipts(): Signed[] {
    return this.#receipts
      .entries()
      .sort(([one, a], [other, b]) => a.time - b.time || (one < other ? -1 : 1))
      .map(([, { signed }]) => signed);
  }

  // ------------------------------------------------------------------------------------------------ checkpoints

  /** Keep a verified checkpoint, and thin out the old ones. */
  remember({ size, root, time }: Checkpoint, signed: Signed): void {
    const name = `${size}.${root}`;
    if (!this.#checkpoints.has(name)) this.#checkpoints.put(name, { size, root, time, signed });
    const known = this.checkpoints();
    for (const at of thinned(known.map((each) => each.size))) {
      const dropped = known[at] as KnownRoot;
      this.#checkpoints.delete(`${dropped.size}.${dropped.root}`);
    }
  }

  /** The remembered sizes and roots, smallest first. */
  checkpoints(): KnownRoot[] {
    return this.#checkpoints
      .values()
      .map(({ size, root }) => ({ size, root }))
      .sort((one, other) => one.size - other.size || (one.root < other.root ? -1 : 1));
  }

  /** The latest time (seconds) of a kept receipt or checkpoint; 0 without any. */
  newestTime(): number {
    const times = [...this.#receipts.values(), ...this.#checkpoints.values()].map(({ time }) => time);
    return Math.max(0, ...times);
  }

  // ----------------------------------------------------------------------------------------------------- memory

  get #all(): Memory {
    return this.#memory.get(MEMORY) ?? NO_MEMORY;
  }

  #change(change: Partial<Memory>): void {
    this.#memory.put(MEMORY, { ...this.#all, ...change });
  }

  get bookmark(): Bookmark {
    return this.#all.bookmark;
  }

  set bookmark(bookmark: Bookmark) {
    this.#change({ bookmark });
  }

  get catchingUp(): ReadonlyMap<Hex, number> {
    return new Map(Object.entries(this.#all.catchingUp));
  }

  set catchingUp(cursors: ReadonlyMap<Hex, number>) {
    this.#change({ catchingUp: Object.fromEntries(cursors) });
  }

  get heals(): readonly Healed[] {
    return this.#all.heals;
  }

  set heals(heals: readonly Healed[]) {
    this.#change({ heals });
  }

  /** How this phone and the hub last met. */
  get meeting(): Meeting {
    return this.#all.meeting;
  }

  set meeting(meeting: Meeting) {
    this.#change({ meeting });
  }

  isProven(origin: string): boolean {
    return this.#all.proven.includes(origin);
  }

  /** The hub has proven its key at an origin. */
  prove(origin: string): void {
    this.#change({ proven: [...new Set([...this.#all.proven, origin])] });
  }

  /** What answers at an origin is not the hub any more, or not alone. */
  doubt(origin: string): void {
    this.#change({ proven: this.#all.proven.filter((each) => each !== origin) });
  }

  // ------------------------------------------------------------------------------------------------------ aside

  /** Keep a set that cannot be verified yet. */
  putAside(setId: Hex, aside: Aside): void {
    if (!this.#asides.has(setId)) this.#asides.put(setId, aside);
  }

  /** The sets that cannot be verified yet. */
  asides(): Aside[] {
    return this.#asides.values();
  }

  /** The keys of the sets that cannot be verified yet. */
  asideKeys(): Set<Hex> {
    return new Set(this.#asides.values().map(({ key }) => key));
  }

  /** Take out the sets of a key that is known now. */
  takeAside(key: Hex): Aside[] {
    const found = this.#asides.entries().filter(([, aside]) => aside.key === key);
    for (const [id] of found) this.#asides.delete(id);
    return found.map(([, aside]) => aside);
  }

  /** Note something that was delivered and could not be taken. */
  passOver(): void {
    this.#change({ passedOver: this.#all.passedOver + 1 });
  }

  /** How many sets lie aside, and how many deliveries were passed over. */
  leftOut(): readonly [aside: number, passedOver: number] {
    return [this.#asides.size, this.#all.passedOver];
  }
}

/** Which of ascending sizes to drop so that `keep` are left: near the newest they lie close, far back wide apart. */
export function thinned(sizes: readonly number[], keep = CHECKPOINTS_KEPT): number[] {
  const left = sizes.map((size, at) => ({ size, at }));
  const dropped: number[] = [];
  while (left.length > Math.max(keep, 2)) {
    const newest = (left.at(-1) as { size: number }).size;
    const closeness = (place: number) => {
      const [before, self, after] = left.slice(place - 1, place + 2) as [Sized, Sized, Sized];
      return (after.size - before.size) / (newest - self.size + 1);
    };
    let closest = 1;
    for (let place = 2; place < left.length - 1; place++) {
      if (closeness(place) < closeness(closest)) closest = place;
    }
    dropped.push(...left.splice(closest, 1).map(({ at }) => at));
  }
  return dropped;
}

type Sized = { readonly size: number; readonly at: number };
