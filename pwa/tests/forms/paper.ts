/** A form on paper: what a filling promises to its screens, without disk, merge or signature. */

import { calculate, validate } from "../../src/protocol/definitions/form-answers.ts";
import type { Answer, Answers } from "../../src/protocol/definitions/form-values.ts";
import { type Field, type Form, formId } from "../../src/protocol/definitions/forms.ts";
import { daysOf, type Period } from "../../src/protocol/definitions/periods.ts";
import type { About, CellPlace, Filling, Row, Saved, Sibling } from "../../src/storage/phone.ts";
import { PLAIN } from "../plain-field.ts";

const ABOUT: About = { unit: "00".repeat(16), site: null, directive: null, period: null };

export class Paper implements Filling {
  readonly id = "11".repeat(16);
  readonly about = ABOUT;
  readonly outdated = false;
  readonly newerForm = null;
  readonly form: Form;
  readonly formId: string;
  readonly period: Period | null;
  readonly before: Answers | null;
  readonly #rows = new Map<string, Row[]>();
  #answers: Record<string, Answer>;
  changed = false;
  noted: string[] = [];
  /** What `kept` comes to: a test may hold it back or let it fail. */
  disk: Promise<void> = Promise.resolve();

  constructor(
    form: Form,
    period: Period | null = null,
    before: Answers | null = null,
    answers: Answers = {},
  ) {
    this.form = form;
    this.formId = formId(form);
    this.period = period;
    this.before = before;
    this.#answers = { ...answers };
  }

  get answers(): Answers {
    return this.#answers;
  }

  siblings(): readonly Sibling[] {
    return [];
  }

  rows(field: string): readonly Row[] {
    return this.#rows.get(field) ?? [];
  }

  calculated(today: string): Readonly<Record<string, unknown>> {
    return calculate(this.form, this.#answers, this.#circumstances(today));
  }

  flags(today: string) {
    return validate(this.form, this.#answers, this.#circumstances(today));
  }

  put(field: string, value: Answer, at?: CellPlace): void {
    this.changed = true;
    if (at === undefined) this.#answers = { ...this.#answers, [field]: value };
    else this.#putCell(field, value, at);
  }

  count(field: string, step: number): void {
    this.put(field, Number(this.#answers[field] ?? 0) + step);
  }

  addRow(field: string, cells: Answers = {}): Row {
    const row = { id: String(this.rows(field).length + 1).padStart(32, "0"), key: null };
    this.#rows.set(field, [...this.rows(field), row]);
    this.put(field, [...this.#rowValues(field), cells]);
    return row;
  }

  hideRow(field: string, row: string): void {
    const place = this.rows(field).findIndex(({ id }) => id === row);
    const values = this.#rowValues(field).filter((_, at) => at !== place);
    this.#rows.set(
      field,
      this.rows(field).filter((_, at) => at !== place),
    );
    this.put(field, values);
  }

  note(text: string): void {
    this.noted.push(text);
  }

  declareZero(): void {
    for (const { kind, merge, name } of this.form.fields) {
      if ((kind === "int" || kind === "money" || kind === "dec") && merge === "put") this.put(name, 0);
    }
  }

  kept(): Promise<void> {
    return this.disk;
  }

  async refresh(): Promise<void> {}

  async carryOver(): Promise<readonly string[]> {
    return [];
  }

  async save(): Promise<Saved> {
    this.changed = false;
    return { report: this.id };
  }

  async discard(): Promise<void> {
    this.#answers = {};
    this.changed = false;
  }

  async close(): Promise<void> {}

  #rowValues(field: string): Answers[] {
    return [...((this.#answers[field] ?? []) as readonly Answers[])];
  }

  #putCell(field: string, value: Answer, at: CellPlace): void {
    const place = this.rows(field).findIndex(({ id }) => id === at.row);
    const rows = this.#rowValues(field).map((row, each) =>
      each === place ? { ...row, [at.cell]: value } : row,
    );
    this.#answers = { ...this.#answers, [field]: rows };
  }

  #circumstances(today: string) {
    return { today, periodDays: this.period === null ? null : daysOf(this.period) };
  }
}

/** A field of a form; `more` says what is not the usual. */
export function field(name: string, kind: Field["kind"], more: Partial<Field> = {}): Field {
  return { ...PLAIN, name, kind, label: { vi: name, en: name }, ...more };
}

/** A form of such fields. */
export function form(...fields: Field[]): Form {
  return {
    layout: 1,
    family: "T01",
    version: 1,
    title: { vi: "Biểu thử", en: "A trial" },
    directives: [],
    subject: { kind: "unit", site: "", levels: ["commune"] },
    timing: { occasion: "event", regime: "", kind: "" },
    restricted: false,
    sections: [],
    fields,
  };
}
