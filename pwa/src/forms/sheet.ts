/**
 * The state of an open form, field by field, for views that redraw only what changed.
 *
 * The filling keeps the answers; the sheet says of each field whether it applies, what it holds, what was calculated, and
 * which messages a person should see now: of a required answer only after an attempt to finish, of a doubtful value once the
 * person has left it.
 */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Language } from "../i18n/language.ts";
import { completeness, type Flag, relevantAnswers } from "../protocol/definitions/form-answers.ts";
import { type Answer, type Answers, isRow } from "../protocol/definitions/form-values.ts";
import type { Field } from "../protocol/definitions/forms.ts";
import { daysOf } from "../protocol/definitions/periods.ts";
import type { CellPlace, Filling, Row, Sibling } from "../storage/phone.ts";
import { type Problem, readEntry } from "./entry.ts";

/** One field, or one cell of a row, as it is to be shown. */
export interface Shown {
  readonly field: Field;
  readonly at: CellPlace | null;
  readonly applies: boolean;
  readonly value: Answer;
  /** The answer one period earlier. */
  readonly before: Answer;
  readonly calculated: unknown;
  readonly flags: readonly Flag[];
  readonly problem: Problem | null;
  readonly siblings: readonly Sibling[];
  readonly rows: readonly ShownRow[];
}

export interface ShownRow {
  readonly row: Row;
  readonly cells: readonly Shown[];
}

/** The form as a whole. */
export interface Summary {
  readonly answered: number;
  readonly asked: number;
  /** Fields that are required and empty; rows count by their field. */
  readonly missing: readonly Field[];
  /** Other flags. */
  readonly doubtful: number;
  /** Texts that state no value. */
  readonly unread: number;
}

/** Whether the draft is on the disk; or what kept it from there. */
export type Keeping = "kept" | "keeping" | { readonly error: unknown };

export class Sheet {
  readonly filling: Filling;
  readonly summary: ReadonlySignal<Summary>;
  readonly keeping = signal<Keeping>("kept");
  readonly #today: string;
  readonly #fields = new Map<string, Signal<Shown>>();
  readonly #summary: Signal<Summary>;
  readonly #left = new Set<string>();
  readonly #problems = new Map<string, Problem>();
  #showsAll = false;
  #changes = 0;

  /** Show a filling; `today` as YYYY-MM-DD. */
  constructor(filling: Filling, today: string) {
    this.filling = filling;
    this.#today = today;
    for (const name of Object.keys(filling.answers)) this.#left.add(name);
    const shown = this.#read();
    for (const each of shown) this.#fields.set(each.field.name, signal(each));
    this.#summary = signal(this.#summed());
    this.summary = computed(() => this.#summary.value);
  }

  /** A field of the form. */
  field(name: string): ReadonlySignal<Shown> {
    const found = this.#fields.get(name);
    if (found === undefined) throw new RangeError(`no field ${name}`);
    return found;
  }

  /** Take what stands in an input. */
  enter(field: Field, text: string, language: Language, at: CellPlace | null = null): void {
    const reading = readEntry(field, text, language);
    if ("problem" in reading) this.#problems.set(keyOf(field.name, at), reading.problem);
    else this.#problems.delete(keyOf(field.name, at));
    this.#state(field, "value" in reading ? reading.value : null, at);
    this.#settle();
  }

  /** Take a value that was chosen. */
  put(field: Field, value: Answer, at: CellPlace | null = null): void {
    this.#problems.delete(keyOf(field.name, at));
    this.#left.add(keyOf(field.name, at));
    this.#state(field, value, at);
    this.#settle();
  }

  count(field: Field, step: number): void {
    this.filling.count(field.name, step);
    this.#settle();
  }

  addRow(field: Field): void {
    this.filling.addRow(field.name);
    this.#settle();
  }

  hideRow(field: Field, row: Row): void {
    this.filling.hideRow(field.name, row.id);
    this.#settle();
  }

  /** The person has left a field: what is doubtful about it is said from now on. */
  leave(field: Field, at: CellPlace | null = null): void {
    this.#left.add(keyOf(field.name, at));
    this.#show();
  }

  /** Say everything from now on. */
  showAll(): void {
    this.#showsAll = true;
    this.#show();
  }

  /** The filling was changed from outside: refreshed, saved, or declared zero. */
  reread(): void {
    this.#settle();
  }

  #state(field: Field, value: Answer, at: CellPlace | null): void {
    if (at === null) this.filling.put(field.name, value);
    else this.filling.put(this.#rowsFieldOf(at), value, at);
  }

  /** The repeat that a row belongs to. */
  #rowsFieldOf({ row }: CellPlace): string {
    const found = this.filling.form.fields.find(
      ({ kind, name }) => kind === "rows" && this.filling.rows(name).some(({ id }) => id === row),
    );
    if (found === undefined) throw new RangeError(`no row ${row}`);
    return found.name;
  }

