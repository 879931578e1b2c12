/** The desk of the person who is signed in: what the screens read of a replica, and what they do with it. */

import type { Preimage } from "../protocol/body.ts";
import { type Hex, hex } from "../protocol/bytes.ts";
import type { Value } from "../protocol/canonical.ts";
import { Book } from "../protocol/definitions/book.ts";
import { derivedFrom, type Form } from "../protocol/definitions/forms.ts";
import { fingerprint, ID16, REPORTS, RESTRICTED, scopeOf } from "../protocol/ids.ts";
import * as op from "../protocol/operations.ts";
import * as reading from "../protocol/reading.ts";
import { roleOf } from "./drafts.ts";
import { dutiesOf } from "./duties.ts";
import { FormSession } from "./editing.ts";
import { NO_JOURNAL } from "./journal.ts";
import { type Entered, OpenForm, type Surface } from "./open-form.ts";
import type * as phone from "./phone.ts";
import { PhoneError } from "./phone.ts";
import type { Replica } from "./replica.ts";
import { type Found, type Part, Shelf } from "./shelf.ts";
import * as views from "./views.ts";

/** Which role says which verdict; a commune head may return too, in the role of confirming. */
const ROLES = { [op.CONFIRMED]: op.CONFIRM, [op.APPROVED]: op.APPROVE, [op.RETURNED]: op.APPROVE } as const;
/** For so long a first look at many reports keeps the screen waiting. */
const SLICE_S = 0.02;

/** What a desk leaves to others: the exchange, carrying, the PIN. */
export interface Outside {
  elapsed(): number;
  wait(seconds: number): Promise<void>;
  sync(
    replica: Replica,
    watch: (progress: phone.SyncProgress) => void,
    stop: AbortSignal,
  ): Promise<phone.SyncReport>;
  exportBundle(replica: Replica, unsentOnly: boolean): Promise<phone.Exported>;
  importBundle(replica: Replica, data: Uint8Array): Promise<phone.Imported>;
  changePin(old: string, pin: string): Promise<void>;
}

export class OpenDesk implements phone.Desk, Surface {
  readonly place: number;
  readonly replica: Replica;
  readonly practice: boolean;
  readonly #outside: Outside;
  readonly #watchers = new Set<() => void>();
  #book: readonly [people: unknown, book: Book] | null = null;
  #shelf: Shelf | null = null;
  #steps = -1;
  /** What was asked since the last change. */
  #known = new Map<string, unknown>();
  #syncing: { readonly report: Promise<phone.SyncReport>; readonly stop: AbortController } | null = null;

