/**
 * The phone as its screens see it: who works on it, and the desk of the person who is signed in.
 *
 * Reading is immediate: what a desk holds lies in memory while it is open. Writing takes a promise, which comes true when
 * the thing is on the disk and not before. `subscribe` says that something changed; what, is read again. Nothing here has
 * words for people: errors and states have stable codes, and the words stand in `i18n`.
 */

import type { Hex } from "../protocol/bytes.ts";
import type { Value } from "../protocol/canonical.ts";
import type { Book } from "../protocol/definitions/book.ts";
import type { Filling, Saved } from "./filling.ts";
import type {
  About,
  Conflict,
  Counts,
  Duty,
  HistoryEntry,
  Person,
  Report,
  Review,
  WaitingSet,
} from "./shown.ts";

export type * from "./filling.ts";
export type * from "./shown.ts";

/** What a callback is taken back by. */
export type Unsubscribe = () => void;

// ------------------------------------------------------------------------------------------------------- the phone

/** Somebody with a desk on this phone. Only the name lies in the clear. */
export interface PersonHere {
  /** Names the desk on this phone and nowhere else. */
  readonly place: number;
  readonly name: string;
  /** Wrong PINs that may still be tried; 0 is a desk that only the district can open again. */
  readonly triesLeft: number;
}

/** What came of a PIN. */
export type Unlocked =
  | { readonly desk: Desk }
  /** Wrong; so many tries are left. At 0 the desk stays shut until the district helps; nothing is erased. */
  | { readonly triesLeft: number };

/** An invitation that was read and that the hub knows. */
export interface Invitation {
  /** For whom the officer made it; may be empty. */
  readonly person: string;
  readonly label: string;
  readonly unit: Hex;
  /** The unit's name, as far as the hub's answer says it. */
  readonly unitName: string;
  /** Until when it may be used, in seconds. */
  readonly expiry: number;
  /** Make the key, ask for the certificate, keep all of it under the PIN; the desk is open then, and was not synced. */
  accept(pin: string): Promise<Desk>;
}

/** What the browser gives and keeps. Bytes; null where it does not say. */
export interface StorageRoom {
  readonly used: number | null;
  readonly quota: number | null;
  /** Whether the browser promised not to evict. */
  readonly persistent: boolean;
}

/** PINs that are refused when they are chosen. */
export const PIN_DIGITS_MIN = 6;
export const PIN_TRIES = 10;

export interface Phone {
  /** The people of this phone in the order in which they came. */
  people(): readonly PersonHere[];
  /** The desk that is open. */
  readonly desk: Desk | null;
  /** Open a desk; the one that was open is closed. About a second, on purpose. */
  unlock(place: number, pin: string): Promise<Unlocked>;
  /** Seal what is saved, close the desk, forget its keys. */
  lock(): Promise<void>;
  /** Read an officer's QR code (`HD1:…`) and ask the hub about it. */
  readOffer(text: string): Promise<Invitation>;
  /** Fetch the offer of a typed code (16 letters) from the hub. */
  readCode(code: string): Promise<Invitation>;
  room(): Promise<StorageRoom>;
  /** Ask the browser not to evict; whether it promised. */
  persist(): Promise<boolean>;
  /** Something changed: who is here, whose desk is open, anything on it. */
  subscribe(changed: () => void): Unsubscribe;
}

/**
 * What can go wrong. `detail` is for the curious; `retryAfter` seconds, where a server asked for it.
 *
 * This device: `storage-full`, `storage` (the disk failed), `damaged` (a row cannot be read any more), `newer` (kept by a newer app),
 * `in-use` (another tab writes), `not-allowed` (no certificate allows it), `invalid-save`, `nothing-to-save`, `no-longer-zero`,
 * `unknown` (no such record, field, form), `bad-offer`, `offer-expired`, `offer-unknown` (used, or the hub does not know it yet),
 * `other-hub` (it is for another
 * address: `detail`), `bad-code`, `weak-pin`, `wrong-pin`, `shut` (too many wrong PINs), `already-here`, `bad-bundle`, `practice` (not in practice mode),
 * `old-browser`. The server: `wrong-server`, `broken-reply`, `rewritten-history`, `refused`, `busy`. The way there: `offline`,
 * `captive-portal`, `cut`.
 */
export class PhoneError extends Error {
  readonly code: string;
  readonly detail: string;
  readonly retryAfter: number | null;

