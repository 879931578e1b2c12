/** A form that a person has open on a report: the record and, for restricted fields, its twin in the restricted scope. */

import { type Address, type Preimage, recordId } from "../protocol/body.ts";
import { type Hex, hex, sameBytes, unhex } from "../protocol/bytes.ts";
import { encode, type Value } from "../protocol/canonical.ts";
import { shown } from "../protocol/definitions/book.ts";
import { calculate, type Flag, validate } from "../protocol/definitions/form-answers.ts";
import {
  type Answer,
  type Answers,
  type Attachment,
  attachmentElement,
  isEmpty,
} from "../protocol/definitions/form-values.ts";
import {
  derivedFrom,
  type Field,
  type Form,
  restrictedNames,
  rowKey,
} from "../protocol/definitions/forms.ts";
import { daysOf, type Period } from "../protocol/definitions/periods.ts";
import { derivedRowId, ID16, REPORTS, RESTRICTED, scopeOf } from "../protocol/ids.ts";
import * as op from "../protocol/operations.ts";
import { hasPlace } from "./carrying-over.ts";
import { FormSession, type PlainSession } from "./editing.ts";
import { FormState } from "./form-state.ts";
import {
  type About,
  type CellPlace,
  type Filling,
  PhoneError,
  type Row,
  type Saved,
  type Sibling,
} from "./phone.ts";
import type { Replica } from "./replica.ts";
import { EVENT_SITE, type Shelf } from "./shelf.ts";
import { Tracer } from "./tracing.ts";

/** What is kept of an open form: the form's version, what it showed, what is entered. */
export interface Entered {
  readonly form: Hex;
  readonly about: About;
  readonly open: PlainSession;
  readonly restricted: PlainSession;
  readonly changed: number;
}

/** What the form of a desk needs of it. */
export interface Surface {
  readonly replica: Replica;
  shelf(): Shelf;
  /** @throws PhoneError `not-allowed`. */
  checkAllowed(session: FormSession): void;
}

export class OpenForm implements Filling {
  readonly about: About;
  readonly id: Hex;
  form: Form;
  formId: Hex;
  readonly #surface: Surface;
  readonly #record: Hex | Preimage;
  #open: FormSession;
  #restricted: FormSession;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #isStale = false;

  constructor(surface: Surface, form: Form, about: About, record: Hex | Preimage) {
    [this.#surface, this.form, this.about, this.#record] = [surface, form, about, record];
    this.formId = surface.shelf().idOf(form);
    this.#open = this.#session(REPORTS);
    this.#restricted = this.#session(RESTRICTED);
    this.id = this.#main.id;
  }

  /** Go on with what was left. */
  resume({ open, restricted }: Entered): this {
    this.#open = this.#session(REPORTS).resume(open);
    this.#restricted = this.#session(RESTRICTED).resume(restricted);
    return this;
  }

  #session(kind: number): FormSession {
    const personal = this.form.fields.some((field) => field.personal);
    const scope = scopeOf(kind, this.about.unit);
    return new FormSession(this.#surface.replica, scope, this.#record, this.formId, personal);
  }

  /** The session of the record itself, not of its twin. */
  get #main(): FormSession {
    return this.form.restricted ? this.#restricted : this.#open;
  }

