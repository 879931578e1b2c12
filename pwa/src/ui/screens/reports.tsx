/** All reports on this phone: found without diacritics, the newest first. */

import { computed, signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { say } from "../../i18n/language.ts";
import { dayOf } from "../../i18n/written.ts";
import { fold } from "../../protocol/definitions/text.ts";
import type { Desk, Report } from "../../storage/phone.ts";
import { Page } from "../parts/page.tsx";
import { ReportTag } from "../parts/tag.tsx";
import { waitsFor } from "../state/agenda.ts";
import { aboutOf, placeName, titleOf } from "../state/naming.ts";
import { route, to } from "../state/route.ts";
import { desk } from "../state/session.ts";

const AT_ONCE = 50;

/** A report with what it is called, and what it is found by. */
interface Line {
  readonly report: Report;
  readonly title: string;
  readonly place: string;
  readonly key: string;
}

export function ReportsScreen() {
  const { here } = desk.value;
  const wanted = useMemo(() => signal(""), []);
  const most = useMemo(() => signal(AT_ONCE), []);
  const lines = useMemo(() => computed(() => linesOf(desk.value.here)), []);
  if (here === null) return null;
  const isReview = route.value.about.get("show") === "review";
  const open = isReview ? lines.value.filter(({ report }) => waitsFor(here, report)) : lines.value;
  const words = fold(wanted.value).split(" ");
  const found = open.filter(({ key }) => words.every((word) => key.includes(word)));
  const { reports } = say.value;
  return (
    <Page title={reports.title}>
      <h1>{isReview ? say.value.home.toReview(open.length) : reports.title}</h1>
      <div class="field">
        <label for="search">{reports.search}</label>
        <input
          id="search"
          class="box"
          type="search"
          autocomplete="off"
          aria-describedby="search-about"
          onInput={(event) => {
            wanted.value = event.currentTarget.value;
            most.value = AT_ONCE;
          }}
        />
        <p class="small mute" id="search-about">
          {reports.searchHint}
        </p>
      </div>
      <p role="status" class="small">
        {open.length === 0
          ? reports.none
          : found.length === 0
            ? reports.noneFound
            : reports.found(found.length)}
      </p>
      {found.length > 0 && (
        <div class="slips">
          {found.slice(0, most.value).map((line) => (
            <ReportSlip key={line.report.id} line={line} />
          ))}
        </div>
      )}
      {found.length > most.value && (
        <button
          type="button"
          class="btn"
          onClick={() => {
            most.value += AT_ONCE;
          }}
        >
          {reports.more}
        </button>
      )}
    </Page>
  );
}

function ReportSlip({ line: { place, report, title } }: { line: Line }) {
  return (
    <a class="slip" href={to("report", { id: report.id })}>
      <h2 class="slip-title">{title}</h2>
      <span class="small mute">{place}</span>
      <ReportTag report={report} />
    </a>
  );
}

function linesOf(here: Desk | null): Line[] {
  if (here === null) return [];
  const today = dayOf(new Date());
  return here.reports().map((report) => {
    const title = titleOf(report.form);
    const place = placeName(here, aboutOf(report), today);
    return {
      report,
      title,
      place,
      key: fold(`${title} ${place} ${report.family} ${report.directive ?? ""}`),
    };
  });
}
