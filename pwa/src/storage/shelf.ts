/**
 * All reports that a replica holds, with their forms: what lists show. A restricted twin is part of the open record.
 *
 * A report is read anew only if its state is another one than when it was last looked at.
 */

import { type Preimage, recordId } from "../protocol/body.ts";
import { type Hex, hex as hexOf } from "../protocol/bytes.ts";
import type { Book } from "../protocol/definitions/book.ts";
import { type Form, formId } from "../protocol/definitions/forms.ts";
import { REPORTS, RESTRICTED, scopeKind, scopeOf, scopeUnit } from "../protocol/ids.ts";
import type { Facts } from "../protocol/logs.ts";
import { emptyState, type Live, type RecordState } from "../protocol/merge.ts";
import * as op from "../protocol/operations.ts";
import * as reading from "../protocol/reading.ts";
import { stageOf } from "../protocol/workflow.ts";
import { FormState } from "./form-state.ts";
import type { Overlay } from "./overlay.ts";
import type { Report, Way } from "./phone.ts";
import type { Replica } from "./replica.ts";
import type { ReplicaStore } from "./replica-store.ts";
import { wayOf } from "./tracing.ts";

/** The kind of the link that says at which site an event was. */
export const EVENT_SITE = "site";
/** So many text fields of a profile, from the first on, name its site. */
const NAMING_FIELDS = 2;
const WAYS: readonly Way[] = ["saved", "sending", "carried", "received"];

/** One part of a report: the record in the open or in the restricted scope. */
export interface Part {
  readonly scope: Hex;
  readonly id: Hex;
}

/** What a report is made of. */
export interface Found {
  /** The scope and id that name it. */
  readonly main: Part;
  readonly preimage: Preimage | null;
  /** Its form: the newest of the family, null if none is known. */
  readonly form: Form | null;
  readonly formId: Hex;
  readonly report: Report;
}

export class Shelf {
  readonly #replica: Replica;
  readonly book: Book;
  readonly #newest: ReadonlyMap<string, Form>;
  readonly #ids = new Map<Form, Hex>();
  #found = new Map<Hex, Found>();
  #store: ReplicaStore | null = null;
  /** What lay on top of the merged records when they were looked at. */
  #overlays = new Map<Hex, Overlay>();
  #sites: Map<Hex, readonly string[]> | null = null;
  #sorted: Report[] = [];
  /** The reports that were looked at since they were sorted. */
  #fresh = new Set<Hex>();

