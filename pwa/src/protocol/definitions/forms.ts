/**
 * Forms: what is asked, how an answer merges, how it adds up. Immutable and named by their content.
 *
 * A form travels as an array; its id is the hash of those bytes, so a form is never changed: a new version is a new form of
 * the same family. Expressions stand in it as bytes, each the MessagePack of a tree (`expressions`). Values of fields, as
 * they are saved, by type:
 *
 * - int, money: integer (money in đồng); dec: integer, the number times 10**size; bool: boolean
 * - text: NFC text of at most `size` characters; date: text YYYY-MM-DD; datetime: text YYYY-MM-DDTHH:MM
 * - sel1: code of a choice; selN: set of codes of choices (add, remove)
 * - geo: [latitude, longitude in 1e-7 degrees, accuracy in metres]
 * - photo: set of at most `size` attachments [SHA-256, bytes, media type], each as a bin
 * - rows: set of rows, each with a value for each of its cells; calc: never saved, computed by whoever reads
 */

import type { Preimage } from "../body.ts";
import { type Hex, utf8Length } from "../bytes.ts";
import type { Value } from "../canonical.ts";
import * as ids from "../ids.ts";
import { IDENTIFIER_BYTES_MAX, INTEGER_MAX } from "../limits.ts";
import type { Loose } from "../reader.ts";
import * as schema from "../schema.ts";
import { matchKey } from "./text.ts";
import { type Words, wordsSchema } from "./words.ts";

const { bin, bool, list, nullable, oneOf, struct, text } = schema;

const kind = oneOf(
  "int",
  "money",
  "dec",
  "bool",
  "text",
  "date",
  "datetime",
  "sel1",
  "selN",
  "geo",
  "photo",
  "rows",
  "calc",
);
const origin = oneOf("ptotal", "reg", "mvreg", "base", "tally", "rows", "attach", "log", "calc");
const merge = oneOf("put", "count", "add", "none");
const display = oneOf("latest", "unresolved");
const rollupKind = oneOf("none", "sumST", "sumS_lastT", "count", "ratio", "worst", "max");
const tree = nullable(bin(0, Number.POSITIVE_INFINITY));
const words = nullable(wordsSchema);

export type Kind = schema.Read<typeof kind>;

const choiceSchema = struct({ code: text(), vi: text(), en: text() });
/** One answer of a list. Its code is what is saved. */
export type Choice = schema.Read<typeof choiceSchema>;

const rollupSchema = struct({ kind: rollupKind, parts: list(text()) }, { kind: "none" as const, parts: [] });
/** How values of several reports become one. */
export type Rollup = schema.Read<typeof rollupSchema>;

/**
 * One question, or one cell of the rows of a repeat.
 *
 * `size`: `dec`, `calc`: digits behind the comma; `text`: characters; `photo`: pictures; otherwise 0. `writes`: the one role
 * that may write the field, or "" for every author. `personal`: its set is salted. `restricted`: the value belongs to the
 * restricted scope of the unit. `key`: cells that name a row by nature; empty if a row has a random id.
 */
export interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly size: number;
  readonly label: Words;
  readonly hint: Words | null;
  readonly unit: Words | null;
  readonly origin: schema.Read<typeof origin>;
  readonly merge: schema.Read<typeof merge>;
  readonly display: schema.Read<typeof display>;
  readonly rollup: Rollup;
  readonly choices: readonly Choice[];
  readonly required: Uint8Array | null;
  readonly relevant: Uint8Array | null;
  readonly constraint: Uint8Array | null;
  readonly message: Words | null;
  readonly calculation: Uint8Array | null;
  readonly writes: string;
  readonly personal: boolean;
  readonly restricted: boolean;
  readonly section: string;
  readonly key: readonly string[];
  readonly cells: readonly Field[];
}

