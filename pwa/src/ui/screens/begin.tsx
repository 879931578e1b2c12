/** A report that is not on the list of duties: any form, for any period that has begun, for any site. */

import { useState } from "preact/hooks";
import { say } from "../../i18n/language.ts";
import { dayOf } from "../../i18n/written.ts";
import { type Form, formId } from "../../protocol/definitions/forms.ts";
import type { Period } from "../../protocol/definitions/periods.ts";
import { sortKey } from "../../protocol/definitions/text.ts";
import type { Desk } from "../../storage/phone.ts";
import { Page } from "../parts/page.tsx";
import { periodName, titleOf } from "../state/naming.ts";
import { go, to } from "../state/route.ts";
import { desk } from "../state/session.ts";

export function BeginScreen() {
  const { here } = desk.value;
  const [family, setFamily] = useState("");
  const [chosenPeriod, setPeriod] = useState("");
  const [chosenSite, setSite] = useState("");
  if (here === null) return null;
  const today = dayOf(new Date());
  const forms = formsFor(here, today);
  const form = forms.find((each) => each.family === family);
  const periods = form === undefined ? [] : periodsFor(here, form, today);
  const sites = form === undefined ? [] : sitesFor(here, form);
  const period = periods.find(({ id }) => id === chosenPeriod) ?? periods[0];
  const site = sites.includes(chosenSite) ? chosenSite : (sites[0] ?? null);
  const begin = () => {
    if (form === undefined) return;
    const wanted = chosenSite === NEW ? null : site;
    go("fill", {
      form: formId(form),
      unit: here.unit,
      site: wanted,
      period: period?.id ?? null,
      new: newMark(form, wanted),
    });
  };
  const isReady = form !== undefined && (form.timing.occasion !== "period" || period !== undefined);
  const { begin: words } = say.value;
  const foot = (
    <button type="button" class="btn main" disabled={!isReady} onClick={begin}>
      {words.start}
    </button>
  );
  return (
    <Page title={words.title} back={to("")} foot={foot}>
      <h1>{words.title}</h1>
      <label class="field">
        <span class="lbl">{words.form}</span>
        <select class="box" value={family} onChange={(event) => setFamily(event.currentTarget.value)}>
          <option value="">{say.value.form.choose}</option>
          {forms.map((each) => (
            <option key={each.family} value={each.family}>
              {titleOf(each)}
            </option>
          ))}
        </select>
      </label>
      {periods.length > 0 && (
        <label class="field">
          <span class="lbl">{words.period}</span>
          <select
            class="box"
            value={period?.id ?? ""}
            onChange={(event) => setPeriod(event.currentTarget.value)}
          >
            {periods.map((each) => (
              <option key={each.id} value={each.id}>
                {periodName(each)}
              </option>
            ))}
          </select>
        </label>
      )}
      {form?.subject.kind === "site" && (
        <label class="field">
          <span class="lbl">{words.site}</span>
          <select
            class="box"
            value={chosenSite || (site ?? NEW)}
            onChange={(event) => setSite(event.currentTarget.value)}
          >
            {sites.map((each) => (
              <option key={each} value={each}>
                {here.siteName(each)}
              </option>
            ))}
            <option value={NEW}>{words.newSite}</option>
          </select>
        </label>
      )}
    </Page>
  );
}

const NEW = "new";

/** Says that a new site is meant, even if somebody began one before. */
function newMark(form: Form, site: string | null): string | null {
  return form.subject.kind === "site" && site === null ? "site" : null;
}

/** The forms that units of this level fill in. */
function formsFor(here: Desk, today: string): Form[] {
  const { level } = here.book.unitName(here.unit, today);
  const forms = [...here.book.newestForms().values()].filter(
    ({ subject }) => subject.levels.length === 0 || subject.levels.includes(level),
  );
  return forms.sort((one, other) => (sortKey(titleOf(one)) < sortKey(titleOf(other)) ? -1 : 1));
}

/** The periods that have begun, the newest first. */
function periodsFor(here: Desk, { timing }: Form, today: string): Period[] {
  if (timing.occasion !== "period") return [];
  const periods = [...here.book.periods.values()].flatMap(([first]) => first?.definition ?? []);
  const fitting = periods.filter(
    ({ kind, regime, start }) => kind === timing.kind && regime === timing.regime && start <= today,
  );
  return fitting.sort((one, other) => (one.start < other.start ? 1 : -1));
}

function sitesFor(here: Desk, { subject }: Form): string[] {
  return subject.kind === "site" ? [...here.sites(here.unit, subject.site)] : [];
}