  constructor(replica: Replica, book: Book) {
    [this.#replica, this.book] = [replica, book];
    this.#newest = book.newestForms();
  }

  /** Look at everything that changed. */
  update(): void {
    for (const _ of this.updating());
  }

  /** The same, record by record. */
  *updating(): Generator<void> {
    const { store } = this.#replica;
    if (this.#store !== store) this.#begin(store);
    const all = this.#overlays.size === 0;
    const touched = store.takeTouched().map(([scope, id]) => ({ scope, id }));
    for (const scope of this.#replica.scopes().filter(isOfReports)) {
      const [before, now] = [this.#overlays.get(scope), this.#replica.overlay(scope)];
      this.#overlays.set(scope, now);
      const ids = all || before === undefined ? this.#replica.recordIds(scope) : onTop(before, now);
      for (const id of ids) touched.push({ scope, id });
    }
    this.#sites = null;
    for (const part of touched) {
      if (isOfReports(part.scope)) this.#take(part);
      yield;
    }
  }

  #begin(store: ReplicaStore): void {
    this.#store = store;
    this.#found = new Map();
    this.#overlays = new Map();
    this.#sorted = [];
    this.#fresh = new Set();
  }

  /** All reports, hidden ones too, newest first. */
  reports(): readonly Report[] {
    if (this.#fresh.size > 0) {
      const fresh = [...this.#fresh].flatMap((id) => this.#found.get(id)?.report ?? []);
      const others = this.#sorted.filter(({ id }) => !this.#fresh.has(id));
      this.#sorted = merged(fresh.sort(newestFirst), others);
      this.#fresh = new Set();
    }
    return this.#sorted;
  }

  found(id: Hex): Found | undefined {
    return this.#found.get(id);
  }

  /** The report of which a record of a scope is a part. */
  holding({ scope, id }: Part): Found | undefined {
    const direct = this.#found.get(id);
    if (direct !== undefined) return direct;
    return [...this.#found.values()].find((found) =>
      this.parts(found).some((part) => part.id === id && part.scope === scope),
    );
  }

  /** The record and its twin, as far as they say anything. */
  parts(found: Found): Part[] {
    const twin = this.twin(found);
    return [found.main, twin].filter(
      (part) => (this.#replica.seen(part.scope, part.id)?.slots.size ?? 0) > 0,
    );
  }

  /** The record and its twin; in a scope without records nobody looks for one. */
  #places(found: Pick<Found, "main" | "preimage">): Part[] {
    const { main } = found;
    const other = scopeOf(scopeKind(main.scope) === REPORTS ? RESTRICTED : REPORTS, scopeUnit(main.scope));
    return this.#replica.recordIds(other).size === 0 ? [main] : [main, this.twin(found)];
  }

  /** The record of the same report in the other scope. */
  twin({ main, preimage }: Pick<Found, "main" | "preimage">): Part {
    const kind = scopeKind(main.scope) === REPORTS ? RESTRICTED : REPORTS;
    const scope = scopeOf(kind, scopeUnit(main.scope));
    return { scope, id: preimage === null ? main.id : recordId(preimage, scope) };
  }

  /** The id of a form. */
  idOf(form: Form): Hex {
    const known = this.#ids.get(form) ?? formId(form);
    this.#ids.set(form, known);
    return known;
  }

  /** What people call a site: the first texts of its profile, or the start of its id. */
  siteName(site: Hex): string {
    return this.#named().get(site)?.at(-1) ?? site.slice(0, 8);
  }

  /** The known sites of a unit, of one kind if it is given. */
  sites(unit: Hex, kind?: string): Hex[] {
    const here = [...this.#found.values()].flatMap(({ report, form }) => {
      const isOne =
        report.unit === unit && !report.hidden && (kind ?? form?.subject.site) === form?.subject.site;
      return isOne && report.site !== null ? [report.site] : [];
    });
    return [...new Set(here)];
  }

  #named(): Map<Hex, readonly string[]> {
    if (this.#sites === null) {
      this.#sites = new Map();
      for (const found of this.#found.values()) {
        const { site } = found.report;
        if (site === null || found.form?.timing.occasion !== "profile") continue;
        const texts = this.#texts(found, found.form);
        if (texts.length > 0) this.#sites.set(site, texts);
      }
    }
    return this.#sites;
  }

  #texts(found: Found, form: Form): string[] {
    const state = this.state(found, form);
    const fields = form.fields.filter(({ kind }) => kind === "text").slice(0, NAMING_FIELDS);
    return fields.flatMap((field) => state.value(field).values.filter((value) => typeof value === "string"));
  }

  /** A report with its twin, read through a form. */
  state(found: Found, form: Form): FormState {
    const [open, restricted] = [REPORTS, RESTRICTED].map((kind) => {
      const part = [found.main, this.twin(found)].find(({ scope }) => scopeKind(scope) === kind) as Part;
      return this.#replica.seen(part.scope, part.id) ?? emptyState();
    });
    return new FormState(form, open as RecordState, restricted as RecordState);
  }

  // --------------------------------------------------------------------------------------------------- making it