  /** The record and its twin, in the open scope and the restricted one. */
  get sessions(): FormSession[] {
    return [this.#open, this.#restricted];
  }

  /** The scope in which the record is that names the report. */
  get mainScope(): Hex {
    return this.#main.scope;
  }

  // ------------------------------------------------------------------------------------------------------- show

  get period(): Period | null {
    const { period } = this.about;
    return period === null ? null : (this.#surface.shelf().book.periods.get(period)?.[0]?.definition ?? null);
  }

  get answers(): Answers {
    return this.#state().answers();
  }

  #state(): FormState {
    const inOrder = (lives: Parameters<Tracer["inOrder"]>[0], field: string) =>
      new Tracer(this.#surface.replica, this.#of(field).scope).inOrder(lives);
    return new FormState(this.form, this.#open.entered(), this.#restricted.entered(), inOrder);
  }

  siblings(field: string, at?: CellPlace): readonly Sibling[] {
    const session = this.#of(field);
    const shown = new FormState(this.form, this.#open.state, this.#restricted.state);
    const { live, conflict } = shown.value(this.#field(field), at);
    if (!conflict) return [];
    const tracer = new Tracer(this.#surface.replica, session.scope);
    return tracer.inOrder(live).map((each) => ({ value: each.value, origin: tracer.origin(each) }));
  }

  rows(field: string): readonly Row[] {
    return this.#state().rows(this.#field(field));
  }

  #circumstances(today: string) {
    const { period } = this;
    return { today, periodDays: period === null ? null : daysOf(period) };
  }

  calculated(today: string): Readonly<Record<string, unknown>> {
    return calculate(this.form, this.answers, this.#circumstances(today));
  }

  flags(today: string): readonly Flag[] {
    return validate(this.form, this.answers, this.#circumstances(today));
  }

  get before(): Answers | null {
    const { period } = this;
    const shelf = this.#surface.shelf();
    if (period === null) return null;
    const earlier = [...shown(shelf.book.periods).values()]
      .filter(
        ({ regime, kind, end }) => regime === period.regime && kind === period.kind && end < period.start,
      )
      .sort((one, other) => (one.end < other.end ? 1 : -1))[0];
    const preimage = earlier && derivedFrom(this.form, { ...this.about, period: earlier.id });
    const found = preimage && shelf.found(recordId(preimage, this.#main.scope));
    return found ? shelf.state(found, this.form).answers() : null;
  }

  // ------------------------------------------------------------------------------------------------------ enter

  put(field: string, value: Answer, at?: CellPlace): void {
    const asked = this.#asked(field, at);
    const session = this.#of(field);
    const address = this.#address(field, at);
    if (asked.merge === "add") this.#putElements(session, address, this.#field(field), asked, value, at);
    else if (asked.merge === "put") this.#putValue(session, address, this.#field(field), value, at);
    else throw new PhoneError("invalid-save", field);
    this.#keep();
  }

  #putValue(session: FormSession, address: Address, field: Field, given: Answer, at?: CellPlace): void {
    const value = (isEmpty(given) ? null : given) as Value;
    session.takeBack(address);
    const { values, conflict } = this.#state().value(field, at);
    const same = conflict ? false : sameBytes(encode(values[0] ?? null), encode(value));
    if (!same) session.put(address, value);
  }

  /** Make the elements exactly those stated. */
  #putElements(
    session: FormSession,
    address: Address,
    field: Field,
    asked: Field,
    value: Answer,
    at?: CellPlace,
  ): void {
    const stated = (Array.isArray(value) ? value : []).map((each) =>
      asked.kind === "photo" ? attachmentElement(each as unknown as Attachment) : (each as Value),
    );
    const there = this.#state().elements(field, at);
    const isIn = (element: Value, list: readonly Value[]) =>
      list.some((each) => sameBytes(encode(each), encode(element)));
    for (const element of there) if (!isIn(element, stated)) session.remove(address, element);
    for (const element of stated) if (!isIn(element, there)) session.add(address, element);
  }

  count(field: string, step: number): void {
    this.#of(field).count(this.#field(field).name, step);
    this.#keep();
  }

  addRow(field: string, cells: Answers = {}): Row {
    const asked = this.#field(field);
    const session = this.#of(field);
    const key = rowKey(asked, cells);
    const id = key === null ? hex(this.#surface.replica.chance.random(ID16)) : derivedRowId(field, key);
    const isThere = this.rows(field).some((known) => known.id === id);
    if (!isThere) session.add(field, key ?? unhex(id));
    for (const [cell, value] of Object.entries(cells)) {
      if (!isThere || !asked.key.includes(cell)) this.put(field, value, { row: id, cell });
    }
    this.#keep();
    return { id, key };
  }

  hideRow(field: string, row: Hex, reason = ""): void {
    const session = this.#of(field);
    const known = this.rows(field).find(({ id }) => id === row);
    if (known === undefined) throw new PhoneError("unknown", row);
    const isOfRow = (address: Address) => typeof address !== "string" && rowIn(address) === row;
    const isNew = !new FormState(this.form, this.#open.state, this.#restricted.state)
      .rows(this.#field(field))
      .some(({ id }) => id === row);
    session.changes = session.changes.filter(({ address }) => !isOfRow(address));
    if (isNew) {
      const element = encode(known.key ?? unhex(row));
      session.changes = session.changes.filter(
        ({ kind, address, value }) =>
          kind !== op.ADD || address !== field || !sameBytes(encode(value), element),
      );
    } else {
      session.void(reason, [field, row]);
    }
    this.#keep();
  }

  note(text: string): void {
    this.#main.note(text);
    this.#keep();
  }

  declareZero(): void {
    const { answers } = this;
    const figures = this.form.fields.filter(({ origin }) => origin === "ptotal");
    if (figures.some(({ name }) => !isEmpty(answers[name]) && answers[name] !== 0)) {
      throw new PhoneError("no-longer-zero");
    }
    for (const { name } of figures) if (isEmpty(answers[name])) this.#of(name).put(name, 0);
    this.#keep();
  }

  get changed(): boolean {
    return this.sessions.some(({ changes }) => changes.length > 0);
  }

  /** Keep what is entered; while one writing is on its way, the next waits and takes all that came meanwhile. */
  #keep(): void {
    this.#isStale = true;
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#writing = this.#write();
    this.#writing.catch(() => undefined); // told by `kept`
  }

  async #write(): Promise<void> {
    try {
      while (this.#isStale) {
        this.#isStale = false;
        await this.#surface.replica.keep(this.id, this.changed ? this.#entered() : null);
      }
    } finally {
      this.#isWriting = false;
    }
  }

  #entered(): Entered {
    return {
      form: this.formId,
      about: this.about,
      open: this.#open.toPlain(),
      restricted: this.#restricted.toPlain(),
      changed: this.#surface.replica.chance.now(),
    };
  }

  kept(): Promise<void> {
    return this.#writing;
  }

  // ------------------------------------------------------------------------------------------------------- newer

  get outdated(): boolean {
    return this.sessions.some((session) => session.isOutdated(this.#surface.replica));
  }

  async refresh(): Promise<void> {
    const changes = this.sessions.map((session) => session.changes);
    this.#open = this.#session(REPORTS);
    this.#restricted = this.#session(RESTRICTED);
    for (const [at, session] of this.sessions.entries()) session.changes = changes[at] ?? [];
    this.#keep();
    await this.kept();
  }

  get newerForm(): Form | null {
    const newest = this.#surface.shelf().book.newestForms().get(this.form.family);
    return newest !== undefined && newest.version > this.form.version ? newest : null;
  }

  async carryOver(): Promise<readonly string[]> {
    const { newerForm } = this;
    if (newerForm === null) return [];
    const entered = this.#entered();
    const old = this.form;
    this.form = newerForm;
    this.formId = this.#surface.shelf().idOf(newerForm);
    this.resume(entered);
    const lost = new Set<string>();
    for (const session of this.sessions) {
      for (const { address } of session.changes.filter((change) => !hasPlace(change, old, newerForm))) {
        lost.add(typeof address === "string" ? address : address[0]);
      }
      session.changes = session.changes.filter((change) => hasPlace(change, old, newerForm));
    }
    this.#keep();
    await this.kept();
    return [...lost];
  }

  // ------------------------------------------------------------------------------------------------------- save

  async save(): Promise<Saved> {
    const sessions = this.sessions.filter(({ changes }) => changes.length > 0);
    if (sessions.length === 0) throw new PhoneError("nothing-to-save");
    if (
      this.form.timing.occasion === "event" &&
      this.about.site !== null &&
      this.#main.state.slots.size === 0
    ) {
      this.#main.link(EVENT_SITE, this.about.site, this.#main.scope);
      if (!sessions.includes(this.#main)) sessions.push(this.#main);
    }
    await this.kept().catch(() => undefined); // the save says itself whether the disk is full
    for (const session of sessions) this.#surface.checkAllowed(session);
    const parts = sessions.map((session) => session.part());
    const { replica } = this.#surface;
    const saves = await replica.save(
      parts.map(({ part }) => part),
      () => replica.entered.delete(this.id),
    );
    for (const [at, { settle }] of parts.entries()) settle(saves[at] ?? []);
    return { report: this.id };
  }

  async discard(): Promise<void> {
    for (const session of this.sessions) session.changes = [];
    this.#keep();
    await this.kept();
  }

  close(): Promise<void> {
    return this.kept();
  }

  // ------------------------------------------------------------------------------------------------------- words

  #field(name: string): Field {
    const found = this.form.fields.find((field) => field.name === name);
    if (found === undefined) throw new PhoneError("unknown", name);
    return found;
  }

  /** The field or cell that is asked. */
  #asked(name: string, at?: CellPlace): Field {
    const field = this.#field(name);
    const asked = at === undefined ? field : field.cells.find((cell) => cell.name === at.cell);
    if (asked === undefined) throw new PhoneError("unknown", `${name} ${at?.cell}`);
    return asked;
  }

  #of(field: string): FormSession {
    return restrictedNames(this.form).has(field) ? this.#restricted : this.#open;
  }

  #address(field: string, at?: CellPlace): Address {
    if (at === undefined) return field;
    const key = this.rows(field).find(({ id }) => id === at.row)?.key ?? null;
    return [field, key ?? at.row, at.cell];
  }
}

function rowIn([field, row]: readonly [string, Hex | readonly string[], string]): Hex {
  return typeof row === "string" ? row : derivedRowId(field, row);
}
