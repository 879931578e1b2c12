/** What people call things: forms, periods, sites, units, persons; in the language that is spoken. */

import type { Tongue } from "../../forms/wording.ts";
import { language, say } from "../../i18n/language.ts";
import { when } from "../../i18n/written.ts";
import type { Form } from "../../protocol/definitions/forms.ts";
import { type Period, periodLabel } from "../../protocol/definitions/periods.ts";
import { inLanguage } from "../../protocol/definitions/words.ts";
import type { About, Desk, Origin, Person, Report } from "../../storage/phone.ts";

/** The language that is spoken now, and its texts. */
export function tongue(): Tongue {
  return { language: language.value, say: say.value };
}

export function titleOf(form: Form | null): string {
  return form === null ? say.value.reports.unknownForm : inLanguage(form.title, language.value);
}

export function periodName(period: Period | null): string {
  return period === null ? "" : inLanguage(periodLabel(period), language.value);
}

export function unitName(desk: Desk, unit: string, today: string): string {
  const { name, nameEn } = desk.book.unitName(unit, today);
  return language.value === "en" ? nameEn || name : name;
}

/** What people call a site; as long as it has no profile, the start of its id. */
export function siteName(desk: Desk, site: string): string {
  const name = desk.siteName(site);
  return site.startsWith(name) ? say.value.begin.unnamedSite(name.slice(0, 4)) : name;
}

/** Where and for when a report is: its site or unit, and its period. */
export function placeName(desk: Desk, { period, site, unit }: About, today: string): string {
  const where = site === null ? unitName(desk, unit, today) : siteName(desk, site);
  const named = period === null ? null : (desk.book.periods.get(period)?.[0]?.definition ?? null);
  return [where, periodName(named)].filter((part) => part !== "").join(", ");
}

/** What somebody's certificate is for: our roles in words, others as they are called. */
export function roleName(label: string): string {
  const known: Readonly<Record<string, string>> = say.value.role;
  return known[label] ?? label;
}

/** Who somebody is: their name, else their role; oneself is "you". */
export function personName({ label, name }: Person, own = false): string {
  if (own) return say.value.report.me;
  return name || roleName(label) || say.value.report.stranger;
}

/** What a device is known by, to tell two of them apart. */
export function deviceName({ key }: Person): string {
  return key.slice(0, 8);
}

/** Who said something and when. */
export function originLine(desk: Desk, { own, person, time }: Origin, now: Date, today: string): string {
  const who = personName(person, own);
  const where = own || person.unit === "" ? "" : unitName(desk, person.unit, today);
  const whoAndWhere = where === "" ? who : say.value.report.by(who, where);
  return `${whoAndWhere} · ${when(time, now, say.value)}`;
}

/** What a report is about. */
export function aboutOf({ directive, period, site, unit }: Report): About {
  return { unit, site, directive, period };
}

/** The label of a field, or its name where the form is not known. */
export function fieldName(form: Form | null, name: string): string {
  const field = form?.fields.find((each) => each.name === name);
  return field === undefined ? name : inLanguage(field.label, language.value);
}