  /** Look at the report that a record is, or is the twin of. */
  #take(part: Part): void {
    const state = this.#replica.seen(part.scope, part.id);
    if (state === undefined) {
      this.#found.delete(part.id);
      this.#fresh.add(part.id);
      return;
    }
    const { preimage } = state;
    const form = this.#formOf(part, preimage);
    const restricted = scopeKind(part.scope) === RESTRICTED;
    // A form's own scope names its reports; where no form is known, the open record does.
    if (form === null ? !restricted : form.restricted === restricted) this.#put(part, preimage, form);
    else {
      const other = this.twin({ main: part, preimage });
      const isSaid = this.#replica.seen(other.scope, other.id) !== undefined;
      this.#put(form === null && !isSaid ? part : other, preimage, form);
    }
  }

  #put(main: Part, preimage: Preimage | null, form: Form | null): void {
    const formId = form === null ? (this.#replica.formOf(main.scope, main.id) ?? "") : this.idOf(form);
    const found = { main, preimage, form, formId };
    this.#found.set(main.id, { ...found, report: this.#report(found) });
    this.#fresh.add(main.id);
  }

  #formOf({ scope, id }: Part, preimage: Preimage | null): Form | null {
    if (preimage !== null) return this.#newest.get(preimage.family) ?? null;
    const named = this.#replica.formOf(scope, id);
    const family = named === undefined ? undefined : this.book.forms.get(named)?.[0]?.definition.family;
    return (family === undefined ? undefined : this.#newest.get(family)) ?? null;
  }

  #report({ main, preimage, form, formId }: Omit<Found, "report">): Report {
    const parts = this.#places({ main, preimage });
    const said = parts.flatMap(({ scope, id }) => {
      const state = this.#replica.seen(scope, id);
      return state === undefined ? [] : [[scope, state] as const];
    });
    const states = said.map(([, each]) => each);
    const state = this.#replica.seen(main.scope, main.id) ?? (states[0] as RecordState);
    const linked = reading.links(state, EVENT_SITE).values[0];
    const linkedSite = Array.isArray(linked) && linked[0] instanceof Uint8Array ? hexOf(linked[0]) : null;
    const changed = this.#changed(said);
    const stage = stageOf(reading.attests(state));
    const isOnTop = parts.some(({ scope, id }) => this.#replica.overlay(scope).states.has(id));
    const shelf = this;
    const replica = this.#replica;
    return {
      id: main.id,
      unit: scopeUnit(main.scope),
      family: preimage?.family ?? form?.family ?? "",
      form,
      formId,
      site: preimage === null ? linkedSite : preimage.subject,
      directive: preimage?.directive ?? null,
      period: preimage?.period ?? null,
      hidden: reading.hidden(state),
      stage: isOnTop && stage === "sent" ? "draft" : stage,
      get way() {
        return shelf.#way(shelf.#places({ main, preimage }));
      },
      conflicts: states.reduce((sum, each) => sum + conflictingSlots(each).length, 0),
      changed,
      get draft() {
        return replica.entered.has(main.id);
      },
    };
  }

  /** The least far of one's own live operations. */
  #way(parts: readonly Part[]): Way | null {
    let least = WAYS.length;
    for (const { scope, id } of parts) {
      for (const { set16 } of livesIn(this.#replica.seen(scope, id))) {
        const facts = this.#factsOf(set16);
        if (facts?.key === this.#replica.key) {
          least = Math.min(least, WAYS.indexOf(wayOf(this.#replica, facts.id)));
        } else if (facts === undefined && this.#replica.saves.get(scope, set16) !== undefined) {
          return "saved";
        }
      }
    }
    return WAYS[least] ?? null;
  }

  /** The newest claimed time. */
  #changed(said: readonly (readonly [Hex, RecordState])[]): number {
    const times = said.flatMap(([scope, state]) =>
      livesIn(state).map(
        ({ set16 }) => this.#factsOf(set16)?.time ?? this.#replica.saves.get(scope, set16)?.time ?? 0,
      ),
    );
    return times.reduce((latest, time) => Math.max(latest, time), 0);
  }

  #factsOf(set16: Hex): Facts | undefined {
    const setId = this.#replica.store.idOf(set16);
    return setId === undefined ? undefined : this.#replica.ledger.facts(setId);
  }
}

function livesIn(state: RecordState | undefined): Live[] {
  return [...(state?.slots.values() ?? [])].flat();
}

function newestFirst(one: Report, other: Report): number {
  return other.changed - one.changed || (one.id < other.id ? -1 : 1);
}

/** Two lists that are each sorted, as one. */
function merged(one: readonly Report[], other: readonly Report[]): Report[] {
  const found: Report[] = [];
  let at = 0;
  for (const report of one) {
    for (let next = other[at]; next !== undefined && newestFirst(next, report) < 0; next = other[++at]) {
      found.push(next);
    }
    found.push(report);
  }
  return found.concat(other.slice(at));
}

/** The records that lie on top, or did. */
function onTop(before: Overlay, now: Overlay): Iterable<Hex> {
  return before === now ? [] : new Set([...before.states.keys(), ...now.states.keys()]);
}

function isOfReports(scope: Hex): boolean {
  return scopeKind(scope) === REPORTS || scopeKind(scope) === RESTRICTED;
}

/** The slots with different live values: registers, links, and attests whose verdicts differ (SPEC O10, O13). */
export function conflictingSlots(state: RecordState): string[] {
  return [...state.slots].flatMap(([slot, lives]) => {
    if (lives.length < 2) return [];
    const name = slot.slice(1);
    if (slot[0] === op.REGISTER) return reading.register(state, name).conflict ? [slot] : [];
    if (slot[0] === op.LINKS) return reading.links(state, name).conflict ? [slot] : [];
    if (slot[0] !== op.ATTESTS) return [];
    const verdicts = lives.map(({ value }) => (Array.isArray(value) ? value[0] : value));
    return new Set(verdicts).size > 1 ? [slot] : [];
  });
}
