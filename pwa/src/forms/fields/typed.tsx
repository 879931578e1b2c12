/** What is typed: text, numbers, money, dates. The input is never written back, so that IME composition is left alone. */

import { useRef } from "preact/hooks";
import { language, say } from "../../i18n/language.ts";
import { date } from "../../i18n/written.ts";
import type { Field } from "../../protocol/definitions/forms.ts";
import { inLanguage } from "../../protocol/definitions/words.ts";
import { entryText } from "../entry.ts";
import type { FieldProps } from "../field.tsx";
import { inWords } from "../wording.ts";

/** From so many characters on, a text gets a box of several lines. */
const LONG_TEXT = 200;

export function TypedField({ described, id, sheet, shown }: FieldProps) {
  const { at, field, flags, problem, value } = shown;
  const begun = useRef(entryText(field, value ?? null, language.peek()));
  const given = {
    id,
    name: id,
    "aria-describedby": described,
    "aria-invalid": problem !== null,
    autocomplete: "off" as const,
    onInput: (event: Event) => {
      const { value: text } = event.currentTarget as HTMLInputElement;
      sheet.enter(field, text, language.peek(), at);
    },
    onBlur: () => sheet.leave(field, at),
  };
  if (field.kind === "text" && field.size >= LONG_TEXT) {
    return (
      <>
        <textarea {...given} class="box" rows={3} defaultValue={begun.current} />
        <Room field={field} value={value} />
      </>
    );
  }
  const kindOfInput = INPUTS[field.kind] ?? {};
  return (
    <>
      <div class={problem !== null || flags.length > 0 ? "entry warn" : "entry"}>
        <input {...given} {...kindOfInput} class={field.kind} defaultValue={begun.current} />
        {field.unit !== null && <span>{inLanguage(field.unit, language.value)}</span>}
      </div>
      <ReadAs field={field} value={value} />
    </>
  );
}

const INPUTS: Readonly<Record<string, object>> = {
  int: { type: "text", inputMode: "numeric" },
  money: { type: "text", inputMode: "numeric" },
  dec: { type: "text", inputMode: "decimal" },
  text: { type: "text" },
  date: { type: "date" },
  datetime: { type: "datetime-local" },
};

/** What was understood, where it does not look like what was typed: long figures, and dates in the browser's language. */
function ReadAs({ field, value }: { field: Field; value: unknown }) {
  const isLong = typeof value === "number" && Math.abs(value) >= 10_000;
  const isDay = field.kind === "date" && typeof value === "string";
  if (!isLong && !isDay) return null;
  const words = isDay ? date(value) : inWords(field, value, { language: language.value, say: say.value });
  return <p class="small mute">{say.value.form.readAs(words)}</p>;
}

/** How much of a text's room is used, when little is left. */
function Room({ field, value }: { field: Field; value: unknown }) {
  const used = typeof value === "string" ? [...value].length : 0;
  if (used < 0.8 * field.size) return null;
  return <p class="small mute">{say.value.form.characters(used, field.size)}</p>;
}
