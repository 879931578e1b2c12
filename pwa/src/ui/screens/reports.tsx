/** All reports on this phone: found without diacritics, the newest first. */

import { useEffect, useState } from "preact/hooks";
import { language, say } from "../../i18n/language.ts";
import { dayOf } from "../../i18n/written.ts";
import type { Desk, Report } from "../../storage/phone.ts";
import { Page } from "../parts/page.tsx";
import { ReportTag } from "../parts/tag.tsx";
import { waitingFor } from "../state/agenda.ts";
import { aboutOf, placeName, titleOf } from "../state/naming.ts";
import { route, to } from "../state/route.ts";
import { forgetKeys, found, prepare, prepared } from "../state/search.ts";
import { desk } from "../state/session.ts";

const AT_ONCE = 50;

export function ReportsScreen() {
  const { here } = desk.value;
  const [wanted, setWanted] = useState("");
  const [most, setMost] = useState(AT_ONCE);
  const all = here?.reports();
  usePreparing(here, all);
  if (here === null || all === undefined) return null;
  prepared.value; // drawn anew when more can be found
  const isReview = route.value.about.get("show") === "review";
  const open = isReview ? waitingFor(here) : all;
  const shown = found(open, wanted);
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
            setWanted(event.currentTarget.value);
            setMost(AT_ONCE);
          }}
        />
        <p class="small mute" id="search-about">
          {reports.searchHint}
        </p>
      </div>
      <p role="status" class="small">
        {open.length === 0
          ? reports.none
          : shown.length === 0
            ? reports.noneFound
            : reports.found(shown.length)}
      </p>
      {shown.length > 0 && (
        <div class="slips">
          {shown.slice(0, most).map((report) => (
            <ReportSlip key={report.id} here={here} report={report} />
          ))}
        </div>
      )}
      {shown.length > most && (
        <button type="button" class="btn" onClick={() => setMost(most + AT_ONCE)}>
          {reports.more}
        </button>
      )}
    </Page>
  );
}

/** Fold the words of reports while the list is open. */
function usePreparing(here: Desk | null, all: readonly Report[] | undefined): void {
  const spoken = language.value;
  useEffect(() => {
    forgetKeys();
    return forgetKeys;
  }, [spoken, here]);
  useEffect(() => {
    let isOver = false;
    if (here !== null && all !== undefined) void prepare(here, () => isOver);
    return () => {
      isOver = true;
    };
  }, [here, all, spoken]);
}

function ReportSlip({ here, report }: { here: Desk; report: Report }) {
  return (
    <a class="slip" href={to("report", { id: report.id })}>
      <h2 class="slip-title">{titleOf(report.form)}</h2>
      <span class="small mute">{placeName(here, aboutOf(report), dayOf(new Date()))}</span>
      <ReportTag report={report} />
    </a>
  );
}
