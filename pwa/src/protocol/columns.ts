/**
 * Bodies as bytes: `structure` and `values` to saves and operations (SPEC B5, B6). `columns-writing` is the way back.
 *
 * Columns of one kind stand together and tables name each record, field and source once, because that is what DEFLATE
 * packs well: a signed edit costs about 10 bytes.
 */

import {
  type Address,
  addressValue,
  type Body,
  type Operation,
  type Preimage,
  type Reference,
  recordId,
} from "./body.ts";
import { type Hex, utf8Length } from "./bytes.ts";
import { decode, type Value } from "./canonical.ts";
import { expect, LimitError, NotCanonicalError } from "./errors.ts";
import { ID16, scopeUnit } from "./ids.ts";
import { IDENTIFIER_BYTES_MAX, SET_OPERATIONS_MAX, SET_REFERENCES_MAX } from "./limits.ts";
import { checkValue } from "./operation-values.ts";
import * as schema from "./schema.ts";

export const REDACTED = "redacted";
export const COMMITMENT_BYTES = 32;

const id = schema.name(ID16);
const word = schema.text(1);
const isText = (value: unknown) => typeof value === "string";
const isNumber = (value: unknown) => typeof value === "number";
const counts = schema.list(schema.natural);

/** What preimages share: family, subject, period. */
export type Context = readonly [family: string, subject: Hex | null, period: Hex | null];
/** A derived record: the index of its context, and its directive. */
export type Derived = readonly [context: number, directive: string | null];
type Records = readonly [contexts: readonly Context[], entries: readonly (Hex | Derived)[]];
type Numbers = readonly number[];

export interface Structure {
  readonly forms: readonly Hex[];
  readonly records: Records;
  readonly fields: readonly Address[];
  readonly saves: readonly [formRuns: Numbers, countRuns: Numbers, minutes: Numbers];
  readonly ops: readonly [kindRuns: Numbers, records: Numbers, fields: Numbers];
  readonly refs: readonly [
    sources: readonly (number | Hex)[],
    supersedeRuns: Numbers,
    supersedeSources: Numbers,
    ordinalRuns: Numbers,
    coverRuns: Numbers,
    coverSources: Numbers,
    indices: Numbers,
  ];
}

const context = schema.tuple<Context>(word, schema.nullable(id), schema.nullable(id));
const derived = schema.tuple<Derived>(schema.natural, schema.nullable(word));
const cell = schema.tuple<readonly [string, Hex | readonly string[], string]>(
  word,
  schema.either(Array.isArray, schema.list(schema.text(), 1), id),
  schema.text(),
);

export const structureSchema = schema.struct<Structure>({
  forms: schema.list(schema.name()),
  records: schema.tuple<Records>(
    schema.list(context),
    schema.list(schema.either(Array.isArray, derived, id)),
  ),
  fields: schema.list(schema.either(isText, schema.text(), cell)),
  saves: schema.tuple<Structure["saves"]>(counts, counts, schema.list(schema.whole)),
  ops: schema.tuple<Structure["ops"]>(schema.list(schema.whole), counts, counts),
  refs: schema.tuple<Structure["refs"]>(
    schema.list(schema.either(isNumber, schema.natural, id)),
    counts,
    counts,
    counts,
    counts,
    counts,
    counts,
  ),
});

/**
 * Read a body of a set in `scope`. A fault of the encoding is named before a fault of the shape.
 *
 * @param read gives the value of bytes; of what was read before, it need not look at the encoding again.
 * @throws MalformedError, NotCanonicalError, LimitError with a sentence saying what is wrong.
 */
export function decodeBody(
  structure: Uint8Array,
  values: Uint8Array,
  scope: Hex,
  read: (data: Uint8Array) => Value = decode,
): Body {
  return bodyOf(structureSchema.read(read(structure)), read(values), scope);
}

