/** A report that is not on the list of duties: any form, for any period that has begun, for any site. */

import { useState } from "preact/hooks";
import { say } from "../../i18n/language.ts";
import { dayOf } from "../../i18n/written.ts";
import { type Form, formId } from "../../protocol/definitions/forms.ts";
import type { Period } from "../../protocol/definitions/periods.ts";
import { sortKey } from "../../protocol/definitions/text.ts";
import type { Desk } from "../../storage/phone.ts";
import { Page } from "../parts/page.tsx";
import { Pick } from "../parts/pick.tsx";
import { periodName, siteName, titleOf } from "../state/naming.ts";
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
      <Pick
        id="form"
        label={words.form}
        value={family}
        change={setFamily}
        options={[["", say.value.form.choose], ...forms.map((each) => [each.family, titleOf(each)] as const)]}
      />
      {periods.length > 0 && (
        <Pick
          id="period"
          label={words.period}
          value={period?.id ?? ""}
          change={setPeriod}
          options={periods.map((each) => [each.id, periodName(each)] as const)}
        />
      )}
      {form?.subject.kind === "site" && (
        <Pick
          id="site"
          label={words.site}
          value={chosenSite || (site ?? NEW)}
          change={setSite}
          options={[...sites.map((each) => [each, siteName(here, each)] as const), [NEW, words.newSite]]}
        />
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
