/** What a merged record says through its form: answers by field, rows with their cells, from the record and its restricted twin. */

import { CELL_MARK } from "../protocol/body.ts";
import type { Hex } from "../protocol/bytes.ts";
import type { Value } from "../protocol/canonical.ts";
import type { Answer, Answers } from "../protocol/definitions/form-values.ts";
import { attachmentOf } from "../protocol/definitions/form-values.ts";
import { type Field, type Form, restrictedNames } from "../protocol/definitions/forms.ts";
import type { Live, RecordState } from "../protocol/merge.ts";
import { TALLY } from "../protocol/operations.ts";
import * as reading from "../protocol/reading.ts";
import type { CellPlace, Row } from "./phone.ts";

/** Puts the siblings of a field so that the one to be shown stands last. */
export type InOrder = (lives: readonly Live[], field: string) => readonly Live[];

/** A form and the states of its record in the reports scope and in the restricted one. */
export class FormState {
  readonly form: Form;
  readonly #open: RecordState;
  readonly #restricted: RecordState;
  readonly #names: ReadonlySet<string>;
  readonly #inOrder: InOrder;

  constructor(form: Form, open: RecordState, restricted: RecordState, inOrder: InOrder = (lives) => lives) {
    [this.form, this.#open, this.#restricted, this.#inOrder] = [form, open, restricted, inOrder];
    this.#names = restrictedNames(form);
  }

  /** The rows of a field that are not hidden. */
  rows(field: Field): Row[] {
    const state = this.#of(field);
    return reading.elements(state, field.name).flatMap((element): Row[] => {
      const id = reading.rowOf(field.name, element);
      if (id === undefined || reading.hidden(state, [field.name, id])) return [];
      return [{ id, key: Array.isArray(element) ? (element as readonly string[]) : null }];
    });
  }

  /** The elements of a field or cell that holds several, as they are saved. */
  elements(field: Field, at?: CellPlace): Value[] {
    return reading.elements(this.#of(field), slotName(field.name, at));
  }

  /** The register of a field or cell. */
  value(field: Field, at?: CellPlace): reading.Siblings {
    return reading.register(this.#of(field), slotName(field.name, at));
  }

  /** The answers as `form-answers` reads them; of different values the one that is shown last in order. */
  answers(): Answers {
    const found = this.form.fields.map((field) => [field.name, this.#answer(field)] as const);
    return Object.fromEntries(found.filter(([, answer]) => answer !== null));
  }

  #answer(field: Field): Answer {
    if (field.kind !== "rows") return this.#plain(field, field);
    const rows = this.rows(field).map(({ id }) => this.#cells(field, id));
    return rows.length > 0 ? rows : null;
  }

  #cells(field: Field, row: Hex): Answers {
    const found = field.cells.map(
      (cell) => [cell.name, this.#plain(field, cell, { row, cell: cell.name })] as const,
    );
    return Object.fromEntries(found.filter(([, answer]) => answer !== null));
  }

  #plain(field: Field, asked: Field, at?: CellPlace): Answer {
    const state = this.#of(field);
    if (asked.merge === "count") {
      return state.tallies.has(TALLY + field.name) ? reading.tally(state, field.name) : null;
    }
    if (asked.merge === "add") {
      const elements = this.elements(field, at);
      if (elements.length === 0) return null;
      return asked.kind === "photo" ? elements.flatMap(attachment) : (elements as readonly Answer[]);
    }
    const { live } = this.value(field, at);
    const ordered = live.length < 2 ? live : this.#inOrder(live, field.name);
    return (ordered.at(-1)?.value ?? null) as Answer;
  }

  #of(field: Field): RecordState {
    return this.#names.has(field.name) ? this.#restricted : this.#open;
  }
}

/** The name of a field or cell inside a slot key. */
export function slotName(field: string, at?: CellPlace): string {
  return at === undefined ? field : [field, at.row, at.cell].join(CELL_MARK);
}

function attachment(element: Value): Answer[] {
  return element instanceof Uint8Array ? [attachmentOf(element) as unknown as Answer] : [];
}
