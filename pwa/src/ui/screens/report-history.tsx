/** Everything that was ever said about a report, the newest first; what no longer stands is there too. */

import { useState } from "preact/hooks";
import { inWords } from "../../forms/wording.ts";
import { say } from "../../i18n/language.ts";
import { dayOf } from "../../i18n/written.ts";
import type { Field, Form } from "../../protocol/definitions/forms.ts";
import * as op from "../../protocol/operations.ts";
import type { Desk, HistoryEntry, Report } from "../../storage/phone.ts";
import { fieldName, originLine, tongue } from "../state/naming.ts";

export function History({ here, report }: { here: Desk; report: Report }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <section class="chapter">
      <h2>{say.value.report.history}</h2>
      {isOpen ? (
        <ol class="log">
          {here.history(report.id).map((entry, place) => (
            <Entry key={place} here={here} report={report} entry={entry} />
          ))}
        </ol>
      ) : (
        <button type="button" class="btn" onClick={() => setOpen(true)}>
          {say.value.report.showHistory}
        </button>
      )}
    </section>
  );
}

function Entry({ entry, here, report }: { here: Desk; report: Report; entry: HistoryEntry }) {
  const { live, origin } = entry;
  const subject = subjectOf(report.form, entry);
  return (
    <li class={live ? "" : "past"}>
      <p>
        {subject !== "" && <span class="b">{subject}: </span>}
        {deedOf(report.form, entry)}
      </p>
      <p class="small mute">
        {originLine(here, origin, new Date(), dayOf(new Date()))} ·{" "}
        {live ? say.value.report.now : say.value.report.replaced}
        {" · "}
        {say.value.way[origin.way]}
      </p>
    </li>
  );
}

function subjectOf(form: Form | null, { cell, field }: HistoryEntry): string {
  if (field === "") return "";
  if (cell === "") return fieldName(form, field);
  const found = fieldIn(form, field)?.cells.find(({ name }) => name === cell);
  return found === undefined ? cell : `${fieldName(form, field)}, ${found.label[tongue().language]}`;
}

function fieldIn(form: Form | null, name: string): Field | undefined {
  return form?.fields.find((each) => each.name === name);
}

/** What was said, in words. */
function deedOf(form: Form | null, { cell, field, kind, value }: HistoryEntry): string {
  const { deeds } = say.value.report;
  const whole = fieldIn(form, field);
  const found = cell === "" ? whole : whole?.cells.find(({ name }) => name === cell);
  const words = found === undefined ? String(value ?? "") : inWords(found, value, tongue());
  switch (kind) {
    case op.COUNT:
      return deeds.counted(typeof value === "number" && value > 0 ? `+${value}` : String(value));
    case op.ADD:
      return found?.kind === "rows" ? deeds.added : `${deeds.added} ${words}`;
    case op.REMOVE:
      return `${deeds.removed} ${words}`;
    case op.NOTE:
      return `${deeds.note}: ${textIn(value)}`;
    case op.VOID:
      return `${deeds.voided}: ${textIn(value)}`;
    case op.RESTORE:
      return `${deeds.restored}: ${textIn(value)}`;
    case op.ATTEST:
      return verdictOf(value);
    case op.LINK:
      return deeds.linked;
    default:
      return words;
  }
}

/** The text that a value holds, wherever it stands in it. */
function textIn(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.filter((part) => typeof part === "string").join(" ") : "";
}

function verdictOf(value: unknown): string {
  const [verdict, reason] = Array.isArray(value) ? value : [];
  const words: Readonly<Record<string, string>> = say.value.stage;
  const said = words[String(verdict)] ?? String(verdict);
  return typeof reason === "string" && reason !== "" ? `${said}: “${reason}”` : said;
}
