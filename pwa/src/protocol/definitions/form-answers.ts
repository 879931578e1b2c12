/**
 * Reading the answers of a report through its form: what applies, what is computed, what looks wrong.
 *
 * Nothing is ever refused: `validate` returns flags for the person who fills in and for the one who reviews. Fields are
 * read in the order of the form; an answer to a question that does not apply counts as empty for all that follow.
 */

import { type Context, evaluate, type Operand, type RowOperand } from "./expression-values.ts";
import { decodeTree } from "./expressions.ts";
import {
  type Answer,
  type Answers,
  isEmpty,
  isRow,
  type Misfit,
  misfit,
  operandOf,
  stored,
} from "./form-values.ts";
import type { Field, Form } from "./forms.ts";
import type { Words } from "./words.ts";

/** Field, place of the row (from 0) or null, cell or empty. */
export type Address = readonly [field: string, row: number | null, cell: string];

/** What kind of thing a flag is; stable. */
export type FlagCode = Misfit | "required" | "constraint" | "irrelevant" | "role";

/** Something that a person should look at; the value stands all the same. `message` is the form's own, if it has one. */
export interface Flag {
  readonly address: Address;
  readonly code: FlagCode;
  readonly message: Words | null;
}

/** What a report's expressions may know beside its answers: see `today()` and `period-days()`. */
export interface Circumstances {
  readonly today: string | null;
  readonly periodDays: number | null;
}

/** What should be looked at, in the order of the form. */
export function validate(form: Form, answers: Answers, circumstances: Circumstances): Flag[] {
  const reading = new Reading(form, answers, circumstances);
  const known = new Set(form.fields.map(({ name }) => name));
  const foreign = Object.keys(answers).filter((name) => !known.has(name));
  return [
    ...form.fields.flatMap((field) => reading.flags(field)),
    ...foreign.map((name) => flag("unknown", [name, null, ""])),
  ];
}

/** The calculated fields that have a value, numbers scaled by 10**size; for rows a list of such objects. */
export function calculate(
  form: Form,
  answers: Answers,
  circumstances: Circumstances,
): Record<string, unknown> {
  return calculated(form.fields, new Reading(form, answers, circumstances).operands);
}

/** The answers that apply: what a person sends, as against what the draft keeps. */
export function relevantAnswers(form: Form, answers: Answers, circumstances: Circumstances): Answers {
  const reading = new Reading(form, answers, circumstances);
  const kept = Object.entries(answers).filter(([name]) => !reading.isAbsent([name, null, ""]));
  const rowsOf = new Map(form.fields.map((field) => [field.name, rowsIn(field, answers)]));
  return Object.fromEntries(
    kept.map(([name, answer]) => {
      const rows = rowsOf.get(name) ?? [];
      if (rows.length === 0) return [name, answer];
      return [
        name,
        rows.map((row, place) => withoutAbsent(row, (cell) => reading.isAbsent([name, place, cell]))),
      ];
    }),
  );
}

function withoutAbsent(row: Answers, isAbsent: (cell: string) => boolean): Answers {
  return Object.fromEntries(Object.entries(row).filter(([cell]) => !isAbsent(cell)));
}

/** How many questions are answered, and how many apply; calculations and cells apart. */
export function completeness(
  form: Form,
  answers: Answers,
  circumstances: Circumstances,
): readonly [answered: number, asked: number] {
  const reading = new Reading(form, answers, circumstances);
  const asked = form.fields.filter(
    ({ kind, name }) => kind !== "calc" && !reading.isAbsent([name, null, ""]),
  );
  return [asked.filter(({ name }) => (reading.operands.get(name) ?? null) !== null).length, asked.length];
}

/** A flag for each of the written fields that belongs to another role. */
export function roleFlags(form: Form, written: readonly string[], role: string): Flag[] {
  const foreign = form.fields.filter(
    ({ name, writes }) => written.includes(name) && !["", role].includes(writes),
  );
  return foreign.map(({ name }) => flag("role", [name, null, ""]));
}

/** Answers as operands, what does not apply left out, and the calculations filled in. */
class Reading {
  readonly operands = new Map<string, Operand>();
  readonly #answers: Answers;
  readonly #circumstances: Circumstances;
  readonly #absent = new Set<string>();