function bodyOf(parts: Structure, values: Value, scope: Hex): Body {
  const [formRuns, countRuns, minutes] = parts.saves;
  const [kindRuns, recordColumn, fieldColumn] = parts.ops;
  const counts = expand(countRuns, SET_OPERATIONS_MAX);
  const kinds = expand(kindRuns, SET_OPERATIONS_MAX);
  const [saves, size] = [counts.length, kinds.length];
  expect(size > 0 && sum(counts) === size && !counts.includes(0), "saves and operations do not fit together");
  expect(recordColumn.length === size && fieldColumn.length === size, "columns of different length");
  const records = recordsOf(...parts.records);
  checkTable(recordColumn, records, "record");
  checkTable(fieldColumn, parts.fields, "field");
  checkNames(parts, scope);
  const [supersedes, covers] = referencesOf(parts.refs, size);
  const { salts, column, redacted } = valuesOf(values, fieldColumn, saves);
  if (redacted === null) for (const [at, kind] of kinds.entries()) checkValue(kind, column[at] as Value);
  const operations = kinds.map(
    (kind, at): Operation => ({
      kind,
      record: records[recordColumn[at] as number] as Hex | Preimage,
      address: parts.fields[fieldColumn[at] as number] as Address,
      value: column[at] as Value,
      supersedes: supersedes[at] as readonly Reference[],
      covers: covers[at] as readonly Reference[],
    }),
  );
  const recordIds = records.map((record) => recordId(record, scope));
  const addresses = parts.fields.map(addressValue);
  return {
    forms: formsOf(formRuns, parts.forms, saves),
    operations,
    kinds: new Set(kinds),
    recordIds: recordColumn.map((at) => recordIds[at] as Hex),
    addresses: fieldColumn.map((at) => addresses[at] as Value),
    counts,
    saveOf: counts.flatMap((count, save) => Array<number>(count).fill(save)),
    indexInSave: counts.flatMap((count) => Array.from({ length: count }, (_, at) => at)),
    minutesBeforeLast: minutesBeforeLast(minutes, saves),
    salts,
    redacted,
  };
}

function recordsOf(contexts: readonly Context[], entries: readonly (Hex | Derived)[]): (Hex | Preimage)[] {
  const derivedOnes = entries.filter((entry) => typeof entry !== "string");
  checkTable(
    derivedOnes.map(([at]) => at),
    contexts,
    "context",
  );
  return entries.map((entry) => {
    if (typeof entry === "string") return entry;
    const [family, subject, period] = contexts[entry[0]] as Context;
    return { family, subject, directive: entry[1], period };
  });
}

function expand(runs: Numbers, limit: number): number[] {
  expect(runs.length % 2 === 0, "a run without its length");
  const items = runs.filter((_, at) => at % 2 === 0);
  const counts = runs.filter((_, at) => at % 2 === 1);
  if (counts.some((count) => count < 1) || items.some((item, at) => at > 0 && item === items[at - 1])) {
    throw new NotCanonicalError("runs are not in their one form");
  }
  if (sum(counts) > limit) throw new LimitError(`more than ${limit} in one set`);
  return items.flatMap((item, at) => Array<number>(counts[at] as number).fill(item));
}

/** In order of first use, none unused, none twice. */
function checkTable(column: Numbers, table: readonly unknown[], name: string): void {
  const used = [...new Set(column)];
  const different = new Set(table.map((entry) => JSON.stringify(entry)));
  if (
    used.length !== table.length ||
    used.some((entry, at) => entry !== at) ||
    different.size !== table.length
  ) {
    throw new NotCanonicalError(`the ${name} table is not in order of first use`);
  }
}

function formsOf(runs: Numbers, forms: readonly Hex[], saves: number): Hex[] {
  const column = expand(runs, SET_OPERATIONS_MAX);
  expect(column.length === saves, "forms and saves do not fit together");
  checkTable(column, forms, "form");
  expect(
    forms.every((form) => form === "" || form.length === 2 * ID16),
    "a form id has 16 bytes or none",
  );
  return column.map((at) => forms[at] as Hex);
}

function minutesBeforeLast(deltas: Numbers, saves: number): number[] {
  expect(deltas.length === saves - 1, "minutes and saves do not fit together");
  const before = [0];
  for (const delta of deltas.toReversed()) before.unshift((before[0] as number) + delta);
  return before;
}

