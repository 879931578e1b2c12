/** Two different values: both, with who, when and from which device; settled here, or left as they are. */

import { useState } from "preact/hooks";
import { readEntry } from "../../forms/entry.ts";
import { inWords } from "../../forms/wording.ts";
import { language, say } from "../../i18n/language.ts";
import { dayOf, when } from "../../i18n/written.ts";
import type { Value } from "../../protocol/canonical.ts";
import type { Field } from "../../protocol/definitions/forms.ts";
import { inLanguage } from "../../protocol/definitions/words.ts";
import type { Conflict, Desk, Sibling } from "../../storage/phone.ts";
import { Note, Page } from "../parts/page.tsx";
import { sentence } from "../state/mishap.ts";
import {
  aboutOf,
  deviceName,
  personName,
  placeName,
  roleName,
  titleOf,
  tongue,
  unitName,
} from "../state/naming.ts";
import { goInstead, route, to } from "../state/route.ts";
import { desk } from "../state/session.ts";
import { syncSoon } from "../state/syncing.ts";

/** Kinds of fields for which another value can be typed here; for the others the form is opened. */
const TYPED = ["int", "dec", "money", "text", "date"];

export function ConflictScreen() {
  const { here } = desk.value;
  const id = route.value.about.get("id");
  const conflict = here?.conflicts().find((each) => each.id === id);
  if (here === null) return null;
  if (conflict === undefined) {
    return (
      <Page title={say.value.conflict.title} back={to("")}>
        <h1>{say.value.conflict.title}</h1>
        <Note kind="ok">{say.value.conflict.gone}</Note>
      </Page>
    );
  }
  return <OpenConflict key={conflict.id} here={here} conflict={conflict} />;
}

function OpenConflict({ conflict, here }: { here: Desk; conflict: Conflict }) {
  const { report, siblings } = conflict;
  const field = fieldOf(conflict);
  const [chosen, setChosen] = useState<number | "other" | null>(null);
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState("");
  const typed = field === undefined ? { value: null } : readEntry(field, text, language.value);
  const value = valueChosen(siblings, chosen, typed);
  const settle = async () => {
    if (value === undefined) return;
    try {
      await here.resolve(conflict, value);
      syncSoon();
      goInstead("report", { id: report.id, saved: "1" });
    } catch (error) {
      setWrong(sentence(error, say.value));
    }
  };
  const label = field === undefined ? conflict.field : inLanguage(field.label, language.value);
  const foot = (
    <div class="two-actions">
      <a class="btn plain" href={to("")}>
        {say.value.app.later}
      </a>
      <button type="button" class="btn main" disabled={value === undefined} onClick={() => void settle()}>
        {value === undefined
          ? say.value.conflict.settleNone
          : say.value.conflict.settle(valueInWords(field, value))}
      </button>
    </div>
  );
  return (
    <Page title={say.value.conflict.title} back={to("report", { id: report.id })} foot={foot}>
      <div>
        <h1>{label}</h1>
        <p class="mute">{say.value.conflict.title}</p>
        <p class="small mute">
          {titleOf(report.form)}, {placeName(here, aboutOf(report), dayOf(new Date()))}
        </p>
      </div>
      {wrong !== "" && <Note kind="bad">{wrong}</Note>}
      <fieldset class="people">
        <legend class="hide">{label}</legend>
        {siblings.map((sibling, place) => (
          <SiblingCard
            key={`${sibling.origin.person.key} ${sibling.origin.time}`}
            here={here}
            field={field}
            sibling={sibling}
            isChosen={chosen === place}
            choose={() => setChosen(place)}
          />
        ))}
        {field !== undefined && TYPED.includes(field.kind) && (
          <label class="choice person">
            <input
              type="radio"
              name="sibling"
              checked={chosen === "other"}
              onChange={() => setChosen("other")}
            />
            {say.value.conflict.other}
          </label>
        )}
      </fieldset>
      {chosen === "other" && (
        <div class="field">
          <label for="other">{say.value.conflict.other}</label>
          <div class="entry">
            <input
              id="other"
              {...(field?.kind === "date" ? { type: "date" } : { type: "text" })}
              autocomplete="off"
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </div>
          {"problem" in typed && typed.problem !== "digits" && (
            <p class="msg">{say.value.flag[typed.problem]}</p>
          )}
        </div>
      )}
      <p class="small mute">
        {say.value.conflict.kept} {say.value.conflict.roll}
      </p>
    </Page>
  );
}

interface SiblingProps {
  readonly here: Desk;
  readonly field: Field | undefined;
  readonly sibling: Sibling;
  readonly isChosen: boolean;
  readonly choose: () => void;
}

function SiblingCard({ choose, field, here, isChosen, sibling: { origin, value } }: SiblingProps) {
  const { own, person, time } = origin;
  const { conflict } = say.value;
  return (
    <label class="choice value person">
      <input type="radio" name="sibling" checked={isChosen} onChange={choose} />
      <span class="fig">{valueInWords(field, value)}</span>
      <dl class="facts">
        <dt>{conflict.who}</dt>
        <dd>
          {personName(person, own)}
          {person.unit !== "" && `, ${unitName(here, person.unit, dayOf(new Date()))}`}
        </dd>
        <dt>{conflict.when}</dt>
        <dd>
          {when(time, new Date(), say.value)} ({say.value.report.claimed})
        </dd>
        {person.label !== "" && (
          <>
            <dt>{conflict.role}</dt>
            <dd>{roleName(person.label)}</dd>
          </>
        )}
        <dt>{conflict.from}</dt>
        <dd>{deviceName(person)}</dd>
      </dl>
    </label>
  );
}

function fieldOf({ cell, field, report }: Conflict): Field | undefined {
  const found = report.form?.fields.find(({ name }) => name === field);
  return cell === "" ? found : found?.cells.find(({ name }) => name === cell);
}

function valueInWords(field: Field | undefined, value: Value): string {
  if (field !== undefined) return inWords(field, value, tongue());
  const stages: Readonly<Record<string, string>> = say.value.stage;
  const [first] = Array.isArray(value) ? value : [value];
  return stages[String(first)] ?? String(first);
}

/** The value to settle on; undefined as long as none was chosen. */
function valueChosen(
  siblings: readonly Sibling[],
  chosen: number | "other" | null,
  typed: ReturnType<typeof readEntry>,
): Value | undefined {
  if (chosen === null) return undefined;
  if (chosen !== "other") return siblings[chosen]?.value;
  return "value" in typed && typed.value !== null ? (typed.value as Value) : undefined;
}