  constructor(code: string, detail = "", retryAfter: number | null = null) {
    super(detail === "" ? code : `${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

// -------------------------------------------------------------------------------------------------------- the desk

/** Where a sync is, and how far that is: bytes up, or sets down; `total` null if unknown. */
export interface SyncProgress {
  readonly state: string;
  readonly done: number;
  readonly total: number | null;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** What a sync did. Nothing is ever lost by one that failed. */
export interface SyncReport {
  /** Everything was exchanged. */
  readonly complete: boolean;
  readonly error: PhoneError | null;
  readonly sealed: number;
  readonly received: number;
  readonly fresh: number;
  readonly requests: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** How often the hub had lost some of its log and was given it back. */
  readonly healed: number;
  /** Change sets that the hub did not take now. */
  readonly heldBack: number;
  /** Scopes whose state differs from the hub's although the sets are the same: a fault. */
  readonly diverged: readonly Hex[];
}

/** How this phone and the hub last met. Seconds; null if they never did. */
export interface Contact {
  /** By this phone's clock. */
  readonly last: number | null;
  /** How far this phone's clock was ahead of the hub's then. */
  readonly clockAhead: number | null;
}

/** What came out of a bundle. */
export interface Imported {
  readonly fresh: number;
  readonly known: number;
  readonly aside: number;
  readonly receipts: number;
  readonly damaged: number;
}

/** A bundle as bytes: `sets` is how many it holds. */
export interface Exported {
  readonly data: Uint8Array;
  readonly sets: number;
}

export interface Desk {
  readonly place: number;
  /** Who this is, as the certificate says by now. */
  readonly person: Person;
  /** 16 letters in groups of four, to be read to the officer. */
  readonly fingerprint: string;
  /** The unit of the invitation. */
  readonly unit: Hex;
  /** Whether this is a practice desk: nothing of it is kept or sent. */
  readonly practice: boolean;
  /** The definitions as they are held now: units, directives, assignments, forms, periods. */
  readonly book: Book;

  // ---- reading

  /** The person's unit and the units below it that are known. */
  units(): readonly Hex[];
  /** All reports, hidden ones too, newest first. */
  reports(): readonly Report[];
  report(id: Hex): Report | undefined;
  /** What people call a site: the first texts of its profile, or the start of its id. */
  siteName(site: Hex): string;
  /** The known sites of a unit, of one kind (`Form.subject.site`) if it is given. */
  sites(unit: Hex, kind?: string): readonly Hex[];
  /**
   * What is to be filed for a unit, the next due first: of each form that the directives assigned to it ask for (of all
   * forms of its level, if nothing was assigned to it), the period that `today` lies in and those before it that ended at
   * most `back` days ago. Events are filed as they come and are none.
   */
  duties(unit: Hex, today: string, back?: number): readonly Duty[];
  counts(): Counts;
  conflicts(): readonly Conflict[];
  history(report: Hex): readonly HistoryEntry[];
  reviews(report: Hex): readonly Review[];
  waiting(): readonly WaitingSet[];
  readonly contact: Contact;
  /** Whether the person's certificates, confirmed or not yet, allow a kind of operation (and role) in a unit. */
  may(unit: Hex, kind: number, role?: string): boolean;

  // ---- filling in

  /** Open a report, which need not exist yet, or go on with its draft. */
  fill(form: Hex, about: About): Promise<Filling>;
  /** Open a report that is there, or go on with its draft. */
  open(report: Hex): Promise<Filling>;
  /** An id for a site, or for the report of an event. */
  randomId(): Hex;
  /** The drafts that were left, newest first. */
  drafts(): readonly {
    readonly report: Hex;
    readonly about: About;
    readonly form: Hex;
    readonly changed: number;
  }[];
  /** A zero report in one tap: every stated figure without an answer is zero. */
  zero(form: Hex, about: About): Promise<Saved>;

  // ---- deciding

  /** One of the values, or another one, supersedes them all. */
  resolve(conflict: Conflict, value: Value): Promise<void>;
  /** Confirm, approve or return exactly what the report says now. */
  review(report: Hex, verdict: "confirmed" | "approved" | "returned", reason?: string): Promise<void>;
  void(report: Hex, reason: string): Promise<void>;
  restore(report: Hex, reason: string): Promise<void>;
  /** It was filed under the wrong site, period or unit: copied there, linked, and the old one voided, in one step. */
  move(report: Hex, about: About, reason: string): Promise<Saved>;
  note(report: Hex, text: string): Promise<void>;

  // ---- carrying

  /** Seal what is saved and exchange everything with the hub. Never rejects for what network or server do. */
  sync(watch?: (progress: SyncProgress) => void): Promise<SyncReport>;
  /** End a sync that is on its way; nothing is lost. */
  stopSync(): void;
  /** Seal what is saved: to be called when the app pauses. */
  seal(): Promise<void>;
  /** Everything held, or with `unsentOnly` what the hub has not acknowledged, as a bundle for any carrier. */
  exportBundle(unsentOnly?: boolean): Promise<Exported>;
  /** Take a bundle: bytes, or its base64 text as bytes. */
  importBundle(data: Uint8Array): Promise<Imported>;

  changePin(old: string, pin: string): Promise<void>;
  /** A desk with the same definitions and reports of which nothing is kept or sent. */
  practise(): Promise<Desk>;
  subscribe(changed: () => void): Unsubscribe;
}
