/** Values of fields in words, as a person reads them; one place for forms, reports, conflicts and history. */

import type { Language } from "../i18n/language.ts";
import type { Catalogue } from "../i18n/vi.ts";
import { date, number } from "../i18n/written.ts";
import type { Field } from "../protocol/definitions/forms.ts";
import { inLanguage } from "../protocol/definitions/words.ts";
import { digitsOf } from "./entry.ts";

/** The language to speak, and its texts. */
export interface Tongue {
  readonly language: Language;
  readonly say: Catalogue;
}

/** A value in words, with its unit; a dash for none. Values that do not fit the field are shown as they are. */
export function inWords(field: Field, value: unknown, tongue: Tongue): string {
  if (isNothing(value)) return tongue.say.report.empty;
  if (typeof value === "boolean") return value ? tongue.say.form.yes : tongue.say.form.no;
  if (typeof value === "number" || typeof value === "bigint") {
    const figure = number(value, digitsOf(field), tongue.language);
    return field.unit === null ? figure : `${figure} ${inLanguage(field.unit, tongue.language)}`;
  }
  switch (field.kind) {
    case "date":
      return date(String(value));
    case "datetime":
      return momentInWords(String(value));
    case "sel1":
      return choiceInWords(field, value, tongue.language);
    case "selN":
      return listOf(value)
        .map((code) => choiceInWords(field, code, tongue.language))
        .join(", ");
    case "geo":
      return positionInWords(listOf(value), tongue);
    case "rows":
    case "photo":
      return String(listOf(value).length);
    default:
      return String(value);
  }
}

function isNothing(value: unknown): boolean {
  return (
    value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function choiceInWords(field: Field, code: unknown, language: Language): string {
  const choice = field.choices.find((each) => each.code === code);
  return choice === undefined ? String(code) : inLanguage(choice, language);
}

function momentInWords(moment: string): string {
  const [day = "", clock = ""] = moment.split("T");
  return `${date(day)}, ${clock}`;
}

/** 10,0524° B, 104,6210° Đ would be read aloud badly: degrees as plain figures, latitude first. */
function positionInWords(parts: readonly unknown[], { language, say }: Tongue): string {
  const [latitude, longitude, accuracy] = parts.map((part) => (typeof part === "number" ? part : 0));
  const degrees = (scaled = 0) => number(Math.round(scaled / 100), 5, language);
  return say.form.position(`${degrees(latitude)}; ${degrees(longitude)}`, number(accuracy ?? 0, 0, language));
}
