import { expect, test } from "vitest";
import { compareTexts, hex, unhex } from "../../src/protocol/bytes.ts";
import { decode, encode } from "../../src/protocol/canonical.ts";
import { addMonths, dateText, dayNumber, isDate } from "../../src/protocol/definitions/dates.ts";
import { type Context, evaluate, type Operand } from "../../src/protocol/definitions/expression-values.ts";
import { decodeTree } from "../../src/protocol/definitions/expressions.ts";
import {
  calculate,
  completeness,
  relevantAnswers,
  roleFlags,
  validate,
} from "../../src/protocol/definitions/form-answers.ts";
import { attachmentElement, attachmentOf } from "../../src/protocol/definitions/form-values.ts";
import {
  derivedFrom,
  type Field,
  formFromValue,
  formId,
  formValue,
  rowKey,
} from "../../src/protocol/definitions/forms.ts";
import {
  daysOf,
  periodFromValue,
  periodId,
  periodLabel,
  periodValue,
} from "../../src/protocol/definitions/periods.ts";
import { Rational } from "../../src/protocol/definitions/rational.ts";
import * as text from "../../src/protocol/definitions/text.ts";
import { childrenAt, pathAt, unitsAt } from "../../src/protocol/definitions/units.ts";
import { MalformedError } from "../../src/protocol/errors.ts";
import { type Case, casesOf, run } from "./vectors.ts";

/** A value of a case as an operand: objects of one number are exact, others are rows. */
// biome-ignore lint/suspicious/noExplicitAny: JSON.
function operand(value: any): Operand {
  if (typeof value === "number") return new Rational(value);
  if (Array.isArray(value)) return value.map(operand);
  if (value === null || typeof value !== "object") return value;
  if ("num" in value) return new Rational(value.num[0], value.num[1]);
  return named(value);
}

function named(values: Record<string, unknown>): ReadonlyMap<string, Operand> {
  return new Map(Object.entries(values).map(([name, each]) => [name, operand(each)]));
}

run("expressions", (each) => {
  const { values, row, position, today, period_days } = each.context;
  const context: Context = {
    values: named(values),
    this: operand(each.context.this ?? null),
    ...(row ? { row: named(row) } : {}),
    ...(position ? { position } : {}),
    today: today ?? null,
    periodDays: period_days ?? null,
  };
  const tree = decodeTree(unhex(each.bytes));
  expect(tree).toEqual(each.tree);
  expect(evaluate(tree, context)).toEqual(operand(each.result));
});

const sortedBy = (key: (name: string) => string) => (names: string[]) =>
  names.toSorted((a, b) => compareTexts(key(a), key(b)));

const FUNCTIONS: Record<string, (...given: never[]) => unknown> = {
  nfc: text.nfc,
  fold: text.fold,
  match_key: text.matchKey,
  sorted: sortedBy(text.sortKey),
  sorted_people: sortedBy(text.personSortKey),
  format_number: text.formatNumber,
  parse_number: text.parseNumber,
  format_date: text.formatDate,
  format_long_date: text.formatLongDate,
  parse_date: text.parseDate,
};

run("text", (each) => {
  const work = () => FUNCTIONS[each.function]?.(...(each.arguments as never[]));
  if (each.error) expect(work).toThrow(RangeError);
  else expect(work()).toEqual(each.result);
});

const NONE = { today: null, periodDays: null };
const authored = casesOf("definitions")[0] as Case;
const sample = formFromValue(decode(unhex(authored.bytes)));

run("definitions", (each) => {
  if (!("form" in each)) return expect(periodId(each.regime, each.kind, each.start)).toBe(each.id16);
  const form = formFromValue(decode(unhex(each.bytes)));
  expect(hex(encode(formValue(form)))).toBe(each.bytes);
  expect(formId(form)).toBe(each.id16);
  const { family, version, fields } = each.form;
  expect(form).toMatchObject({ family, version });
  expect(form.fields.map(({ name }) => name)).toEqual(fields.map(({ name }: { name: string }) => name));
});

run("answers", (each) => {
  const circumstances = { today: each.today, periodDays: each.period_days };
  const flags = validate(sample, each.answers, circumstances);
  expect(flags.map(({ address, code }) => [...address, code])).toEqual(each.flags);
  expect(calculate(sample, each.answers, circumstances)).toEqual(each.calculated);
  expect(Object.keys(relevantAnswers(sample, each.answers, circumstances)).sort()).toEqual(each.relevant);
  expect(completeness(sample, each.answers, circumstances)).toEqual(each.completeness);
});

