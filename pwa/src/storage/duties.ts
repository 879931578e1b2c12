/** What is to be filed for a unit: by directive, form and period, with the report if there is one already. */

import { recordId } from "../protocol/body.ts";
import type { Hex } from "../protocol/bytes.ts";
import type { Assignment } from "../protocol/definitions/assignments.ts";
import { shown } from "../protocol/definitions/book.ts";
import { dateText, dayNumber } from "../protocol/definitions/dates.ts";
import type { Directive } from "../protocol/definitions/directives.ts";
import { derivedFrom, type Form } from "../protocol/definitions/forms.ts";
import type { Period } from "../protocol/definitions/periods.ts";
import { REPORTS, RESTRICTED, scopeOf } from "../protocol/ids.ts";
import type { Duty } from "./phone.ts";
import type { Shelf } from "./shelf.ts";

/** Days for which a period that is over is still asked for. */
export const DAYS_BACK = 62;

/** The duties of a unit on a day, the next due first. Events have none: they are filed as they come. */
export function dutiesOf(shelf: Shelf, unit: Hex, today: string, back = DAYS_BACK): Duty[] {
  const level = shelf.book.unitName(unit, today).level;
  const assigned = new Map(shelf.book.assignedTo(unit).map((each) => [each.directive, each]));
  const duties: Duty[] = [];
  for (const form of shelf.book.newestForms().values()) {
    const { subject, timing } = form;
    const isHere = subject.levels.length === 0 || subject.levels.includes(level);
    if (!isHere || timing.occasion === "event") continue;
    for (const code of reportedOn(directivesOf(shelf, form), form, new Set(assigned.keys()))) {
      const assignment = assigned.get(code) ?? null;
      const directive = shelf.book.directives.get(code)?.[0]?.definition ?? null;
      for (const site of sitesOf(shelf, unit, form)) {
        for (const period of periodsOf(shelf, form, today, back)) {
          duties.push(dutyOf(shelf, unit, form, directive, assignment, site, period));
        }
      }
    }
  }
  return duties.sort((one, other) => compare(one.due ?? "~", other.due ?? "~"));
}

/** Which of its directives a form is filed for here; nothing stands for a form that names none. */
function reportedOn(
  directives: readonly string[],
  { subject }: Form,
  assigned: ReadonlySet<string>,
): string[] {
  if (directives.length === 0) return [""];
  const here = directives.filter((code) => assigned.size === 0 || assigned.has(code));
  // A report that serves two tasks is one report; the progress of a task is one for each.
  return subject.kind === "directive" ? here : here.slice(0, 1);
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

/** The sites that a form asks about; null where it is about none, where none is known, and where one more may be registered. */
function sitesOf(shelf: Shelf, unit: Hex, { subject, timing }: Form): (Hex | null)[] {
  if (subject.kind !== "site" || timing.occasion === "profile") return [null];
  const sites = shelf.sites(unit, subject.site);
  return sites.length > 0 ? sites : [null];
}

/** The directives that a form reports on, whichever of the two names the other. */
function directivesOf({ book }: Shelf, { family, directives }: Form): string[] {
  const naming = [...shown(book.directives).values()].filter(({ forms }) => forms.includes(family));
  return [...new Set([...directives, ...naming.map(({ code }) => code)])];
}

/** The periods of a form that are asked for now; null stands for a form without periods. */
function periodsOf({ book }: Shelf, { timing }: Form, today: string, back: number): (Period | null)[] {
  if (timing.occasion !== "period") return [null];
  const from = dateText(dayNumber(today) - back);
  const periods = [...shown(book.periods).values()].filter(
    ({ regime, kind, start, end }) =>
      regime === timing.regime && kind === timing.kind && start <= today && end >= from,
  );
  return periods.sort((one, other) => (one.start < other.start ? 1 : -1));
}

function dutyOf(
  shelf: Shelf,
  unit: Hex,
  form: Form,
  directive: Directive | null,
  assignment: Assignment | null,
  site: Hex | null,
  period: Period | null,
): Duty {
  const about = { site, directive: directive?.code ?? null, period: period?.id ?? null };
  const isNamed = form.subject.kind !== "site" || site !== null;
  const preimage = isNamed ? derivedFrom(form, about) : null;
  const scope = scopeOf(form.restricted ? RESTRICTED : REPORTS, unit);
  const found = preimage === null ? undefined : shelf.found(recordId(preimage, scope));
  const dues = [assignment?.due, period?.due, directive?.due].filter((due) => typeof due === "string");
  return {
    directive,
    assignment,
    form,
    formId: shelf.idOf(form),
    unit,
    site,
    period,
    due: dues.sort()[0] ?? null,
    report: found === undefined || found.report.hidden ? null : found.report,
  };
}