/** Names are short and free of control characters; the scope's own unit is not spelt out. */
function checkNames(parts: Structure, scope: Hex): void {
  const [contexts, entries] = parts.records;
  if (contexts.some(([, subject]) => subject === scopeUnit(scope))) {
    throw new NotCanonicalError("a subject that is the scope's own unit is left out");
  }
  const names = [
    ...contexts.map(([family]) => family),
    ...entries.map((entry) => (typeof entry === "string" ? "" : (entry[1] ?? ""))),
    ...parts.fields.flatMap(namesIn),
  ];
  if (names.some((each) => utf8Length(each) > IDENTIFIER_BYTES_MAX)) {
    throw new LimitError(`a name or row key is longer than ${IDENTIFIER_BYTES_MAX} bytes`);
  }
  expect(!names.some((each) => /[\0-\x1f]/.test(each)), "a name holds a control character");
}

/** The names in an address; a row's natural key counts as one. */
function namesIn(address: Address): string[] {
  if (typeof address === "string") return [address];
  const [field, row, cellName] = address;
  return [field, typeof row === "string" ? "" : row.join(""), cellName];
}

type References = readonly (readonly Reference[])[];

function referencesOf(refs: Structure["refs"], size: number): [References, References] {
  const [sources, supersedeRuns, supersedeColumn, ordinalRuns, coverRuns, coverColumn, indices] = refs;
  checkTable([...supersedeColumn, ...coverColumn], sources, "source");
  const ordinals = expand(ordinalRuns, SET_REFERENCES_MAX);
  if (ordinals.length + indices.length > SET_REFERENCES_MAX) {
    throw new LimitError(`more than ${SET_REFERENCES_MAX} references`);
  }
  return [
    spread(supersedeRuns, size, sources, supersedeColumn, ordinals),
    spread(coverRuns, size, sources, coverColumn, indices),
  ];
}

/** The references of each operation. */
function spread(
  runs: Numbers,
  size: number,
  sources: readonly (number | Hex)[],
  column: Numbers,
  at: Numbers,
): References {
  const counts = expand(runs, SET_OPERATIONS_MAX);
  const fits = counts.length === size && sum(counts) === column.length && column.length === at.length;
  expect(fits, "references and operations do not fit together");
  const all = column.map((source, nth) => ({
    source: sources[source] as number | Hex,
    at: at[nth] as number,
  }));
  return counts.map((count) => all.splice(0, count));
}

interface ValueColumn {
  readonly salts: Map<number, Uint8Array>;
  readonly column: readonly Value[];
  readonly redacted: Uint8Array | null;
}

/** Salts, values by operation, and the commitments in their place if they were redacted. */
function valuesOf(values: Value, fieldColumn: Numbers, saves: number): ValueColumn {
  expect(Array.isArray(values) && values.length > 0, "values are an array");
  const [first, ...rest] = values as unknown as readonly [Value, ...Value[]];
  if (first === REDACTED) {
    const redacted = rest[0];
    const fits = redacted instanceof Uint8Array && redacted.length === COMMITMENT_BYTES * saves;
    expect(rest.length === 1 && fits, "redacted values are one commitment of 32 bytes a save");
    return { salts: new Map(), column: fieldColumn.map(() => null), redacted };
  }
  expect(rest.length === fieldColumn.length, "values and operations do not fit together");
  const column: Value[] = [];
  for (const [nth, at] of valueOrder(fieldColumn).entries()) column[at] = rest[nth] as Value;
  return { salts: saltsOf(first, saves), column, redacted: null };
}

/** Operation indices by field, then by index: values of one field compress best side by side. */
export function valueOrder(fieldColumn: Numbers): number[] {
  return [...fieldColumn.keys()].sort((a, b) => (fieldColumn[a] as number) - (fieldColumn[b] as number));
}

function saltsOf(flat: Value, saves: number): Map<number, Uint8Array> {
  expect(Array.isArray(flat) && flat.length % 2 === 0, "salts are pairs of save and salt");
  const places = flat.filter((_, at) => at % 2 === 0);
  const salts = flat.filter((_, at) => at % 2 === 1);
  const isPlace = (place: unknown) => typeof place === "number" && place >= 0 && place < saves;
  expect(places.every(isPlace), "a salt names no save");
  if (places.some((place, at) => at > 0 && place <= places[at - 1])) {
    throw new NotCanonicalError("salts stand in the order of their saves");
  }
  const isSalt = (salt: unknown) => salt instanceof Uint8Array && salt.length === ID16;
  expect(salts.every(isSalt), "a salt has 16 bytes");
  return new Map(places.map((place, at) => [place, salts[at]]));
}

function sum(numbers: Numbers): number {
  return numbers.reduce((total, number) => total + number, 0);
}