  constructor(form: Form, answers: Answers, circumstances: Circumstances) {
    this.#answers = answers;
    this.#circumstances = circumstances;
    for (const field of form.fields) this.operands.set(field.name, operandOf(field, answers[field.name]));
    for (const field of form.fields) {
      if (field.kind === "rows") this.operands.set(field.name, this.#readRows(field));
      this.operands.set(field.name, this.#settled(field, this.#context(), [field.name, null, ""]));
    }
  }

  isAbsent(address: Address): boolean {
    return this.#absent.has(JSON.stringify(address));
  }

  /** What should be looked at in a field and its rows. */
  flags(field: Field): Flag[] {
    const own = this.#flagsOf(field, this.#answers[field.name], this.#context(), [field.name, null, ""]);
    const rows = rowsIn(field, this.#answers);
    return [...own, ...rows.flatMap((row, place) => this.#rowFlags(field, place, row))];
  }

  #readRows(field: Field): Operand {
    const read = rowsIn(field, this.#answers).map((row, place): RowOperand => {
      const cells = new Map(field.cells.map((cell) => [cell.name, operandOf(cell, row[cell.name])]));
      for (const cell of field.cells) {
        const context = this.#context(cells, place);
        cells.set(cell.name, this.#settled(cell, context, [field.name, place, cell.name]));
      }
      return cells;
    });
    return read.length > 0 ? read : null;
  }

  /** The field's operand once it is known whether the field applies. */
  #settled(field: Field, context: Context, address: Address): Operand {
    if (field.relevant !== null && evaluate(decodeTree(field.relevant), context) !== true) {
      this.#absent.add(JSON.stringify(address));
      return null;
    }
    return evaluate(
      field.calculation === null ? ["ref", field.name] : decodeTree(field.calculation),
      context,
    );
  }

  #context(row?: RowOperand, place = 0): Context {
    const context = { values: this.operands, ...this.#circumstances };
    return row === undefined ? context : { ...context, row, position: place + 1 };
  }

  #rowFlags(field: Field, place: number, row: Answers): Flag[] {
    const rows = this.operands.get(field.name);
    if (!Array.isArray(rows)) return []; // the rows do not apply
    const context = this.#context(rows[place], place);
    const known = new Set(field.cells.map(({ name }) => name));
    const foreign = Object.keys(row).filter((name) => !known.has(name));
    return [
      ...field.cells.flatMap((cell) => {
        return this.#flagsOf(cell, row[cell.name], context, [field.name, place, cell.name]);
      }),
      ...foreign.map((name) => flag("unknown", [field.name, place, name])),
    ];
  }

  #flagsOf(field: Field, value: Answer, context: Context, address: Address): Flag[] {
    if (isEmpty(value)) {
      const required = field.required !== null && evaluate(decodeTree(field.required), context) === true;
      return required && !this.isAbsent(address) ? [flag("required", address)] : [];
    }
    if (this.isAbsent(address)) return [flag("irrelevant", address)];
    const wrong = misfit(field, value);
    if (wrong !== null) return [flag(wrong, address)];
    if (field.constraint === null) return [];
    const examined = { ...context, this: operandOf(field, value) };
    if (evaluate(decodeTree(field.constraint), examined) !== false) return [];
    return [flag("constraint", address, field.message)];
  }
}

function flag(code: FlagCode, address: Address, message: Words | null = null): Flag {
  return { address, code, message };
}

function calculated(fields: readonly Field[], operands: RowOperand): Record<string, unknown> {
  const results: Record<string, unknown> = {};
  for (const field of fields) {
    const operand = operands.get(field.name) ?? null;
    if (field.kind === "calc" && operand !== null) results[field.name] = stored(field, operand);
    if (field.kind !== "rows" || !Array.isArray(operand)) continue;
    const rows = operand.map((row) => calculated(field.cells, row));
    if (rows.some((row) => Object.keys(row).length > 0)) results[field.name] = rows;
  }
  return results;
}

/** The rows of a repeat; none if the value is something else. */
function rowsIn(field: Field, answers: Answers): Answers[] {
  const value = answers[field.name];
  if (field.kind !== "rows" || !Array.isArray(value)) return [];
  return value.every(isRow) ? value : [];
}
