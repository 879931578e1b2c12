/** One of several, several of several, yes or no. */

import type { ComponentChildren } from "preact";
import { language, say } from "../../i18n/language.ts";
import type { Answer } from "../../protocol/definitions/form-values.ts";
import { inLanguage } from "../../protocol/definitions/words.ts";
import type { FieldProps } from "../field.tsx";

/** Up to so many choices stand open on the screen; more of them go into the browser's list. */
const OPEN_MAX = 8;

export function ChoiceField(given: FieldProps) {
  const { described, id, sheet, shown } = given;
  const { at, field, value } = shown;
  const choose = (code: string | null) => sheet.put(field, code, at);
  if (field.choices.length > OPEN_MAX) {
    return (
      <select
        id={id}
        class="box"
        aria-describedby={described}
        value={typeof value === "string" ? value : ""}
        onChange={(event) => choose(event.currentTarget.value || null)}
      >
        <option value="">{say.value.form.choose}</option>
        {field.choices.map((choice) => (
          <option key={choice.code} value={choice.code}>
            {inLanguage(choice, language.value)}
          </option>
        ))}
      </select>
    );
  }
  return (
    <Choices given={given} clear={() => choose(null)}>
      {field.choices.map((choice) => (
        <One
          key={choice.code}
          given={given}
          answer={choice.code}
          words={inLanguage(choice, language.value)}
        />
      ))}
    </Choices>
  );
}

export function YesField(given: FieldProps) {
  const { sheet, shown } = given;
  return (
    <Choices given={given} two clear={() => sheet.put(shown.field, null, shown.at)}>
      <One given={given} answer={true} words={say.value.form.yes} />
      <One given={given} answer={false} words={say.value.form.no} />
    </Choices>
  );
}

export function ManyField({ described, id, sheet, shown }: FieldProps) {
  const { at, field, value } = shown;
  const chosen: readonly Answer[] = Array.isArray(value) ? value : [];
  const toggle = (code: string) => {
    const others = chosen.filter((each) => each !== code);
    sheet.put(field, others.length < chosen.length ? others : [...chosen, code], at);
  };
  return (
    <div class="choices">
      {field.choices.map((choice) => (
        <label key={choice.code} class="choice">
          <input
            type="checkbox"
            name={id}
            aria-describedby={described}
            checked={chosen.includes(choice.code)}
            onChange={() => toggle(choice.code)}
          />
          {inLanguage(choice, language.value)}
        </label>
      ))}
    </div>
  );
}

interface ChoicesProps {
  readonly given: FieldProps;
  readonly clear: () => void;
  readonly two?: boolean;
  readonly children: ComponentChildren;
}

function Choices({ children, clear, given, two = false }: ChoicesProps) {
  const { value } = given.shown;
  return (
    <>
      <div class={two ? "choices two" : "choices"}>{children}</div>
      {value !== null && value !== undefined && (
        <button type="button" class="btn plain small clear" onClick={clear}>
          {say.value.form.clear}
        </button>
      )}
    </>
  );
}

function One({ answer, given, words }: { given: FieldProps; answer: string | boolean; words: string }) {
  const { described, id, sheet, shown } = given;
  return (
    <label class="choice">
      <input
        type="radio"
        name={id}
        aria-describedby={described}
        checked={shown.value === answer}
        onChange={() => sheet.put(shown.field, answer, shown.at)}
      />
      {words}
    </label>
  );
}
