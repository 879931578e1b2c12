/** What a person has to do, in the order in which it matters. */

import { dayNumber } from "../../protocol/definitions/dates.ts";
import type { Period } from "../../protocol/definitions/periods.ts";
import { APPROVE, ATTEST, CONFIRM } from "../../protocol/operations.ts";
import type { Conflict, Desk, Duty, Report } from "../../storage/phone.ts";

/** Days for which a period that is over stays in sight. */
const DAYS_BACK = 62;

/** Duties of one period, or of none. */
export interface Chapter {
  readonly period: Period | null;
  readonly duties: readonly Duty[];
}

export interface Agenda {
  /** Reports of the person's own unit that were returned. */
  readonly returned: readonly Report[];
  readonly conflicts: readonly Conflict[];
  /** Reports that wait for this person to confirm or approve them. */
  readonly toReview: readonly Report[];
  /** Duties by period: those that run now, then those that are over, then those without a period. */
  readonly chapters: readonly Chapter[];
}

export function agendaOf(desk: Desk, today: string): Agenda {
  const reports = desk.reports().filter(({ hidden }) => !hidden);
  return {
    returned: reports.filter(({ stage, unit }) => stage === "returned" && unit === desk.unit),
    conflicts: desk.conflicts(),
    toReview: waitingFor(desk),
    chapters: chaptersOf(desk.duties(desk.unit, today, daysBack(desk, today)), today),
  };
}

/** How many reports have something of this person in them that the hub has not received; 0 only if nothing waits. */
export function unsentReports(desk: Desk): number {
  const { saved, sending } = desk.counts();
  if (saved + sending === 0) return 0;
  return Math.max(1, desk.reports().filter(({ way }) => way === "saved" || way === "sending").length);
}

/** The reports that wait for a word that this person may say: first the commune's, then the district's. */
export function waitingFor(desk: Desk): Report[] {
  const words = new Map<string, readonly Report["stage"][]>();
  return desk.reports().filter(({ hidden, stage, unit }) => {
    if (!words.has(unit)) words.set(unit, stagesFor(desk, unit));
    return !hidden && words.get(unit)?.includes(stage);
  });
}

/** The stages in which a report of a unit waits for this person. */
function stagesFor(desk: Desk, unit: string): Report["stage"][] {
  if (desk.may(unit, ATTEST, APPROVE)) return ["confirmed"];
  return desk.may(unit, ATTEST, CONFIRM) ? ["sent", "corrected"] : [];
}

/** Days until a duty is due, negative when it is late; null without a date, or when it is done. */
export function daysLeft({ due, report }: Duty, today: string): number | null {
  const isDone = report !== null && !report.draft && report.stage !== "returned";
  return due === null || isDone ? null : dayNumber(due) - dayNumber(today);
}

/** The draft of a duty, if it was begun and never saved. */
export function isBegun(desk: Desk, duty: Duty): boolean {
  const period = duty.period?.id ?? null;
  return desk.drafts().some(({ about, form }) => {
    const isSame = about.unit === duty.unit && about.period === period && form === duty.formId;
    return isSame && (duty.site === null || about.site === duty.site);
  });
}

/** Two months; more if no period was published since, so that the last ones stay in sight. */
function daysBack(desk: Desk, today: string): number {
  const ends = [...desk.book.periods.values()].flatMap(([first]) => first?.definition.end ?? []);
  const last = ends.reduce((latest, end) => (end > latest ? end : latest), "");
  return last === "" || last >= today ? DAYS_BACK : DAYS_BACK + dayNumber(today) - dayNumber(last);
}

function chaptersOf(duties: readonly Duty[], today: string): Chapter[] {
  const found = new Map<string, Duty[]>();
  for (const duty of duties) {
    const name = duty.period?.id ?? "";
    found.set(name, [...(found.get(name) ?? []), duty]);
  }
  const chapters = [...found.values()].map((each) => ({ period: each[0]?.period ?? null, duties: each }));
  return chapters.sort((one, other) => rank(one.period, today) - rank(other.period, today));
}

/** Running periods first, the one that ends next before the others; then past ones, the newest first; then none. */
function rank(period: Period | null, today: string): number {
  if (period === null) return Number.MAX_SAFE_INTEGER;
  const daysToEnd = dayNumber(period.end) - dayNumber(today);
  return daysToEnd >= 0 ? daysToEnd : 1_000_000 - daysToEnd;
}