test("a field of another role is flagged when it is written", () => {
  const [first, ...others] = sample.fields.map((field, at) => ({
    ...field,
    writes: at === 0 ? "office" : "",
  }));
  const form = { ...sample, fields: [first as Field, ...others] };
  expect(
    roleFlags(
      form,
      form.fields.map(({ name }) => name),
      "post",
    ).map(({ address }) => address[0]),
  ).toEqual([first?.name]);
  expect(roleFlags(form, [first?.name ?? ""], "office")).toEqual([]);
});

test("a form's record is derived from what the form is about, or is refused for want of it", () => {
  const about = { site: "01".repeat(16), directive: "TB171-2.1a", period: "02".repeat(16) };
  const derived = derivedFrom(sample, about);
  expect(derived).toMatchObject({ family: sample.family, period: about.period });
  expect(() => derivedFrom(sample, { ...about, period: null })).toThrow(RangeError);
  expect(derivedFrom({ ...sample, timing: { occasion: "event", regime: "", kind: "" } }, about)).toBeNull();
});

test("a row's key ignores how its texts are spelt, and is none if a part is missing", () => {
  const cell = { ...(sample.fields[0] as Field), name: "ap", kind: "text" as const };
  const rows = { ...cell, name: "rows", kind: "rows" as const, key: ["ap"], cells: [cell] };
  expect(rowKey(rows, { ap: "Ấp Hoà Lợi" })).toEqual(rowKey(rows, { ap: "ấp Hòa Lợi" }));
  expect(rowKey(rows, {})).toBeNull();
  expect(rowKey(rows, { ap: "x".repeat(65) })).toBeNull();
});

test("dates and their numbers are each other's inverse over 400 years, and months go on over years", () => {
  for (let day = dayNumber("1900-01-01"); day < dayNumber("2300-01-01"); day += 13) {
    expect(dayNumber(dateText(day))).toBe(day);
  }
  expect([addMonths(2019, 12, 1), addMonths(2019, 1, -1)]).toEqual([
    [2020, 1],
    [2018, 12],
  ]);
  expect(["2019-02-29", "0000-01-01", "2020-02-29T23:59"].map(isDate)).toEqual([false, false, false]);
});

test.each([
  [
    "administrative",
    "month",
    "2019-02-15",
    "2019-03-14",
    "Tháng 3/2019 (15/02–14/03)",
    "March 2019 (15 Feb – 14 Mar)",
  ],
  ["calendar", "quarter", "2019-01-01", "2019-03-31", "Quý I/2019", "Quarter 1 2019"],
  ["calendar", "year", "2019-01-01", "2019-12-31", "Năm 2019", "Year 2019"],
])("the %s %s from %s is called by its name", (regime, kind, start, end, vi, en) => {
  const period = { id: periodId(regime, kind, start), regime, kind, start, end, due: null };
  expect(periodLabel(period)).toEqual({ vi, en });
  expect(periodFromValue(periodValue(period))).toEqual(period);
  expect(daysOf(period)).toBe(dayNumber(end) - dayNumber(start) + 1);
});

test("units are what they were on a date, under the parents of that date", () => {
  const version = (name: string, parent: string | null, validFrom: string | null, validTo: string | null) => {
    const words = {
      name,
      nameEn: name,
      level: "commune",
      type: "xã",
      scheme: "gso",
      code: name,
      legalBasis: "",
    };
    return { ...words, parent, validFrom, validTo };
  };
  const top = { id: "aa", versions: [version("tỉnh", null, null, null)], tags: [] };
  const versions = [version("cũ", "aa", null, "2025-06-30"), version("mới", null, "2025-07-01", null)];
  const commune = { id: "bb", versions, tags: ["HD"] };
  const [before, after] = ["2019-01-01", "2025-07-01"].map((date) => unitsAt([top, commune], date)) as [
    ReturnType<typeof unitsAt>,
    ReturnType<typeof unitsAt>,
  ];
  expect([before.get("bb")?.name, after.get("bb")?.name]).toEqual(["cũ", "mới"]);
  expect([pathAt(before, "bb"), pathAt(after, "bb"), pathAt(after, "cc")]).toEqual([
    ["bb", "aa"],
    ["bb"],
    [],
  ]);
  expect([childrenAt(before, "aa"), childrenAt(after, null)]).toEqual([["bb"], ["aa", "bb"]]);
});

test("an attachment comes back from its element, and nothing else does", () => {
  const photo = [new Uint8Array(32), 1000, "image/jpeg"] as const;
  expect(attachmentOf(attachmentElement(photo))).toEqual(photo);
  expect(() => attachmentOf(encode(["x"]))).toThrow(MalformedError);
  expect(() => attachmentElement([new Uint8Array(32), 1000, "x".repeat(40)])).toThrow(MalformedError);
  expect(validate(sample, {}, NONE).every(({ code }) => code === "required")).toBe(true);
});