  constructor(place: number, replica: Replica, outside: Outside, practice = false) {
    [this.place, this.replica, this.#outside, this.practice] = [place, replica, outside, practice];
    replica.changed = () => this.#tell();
  }

  /** Look at everything for the first time, a little at a time. */
  async lookAround(): Promise<void> {
    const shelf = new Shelf(this.replica, this.book);
    let began = this.#outside.elapsed();
    for (const _ of shelf.updating()) {
      if (this.#outside.elapsed() - began < SLICE_S) continue;
      await this.#outside.wait(0);
      began = this.#outside.elapsed();
    }
    shelf.reports(); // sorted before anybody looks
    this.#shelf = shelf;
    this.#steps = this.replica.steps;
  }

  subscribe(changed: () => void): phone.Unsubscribe {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  #tell(): void {
    this.#known = new Map();
    for (const watcher of this.#watchers) watcher();
  }

  // -------------------------------------------------------------------------------------------------------- read

  get person(): phone.Person {
    return this.replica.people.person(this.replica.key, this.unit);
  }

  get fingerprint(): string {
    return fingerprint(this.replica.key);
  }

  get unit(): Hex {
    return this.replica.deployment.unit;
  }

  get book(): Book {
    const { people, ledger } = this.replica;
    if (this.#book?.[0] !== people) this.#book = [people, new Book(ledger)];
    return this.#book[1];
  }

  shelf(): Shelf {
    const { book } = this;
    if (this.#shelf?.book !== book) [this.#shelf, this.#steps] = [new Shelf(this.replica, book), -1];
    if (this.#steps !== this.replica.steps) this.#shelf.update();
    this.#steps = this.replica.steps;
    return this.#shelf;
  }

  units(): readonly Hex[] {
    const { ledger } = this.replica;
    const view = ledger.view(this.unit);
    const below = [...ledger.book.units()].filter(
      (unit) => unit !== this.unit && view.inside(unit, this.unit),
    );
    return [this.unit, ...below];
  }

  reports(): readonly phone.Report[] {
    return this.shelf().reports();
  }

  report(id: Hex): phone.Report | undefined {
    return this.shelf().found(id)?.report;
  }

  siteName(site: Hex): string {
    return this.shelf().siteName(site);
  }

  sites(unit: Hex, kind?: string): readonly Hex[] {
    return this.shelf().sites(unit, kind);
  }

  duties(unit: Hex, today: string, back?: number): readonly phone.Duty[] {
    return this.#once(`duties ${unit} ${today} ${back}`, () => dutiesOf(this.shelf(), unit, today, back));
  }

  counts(): phone.Counts {
    return this.#once("counts", () => views.countsOf(this.replica, this.shelf()));
  }

  conflicts(): readonly phone.Conflict[] {
    return this.#once("conflicts", () => views.conflictsIn(this.replica, this.shelf()));
  }

  history(report: Hex): readonly phone.HistoryEntry[] {
    return views.historyOf(this.replica, this.shelf(), this.#found(report));
  }

  reviews(report: Hex): readonly phone.Review[] {
    return views.reviewsOf(this.replica, this.#found(report));
  }

  waiting(): readonly phone.WaitingSet[] {
    return views.waitingIn(this.replica);
  }

  get contact(): phone.Contact {
    return this.replica.hub.meeting;
  }

  may(unit: Hex, kind: number, role?: string): boolean {
    const { people, key } = this.replica;
    return [REPORTS, RESTRICTED].some(
      (each) => people.allowing(key, scopeOf(each, unit), kind, role ?? null).size > 0,
    );
  }

  /** What screens ask again and again between two changes. */
  #once<T>(question: string, answer: () => T): T {
    const known = this.#known;
    if (!known.has(question)) known.set(question, answer());
    return known.get(question) as T;
  }

  #found(report: Hex): Found {
    const found = this.shelf().found(report);
    if (found === undefined) throw new PhoneError("unknown", report);
    return found;
  }

  // ----------------------------------------------------------------------------------------------------- fill in

  randomId(): Hex {
    return hex(this.replica.chance.random(ID16));
  }

  async fill(form: Hex, about: phone.About): Promise<phone.Filling> {
    const known = this.#form(form);
    const open = new OpenForm(this, known, about, this.#recordFor(known, about));
    return this.#resumed(open.id) ?? open;
  }

  /** The record of a report that may not exist yet. */
  #recordFor(form: Form, about: phone.About): Hex | Preimage {
    try {
      return derivedFrom(form, about) ?? this.randomId();
    } catch (error) {
      if (error instanceof RangeError) throw new PhoneError("unknown", error.message);
      throw error;
    }
  }

  async open(report: Hex): Promise<phone.Filling> {
    const resumed = this.#resumed(report);
    if (resumed !== undefined) return resumed;
    const { form, preimage, main, report: known } = this.#found(report);
    if (form === null) throw new PhoneError("unknown", known.family);
    return new OpenForm(this, form, aboutOf(known), preimage ?? main.id);
  }

  /** The form that was left with something entered. */
  #resumed(report: Hex): OpenForm | undefined {
    const entered = this.replica.entered.get(report) as Entered | undefined;
    if (entered === undefined) return undefined;
    const { record } = entered.open;
    return new OpenForm(this, this.#form(entered.form), entered.about, record).resume(entered);
  }

  #form(id: Hex): Form {
    const found = this.book.forms.get(id)?.[0]?.definition;
    if (found === undefined) throw new PhoneError("unknown", id);
    return found;
  }

  drafts() {
    const entered = this.replica.entered.entries() as [Hex, Entered][];
    return entered
      .map(([report, { about, form, changed }]) => ({ report, about, form, changed }))
      .sort((one, other) => other.changed - one.changed);
  }

  async zero(form: Hex, about: phone.About): Promise<phone.Saved> {
    const filling = await this.fill(form, about);
    filling.declareZero();
    return filling.save();
  }

  // ------------------------------------------------------------------------------------------------------ decide

  async resolve(conflict: phone.Conflict, value: Value): Promise<void> {
    const { part, slot } = conflict as views.PlacedConflict;
    if (conflict.kind !== "value") throw new PhoneError("unknown", conflict.id);
    const session = this.#session(this.#found(conflict.report.id), part);
    session.put(views.addressIn(slot), value);
    await this.#save([session]);
  }

  async review(report: Hex, verdict: "confirmed" | "approved" | "returned", reason = ""): Promise<void> {
    const found = this.#found(report);
    const sessions = this.#shelfParts(found).map((part) => this.#session(found, part));
    const said = sessions.filter((session) => reading.coversNow(session.state, "attest").length > 0);
    for (const session of said) session.attest(this.#role(session.scope, verdict), verdict, reason);
    await this.#save(said);
  }

  #role(scope: Hex, verdict: keyof typeof ROLES): string {
    const { people, key } = this.replica;
    const may = (role: string) => people.allowing(key, scope, op.ATTEST, role).size > 0;
    const role = ROLES[verdict];
    return verdict === op.RETURNED && !may(role) ? op.CONFIRM : role;
  }

  async void(report: Hex, reason: string): Promise<void> {
    await this.#onParts(report, (session) => session.void(reason));
  }

  async restore(report: Hex, reason: string): Promise<void> {
    await this.#onParts(report, (session) => session.restore(reason));
  }

  async note(report: Hex, text: string): Promise<void> {
    const found = this.#found(report);
    const session = this.#session(found, found.main);
    session.note(text);
    await this.#save([session]);
  }

  async #onParts(report: Hex, enter: (session: FormSession) => void): Promise<void> {
    const found = this.#found(report);
    const sessions = this.#shelfParts(found).map((part) => this.#session(found, part));
    for (const session of sessions) enter(session);
    await this.#save(sessions);
  }

  async move(report: Hex, about: phone.About, reason: string): Promise<phone.Saved> {
    const { moved } = await import("./moving.ts");
    const found = this.#found(report);
    const { form } = found;
    if (form === null) throw new PhoneError("unknown", found.report.family);
    const target = new OpenForm(this, form, about, this.#recordFor(form, about));
    if (this.shelf().found(target.id) !== undefined) throw new PhoneError("already-here", target.id);
    const old = this.#shelfParts(found).map((part) => this.#session(found, part));
    const sessions = moved(old, target, found, reason);
    await this.#save(sessions);
    return { report: target.id };
  }

  #shelfParts(found: Found): Part[] {
    return this.shelf().parts(found);
  }

  #session(found: Found, { scope, id }: Part): FormSession {
    const personal = found.form?.fields.some((field) => field.personal) ?? false;
    return new FormSession(this.replica, scope, found.preimage ?? id, found.formId, personal);
  }

  /** Make durable what several sessions state, with one stroke. */
  async #save(sessions: readonly FormSession[]): Promise<void> {
    for (const session of sessions) this.checkAllowed(session);
    const parts = sessions.map((session) => session.part().part);
    if (parts.length === 0) throw new PhoneError("nothing-to-save");
    await this.replica.save(parts);
  }

  checkAllowed({ scope, changes }: FormSession): void {
    const { people, key } = this.replica;
    for (const change of changes) {
      const role = roleOf({ ...change, record: "", supersedes: [], covers: [] });
      if (people.allowing(key, scope, change.kind, role).size === 0)
        throw new PhoneError("not-allowed", String(change.kind));
    }
  }

  // ------------------------------------------------------------------------------------------------------- carry

  async sync(watch: (progress: phone.SyncProgress) => void = () => undefined): Promise<phone.SyncReport> {
    this.#keptOnly();
    if (this.#syncing === null) {
      const stop = new AbortController();
      const report = this.#outside.sync(this.replica, watch, stop.signal).finally(() => {
        this.#syncing = null;
        this.#tell();
      });
      this.#syncing = { report, stop };
      this.#tell();
    }
    return this.#syncing.report;
  }

  stopSync(): void {
    this.#syncing?.stop.abort();
  }

  async seal(): Promise<void> {
    await this.replica.seal();
  }

  async exportBundle(unsentOnly = false): Promise<phone.Exported> {
    this.#keptOnly();
    return this.#outside.exportBundle(this.replica, unsentOnly);
  }

  async importBundle(data: Uint8Array): Promise<phone.Imported> {
    this.#keptOnly();
    return this.#outside.importBundle(this.replica, data);
  }

  async changePin(old: string, pin: string): Promise<void> {
    this.#keptOnly();
    return this.#outside.changePin(old, pin);
  }

  async practise(): Promise<phone.Desk> {
    return new OpenDesk(this.place, this.replica.copy(NO_JOURNAL), this.#outside, true);
  }

  #keptOnly(): void {
    if (this.practice) throw new PhoneError("practice");
  }

  /** End what is on its way and wait for it. */
  async close(): Promise<void> {
    this.stopSync();
    await this.#syncing?.report;
    this.#watchers.clear();
  }
}

/** What a report is about. */
function aboutOf({ unit, site, directive, period }: phone.Report): phone.About {
  return { unit, site, directive, period };
}
