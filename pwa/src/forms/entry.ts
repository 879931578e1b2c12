/**
 * What a person types, and the value that it states.
 *
 * Text in an input is never written back while somebody types, so that a half-composed word stays what it is; only the value
 * that leaves here is NFC. What cannot be read states nothing, and says so.
 */

import type { Language } from "../i18n/language.ts";
import { number } from "../i18n/written.ts";
import { isDate, isMoment } from "../protocol/definitions/dates.ts";
import type { Answer } from "../protocol/definitions/form-values.ts";
import type { Field } from "../protocol/definitions/forms.ts";
import { nfc } from "../protocol/definitions/text.ts";

/** Why a text states no value. */
export type Problem = "number" | "whole" | "digits" | "large" | "date";

/** The value that a text states, null for none; or why it states none. */
export type Reading = { readonly value: Answer } | { readonly problem: Problem };

const NUMBER = /^([-\u2212]?)([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]*))?$/;
const GROUPED = /^[-\u2212]?[0-9]{1,3}(?:\.[0-9]{3})+$/;
const ONE_DOT = /^([-\u2212]?[0-9]+)\.([0-9]*)$/;
const BLANKS = /[\s\u00a0\u202f]+/gu;
const OTHER_MARK: Readonly<Record<string, string>> = { ".": ",", ",": "." };

/** Read what stands in the input of a field that is filled in by typing. */
export function readEntry(field: Field, text: string, language: Language): Reading {
  if (text.trim() === "") return { value: null };
  switch (field.kind) {
    case "int":
    case "money":
      return readNumber(text, 0, language);
    case "dec":
      return readNumber(text, field.size, language);
    case "date":
      return isDate(text) ? { value: text } : { problem: "date" };
    case "datetime":
      return isMoment(text) ? { value: text } : { problem: "date" };
    default:
      return { value: nfc(text) };
  }
}

/**
 * A number times 10**`digits`.
 *
 * In Vietnamese dots group and the comma begins the decimals, in English the other way round. Keyboards often have but one
 * of the marks: one that cannot group begins the decimals in both.
 */
function readNumber(text: string, digits: number, language: Language): Reading {
  const tidy = text.replace(BLANKS, "");
  const grouped = language === "vi" ? tidy : tidy.replace(/[.,]/g, (mark) => OTHER_MARK[mark] ?? mark);
  const plain = GROUPED.test(grouped) ? grouped : grouped.replace(ONE_DOT, "$1,$2");
  const [, sign, whole, fraction = ""] = NUMBER.exec(plain) ?? [];
  if (whole === undefined) return { problem: "number" };
  const decimals = fraction.replace(/0+$/, "");
  if (decimals.length > digits) return { problem: digits === 0 ? "whole" : "digits" };
  const scaled = Number(whole.replaceAll(".", "") + decimals.padEnd(digits, "0"));
  if (!Number.isSafeInteger(scaled)) return { problem: "large" };
  return { value: sign && scaled !== 0 ? -scaled : scaled };
}

/** The text with which the input of a field begins. */
export function entryText(field: Field, value: Answer, language: Language): string {
  if (typeof value === "number") return number(value, digitsOf(field), language);
  return typeof value === "string" ? value : "";
}

/** Digits behind the comma. */
export function digitsOf({ kind, size }: Field): number {
  return kind === "dec" || kind === "calc" ? size : 0;
}
