/** A form that a person has open, as the screen sees it. */

import type { Hex } from "../protocol/bytes.ts";
import type { Flag } from "../protocol/definitions/form-answers.ts";
import type { Answer, Answers } from "../protocol/definitions/form-values.ts";
import type { Form } from "../protocol/definitions/forms.ts";
import type { Period } from "../protocol/definitions/periods.ts";
import type { About, Sibling } from "./shown.ts";

/** What one save became; `report` names it from now on. */
export interface Saved {
  readonly report: Hex;
}

/** A row of a repeat: its id, and the natural key if it has one. */
export interface Row {
  readonly id: Hex;
  readonly key: readonly string[] | null;
}

/** A cell: the row's id and the name of the cell. */
export interface CellPlace {
  readonly row: Hex;
  readonly cell: string;
}

/**
 * A form that a person has open. Every change is kept as a draft at once; `kept` comes true when it is on the disk.
 *
 * The form goes on showing what it showed when it was opened, plus what is entered: what arrives meanwhile from others is
 * not superseded by its save. `outdated` says that there is something newer; `refresh` shows it.
 */
export interface Filling {
  readonly id: Hex;
  readonly form: Form;
  readonly formId: Hex;
  readonly about: About;
  readonly period: Period | null;

  /** What the form shows, entered changes included; of two different values the one that is shown first. */
  readonly answers: Answers;
  /** The different values that the form showed of a field or cell; empty unless there are two or more. */
  siblings(field: string, at?: CellPlace): readonly Sibling[];
  /** The rows that are not hidden, in order; `answers[field]` has them in the same order. */
  rows(field: string): readonly Row[];
  /** Calculated fields, numbers scaled by 10**size. */
  calculated(today: string): Readonly<Record<string, unknown>>;
  /** What should be looked at; nothing of it keeps a person from saving. */
  flags(today: string): readonly Flag[];
  /** The same report's answers one period earlier, null if there is none. */
  readonly before: Answers | null;

  /** State a value; null takes an answer back. For a field of several elements, state all of them. */
  put(field: string, value: Answer, at?: CellPlace): void;
  /** Count up or down on a live tally. */
  count(field: string, step: number): void;
  /** Begin a row; one with a natural key that is there already is that row. */
  addRow(field: string, cells?: Answers): Row;
  hideRow(field: string, row: Hex, reason?: string): void;
  note(text: string): void;
  /** State zero for every stated figure without an answer. Throws `no-longer-zero` if one has another. */
  declareZero(): void;
  /** Whether anything is entered and not saved. */
  readonly changed: boolean;
  /** Comes true when every change so far is on the disk. */
  kept(): Promise<void>;

  /** Something newer than the form shows has arrived. */
  readonly outdated: boolean;
  /** Show what has arrived; what is entered stays entered. */
  refresh(): Promise<void>;
  /** A newer version of the form than this one. */
  readonly newerForm: Form | null;
  /** Go on with the newest version of the form; what was entered and has no place there is named, and stays in the draft. */
  carryOver(): Promise<readonly string[]>;

  /** Save what is entered; the form stays open. */
  save(): Promise<Saved>;
  /** Forget what is entered. */
  discard(): Promise<void>;
  /** The person leaves the form; the draft stays. */
  close(): Promise<void>;
}