const anyInteger = schema.integer(-INTEGER_MAX);
const fieldSchema: schema.Schema<Field> = struct<Field>(
  {
    name: text(),
    kind,
    size: anyInteger,
    label: wordsSchema,
    hint: words,
    unit: words,
    origin,
    merge,
    display,
    rollup: rollupSchema,
    choices: list(choiceSchema),
    required: tree,
    relevant: tree,
    constraint: tree,
    message: words,
    calculation: tree,
    writes: text(),
    personal: bool,
    restricted: bool,
    section: text(),
    key: list(text()),
    cells: list(schema.later(() => fieldSchema)),
  },
  {
    rollup: { kind: "none", parts: [] },
    choices: [],
    required: null,
    relevant: null,
    constraint: null,
    message: null,
    calculation: null,
    writes: "",
    personal: false,
    restricted: false,
    section: "",
    key: [],
    cells: [],
  },
);

/**
 * What one report is about, and where it is filed: the unit itself, a site in it (`site` is its kind), or the progress of a
 * directive there; `levels` of the units in whose scope the report is filed.
 */
const subjectSchema = struct({
  kind: oneOf("unit", "site", "directive"),
  site: text(),
  levels: list(text()),
});

/**
 * How often it is reported: once a period (of `regime` and `kind`); a profile kept current (one a subject); the progress of
 * a directive (one a subject and directive); or an event (any number, each with a random id).
 */
const timingSchema = struct(
  { occasion: oneOf("period", "profile", "progress", "event"), regime: text(), kind: text() },
  { regime: "", kind: "" },
);

const formSchema = struct({
  layout: schema.integer(1, 1),
  family: text(),
  version: anyInteger,
  title: wordsSchema,
  directives: list(text()),
  subject: subjectSchema,
  timing: timingSchema,
  restricted: bool,
  sections: list(struct({ name: text(), label: wordsSchema })),
  fields: list(fieldSchema),
});

/** One version of a form; `family` stays the same over versions and is part of the id of derived records. */
export type Form = schema.Read<typeof formSchema>;

/**
 * The form whose array is `value`.
 *
 * @throws MalformedError if it is none of this layout.
 */
export function formFromValue(value: Loose): Form {
  return formSchema.read(value);
}

/** The array that travels in the authority entry. */
export function formValue(form: Form): Value {
  return formSchema.write(form) as Value;
}

/** The 16 bytes that name a form (SPEC B5). */
export function formId(form: Form): Hex {
  return ids.formId(formValue(form));
}

/** What a record about one thing needs, as far as the form asks for it. */
export interface About {
  readonly site: Hex | null;
  readonly directive: string | null;
  readonly period: Hex | null;
}

/**
 * The preimage of a record's id (SPEC O4), or null if the form's records have random ids.
 *
 * The directive belongs to it only if the form is about one: a report that serves two tasks is one record. The
 * subject is the site, or null for the unit of the scope.
 *
 * @throws RangeError if what the form needs is missing: the site, the directive or the period.
 */
export function derivedFrom(form: Form, about: About): Preimage | null {
  if (form.timing.occasion === "event") return null;
  const needed = (name: keyof About, needs: boolean) => {
    if (needs && about[name] === null) throw new RangeError(`${form.family} is reported for a ${name}`);
    return needs ? about[name] : null;
  };
  return {
    family: form.family,
    subject: needed("site", form.subject.kind === "site"),
    directive: needed("directive", form.subject.kind === "directive"),
    period: needed("period", form.timing.occasion === "period"),
  };
}

/** The fields that are filed in the restricted scope: all of a restricted form, else those marked so. */
export function restrictedNames(form: Form): Set<string> {
  const fields = form.fields.filter((field) => form.restricted || field.restricted);
  return new Set(fields.map(({ name }) => name));
}

/**
 * The natural key of a row, from which its id is derived, or null if it has none (SPEC O5).
 *
 * Texts are compared by `matchKey`, so that "Ấp Hoà Lợi" and "ấp Hòa Lợi" are one row. A key that is incomplete,
 * or longer than an identifier may be, is none: such a row takes a random id.
 */
export function rowKey(field: Field, cells: Readonly<Record<string, unknown>>): string[] | null {
  const values = field.key.map((name) => cells[name]);
  if (values.length === 0 || !values.every((value) => typeof value === "string" && value !== "")) return null;
  const kinds = new Map(field.cells.map((cell) => [cell.name, cell.kind]));
  const key = values.map((value, at) => {
    return kinds.get(field.key[at] as string) === "text" ? matchKey(value as string) : (value as string);
  });
  return utf8Length(key.join("")) <= IDENTIFIER_BYTES_MAX ? key : null;
}