  #settle(): void {
    this.#show();
    void this.#keep();
  }

  async #keep(): Promise<void> {
    const change = ++this.#changes;
    this.keeping.value = "keeping";
    const kept: Keeping = await this.filling.kept().then(
      () => "kept" as const,
      (error: unknown) => ({ error }),
    );
    if (change === this.#changes) this.keeping.value = kept;
  }

  #show(): void {
    for (const shown of this.#read()) {
      const known = this.#fields.get(shown.field.name);
      if (known === undefined) this.#fields.set(shown.field.name, signal(shown));
      else if (imprint(known.peek()) !== imprint(shown)) known.value = shown;
    }
    const summary = this.#summed();
    if (imprint(this.#summary.peek()) !== imprint(summary)) this.#summary.value = summary;
  }

  #circumstances() {
    const { period } = this.filling;
    return { today: this.#today, periodDays: period === null ? null : daysOf(period) };
  }

  #read(): Shown[] {
    const { form, answers, before } = this.filling;
    const flags = this.filling.flags(this.#today);
    const calculated = this.filling.calculated(this.#today);
    const applying = relevantAnswers(form, withBlanks(form.fields, answers), this.#circumstances());
    return form.fields.map((field): Shown => {
      const own = flags.filter(({ address: [name, row] }) => name === field.name && row === null);
      const siblings = this.filling.siblings(field.name);
      return {
        field,
        at: null,
        applies: field.name in applying,
        value: answers[field.name],
        before: before?.[field.name],
        calculated: calculated[field.name],
        flags: this.#visible(own, field.name),
        problem: this.#problems.get(field.name) ?? null,
        siblings,
        rows: field.kind === "rows" ? this.#readRows(field, answers, applying, flags, calculated) : [],
      };
    });
  }

  #readRows(
    field: Field,
    answers: Answers,
    applying: Answers,
    flags: readonly Flag[],
    calculated: Readonly<Record<string, unknown>>,
  ): ShownRow[] {
    const values = rowsIn(answers[field.name]);
    const applyingRows = rowsIn(applying[field.name]);
    const results = (calculated[field.name] ?? []) as readonly Readonly<Record<string, unknown>>[];
    return this.filling.rows(field.name).map((row, place): ShownRow => {
      const cells = field.cells.map((cell): Shown => {
        const at = { row: row.id, cell: cell.name };
        const own = flags.filter(
          ({ address: [name, number, inner] }) =>
            name === field.name && number === place && inner === cell.name,
        );
        return {
          field: cell,
          at,
          applies: cell.name in (applyingRows[place] ?? { [cell.name]: null }),
          value: values[place]?.[cell.name],
          before: undefined,
          calculated: results[place]?.[cell.name],
          flags: this.#visible(own, keyOf(cell.name, at)),
          problem: this.#problems.get(keyOf(cell.name, at)) ?? null,
          siblings: this.filling.siblings(field.name, at),
          rows: [],
        };
      });
      return { row, cells };
    });
  }

  #visible(flags: readonly Flag[], key: string): readonly Flag[] {
    if (this.#showsAll) return flags;
    return flags.filter(({ code }) => code !== "required" && this.#left.has(key));
  }

  #summed(): Summary {
    const { form, answers } = this.filling;
    const flags = this.filling.flags(this.#today);
    const [answered, asked] = completeness(form, answers, this.#circumstances());
    const empty = new Set(flags.flatMap(({ code, address: [name] }) => (code === "required" ? [name] : [])));
    return {
      answered,
      asked,
      missing: form.fields.filter(({ name }) => empty.has(name)),
      doubtful: flags.filter(({ code }) => code !== "required").length,
      unread: this.#problems.size,
    };
  }
}

/** What names a field or a cell among all of a form. */
export function keyOf(name: string, at: CellPlace | null): string {
  return at === null ? name : `${at.row} ${at.cell}`;
}

/** The answers with a blank for each field and cell without one: what is left of them applies. */
function withBlanks(fields: readonly Field[], answers: Answers): Answers {
  const blank = Object.fromEntries(fields.map(({ name }) => [name, null]));
  const rows = fields.flatMap((field): [string, Answer][] => {
    const own = field.kind === "rows" ? rowsIn(answers[field.name]) : [];
    return own.length === 0 ? [] : [[field.name, own.map((row) => withBlanks(field.cells, row))]];
  });
  return { ...blank, ...answers, ...Object.fromEntries(rows) };
}

function rowsIn(value: Answer): readonly Answers[] {
  return Array.isArray(value) && value.every(isRow) ? value : [];
}

/** Equal exactly if two states look alike. */
function imprint(state: unknown): string {
  return JSON.stringify(state, (name, part: unknown) => {
    if (name === "field" || name === "missing") return nameIn(part);
    if (typeof part === "bigint") return String(part);
    return part instanceof Uint8Array ? [...part] : part;
  });
}

function nameIn(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(nameIn);
  return typeof part === "object" && part !== null && "name" in part ? part.name : part;
}
