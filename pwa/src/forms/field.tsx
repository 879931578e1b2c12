/** One question: its label, its input, what is doubtful about it, what it was one period earlier. */

import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { language, say } from "../i18n/language.ts";
import type { Flag } from "../protocol/definitions/form-answers.ts";
import { inLanguage } from "../protocol/definitions/words.ts";
import { ChoiceField, ManyField, YesField } from "./fields/choices.tsx";
import { PositionField } from "./fields/position.tsx";
import { RowsField } from "./fields/rows.tsx";
import { TallyField } from "./fields/tally.tsx";
import { TypedField } from "./fields/typed.tsx";
import { keyOf, type Sheet, type Shown } from "./sheet.ts";
import { inWords } from "./wording.ts";

/** What the view of one kind of field is given. `id` names the input, `described` what explains it. */
export interface FieldProps {
  readonly sheet: Sheet;
  readonly shown: Shown;
  readonly id: string;
  readonly described: string;
}

/** Shows a question; rows are given it for their cells. */
export type QuestionView = (given: { readonly sheet: Sheet; readonly shown: Shown }) => ComponentChildren;

/** A field of the form; it is drawn anew only if something about it changed. */
export function FormField({ name, sheet }: { readonly sheet: Sheet; readonly name: string }) {
  const shown: ReadonlySignal<Shown> = sheet.field(name);
  return <Question sheet={sheet} shown={shown.value} />;
}

/** A question, of the form or of a row. */
export function Question({ sheet, shown }: { readonly sheet: Sheet; readonly shown: Shown }) {
  if (!shown.applies) return null;
  const { field } = shown;
  const id = `f-${keyOf(field.name, shown.at).replace(" ", "-")}`;
  const described = `${id}-about`;
  const given = { sheet, shown, id, described };
  return (
    <Framed shown={shown} id={id}>
      {input(given)}
      <div id={described} class="about">
        <Messages shown={shown} />
        <Before shown={shown} />
      </div>
    </Framed>
  );
}

function input(given: FieldProps): ComponentChildren {
  const { field } = given.shown;
  switch (field.kind) {
    case "sel1":
      return <ChoiceField {...given} />;
    case "selN":
      return <ManyField {...given} />;
    case "bool":
      return <YesField {...given} />;
    case "geo":
      return <PositionField {...given} />;
    case "rows":
      return <RowsField {...given} question={Question} />;
    case "calc":
      return <output id={given.id}>{inWords(field, given.shown.calculated, tongue())}</output>;
    case "photo":
      return <p class="small mute">{say.value.form.photoLater}</p>;
    default:
      return field.merge === "count" ? <TallyField {...given} /> : <TypedField {...given} />;
  }
}

const GROUPS: readonly string[] = ["sel1", "selN", "bool", "geo", "rows", "photo"];

/** A group of inputs has a legend, a single one a label. */
function Framed({ children, id, shown }: { children: ComponentChildren; id: string; shown: Shown }) {
  const { field } = shown;
  const isGroup = GROUPS.includes(field.kind) || field.merge === "count";
  const label = (
    <>
      {inLanguage(field.label, language.value)}
      <Asides shown={shown} />
    </>
  );
  if (!isGroup) {
    return (
      <div class="field" data-field={field.name}>
        <label for={id}>{label}</label>
        {children}
      </div>
    );
  }
  return (
    <fieldset class="field" data-field={field.name}>
      <legend class="lbl">{label}</legend>
      {children}
    </fieldset>
  );
}

function Asides({ shown: { field } }: { shown: Shown }) {
  const asides = [
    field.hint === null ? "" : inLanguage(field.hint, language.value),
    field.personal ? say.value.form.personal : "",
    field.restricted ? say.value.form.restricted : "",
  ];
  const said = asides.filter((each) => each !== "").join(" · ");
  return said === "" ? null : <small class="aside">{said}</small>;
}

function Messages({ shown }: { shown: Shown }) {
  const { field, flags, problem, siblings } = shown;
  const conflict = siblings.map(({ value }) => inWords(field, value, tongue())).join(" / ");
  return (
    <>
      {problem !== null && <Message words={problemInWords(shown)} />}
      {flags.map((flag) => (
        <Message key={flag.code} words={flagInWords(flag)} />
      ))}
      {siblings.length > 1 && <Message words={say.value.form.conflict(conflict)} />}
    </>
  );
}

function Message({ words }: { words: string }) {
  return (
    <p class="msg" role="status">
      <svg class="i sm" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 4 2.500 20h19zM12 10v4.500M12 17.300v.1" />
      </svg>
      <span>{words}</span>
    </p>
  );
}

function Before({ shown: { before, field } }: { shown: Shown }) {
  if (before === undefined || before === null || field.kind === "rows") return null;
  return <p class="prev">{say.value.form.before(inWords(field, before, tongue()))}</p>;
}

function problemInWords({ field, problem }: Shown): string {
  if (problem === null) return "";
  return problem === "digits" ? say.value.flag.digits(field.size) : say.value.flag[problem];
}

/** The form's own words, else ours. */
function flagInWords({ code, message }: Flag): string {
  return message === null ? say.value.flag[code] : inLanguage(message, language.value);
}

function tongue() {
  return { language: language.value, say: say.value };
}
