/** Home: what a person is asked, then what is to be filed, period by period. */

import { language, say } from "../../i18n/language.ts";
import { date, dayOf, number } from "../../i18n/written.ts";
import type { Desk, Duty } from "../../storage/phone.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { KeepingWarning } from "../parts/keeping.tsx";
import { Note, Page, UpdateOffer } from "../parts/page.tsx";
import { ReportTag, Tag } from "../parts/tag.tsx";
import { type Agenda, agendaOf, type Chapter, daysLeft, isBegun } from "../state/agenda.ts";
import { aboutOf, periodName, placeName, siteName, titleOf, unitName } from "../state/naming.ts";
import { to } from "../state/route.ts";
import { desk } from "../state/session.ts";

/** So many matters stand one by one; the rest is found among the reports. */
const ASKS_MAX = 4;

export function HomeScreen() {
  const { here } = desk.value;
  if (here === null) return null;
  const today = dayOf(new Date());
  const agenda = agendaOf(here, today);
  return (
    <Page title={say.value.home.title}>
      <div>
        <h1>{say.value.home.title}</h1>
        <p class="mute">
          {here.person.name === "" ? "" : `${here.person.name}, `}
          {unitName(here, here.unit, today)}
        </p>
      </div>
      <UpdateOffer />
      {!here.person.confirmed && !here.practice && (
        <Note kind="ask">
          <p class="b">{say.value.home.unconfirmed}</p>
          <p class="small">{say.value.home.unconfirmedWhy(here.fingerprint)}</p>
        </Note>
      )}
      <Asks here={here} agenda={agenda} today={today} />
      {agenda.chapters.length === 0 && <p>{say.value.home.nothing}</p>}
      {agenda.chapters.map((chapter) => (
        <ChapterView key={chapter.period?.id ?? ""} here={here} chapter={chapter} today={today} />
      ))}
      <a class="btn" href={to("begin")}>
        <Icon name="plus" />
        {say.value.begin.title}
      </a>
      <KeepingWarning />
    </Page>
  );
}

/** What a person is asked. */
function Asks({ agenda, here, today }: { here: Desk; agenda: Agenda; today: string }) {
  const { conflicts, returned, toReview } = agenda;
  if (conflicts.length + returned.length + toReview.length === 0) return null;
  return (
    <div class="slips ask">
      {returned.slice(0, ASKS_MAX).map((report) => (
        <Ask
          key={report.id}
          href={to("report", { id: report.id })}
          icon="return"
          words={say.value.stage.returned}
          more={`${titleOf(report.form)}, ${placeName(here, aboutOf(report), today)}`}
        />
      ))}
      {conflicts.slice(0, ASKS_MAX).map((conflict) => (
        <Ask
          key={conflict.id}
          href={to("conflict", { id: conflict.id })}
          icon="two"
          words={say.value.conflict.title}
          more={`${titleOf(conflict.report.form)}, ${placeName(here, aboutOf(conflict.report), today)}`}
        />
      ))}
      {toReview.length > 0 && (
        <Ask
          href={to("reports", { show: "review" })}
          icon="seal"
          words={say.value.home.toReview(toReview.length)}
          more=""
        />
      )}
    </div>
  );
}

function Ask({ href, icon, more, words }: { href: string; icon: IconName; words: string; more: string }) {
  return (
    <a class="slip" href={href}>
      <Icon name={icon} />
      <span class="grow">
        <span class="b">{words}</span>
        {more !== "" && <span class="small">{more}</span>}
      </span>
      <Icon name="next" />
    </a>
  );
}

function ChapterView({ chapter, here, today }: { here: Desk; chapter: Chapter; today: string }) {
  const { duties, period } = chapter;
  return (
    <section class="chapter">
      <h2>{period === null ? say.value.home.other : periodName(period)}</h2>
      <div class="slips">
        {duties.map((duty) => (
          <DutySlip
            key={`${duty.formId} ${duty.site} ${duty.directive?.code}`}
            here={here}
            duty={duty}
            today={today}
          />
        ))}
      </div>
    </section>
  );
}

function DutySlip({ duty, here, today }: { here: Desk; duty: Duty; today: string }) {
  const { directive, form, formId, period, report, site, unit } = duty;
  const isSaved = report !== null && !report.draft;
  const about = { form: formId, unit, site, directive: directive?.code ?? null, period: period?.id ?? null };
  const href = isSaved ? to("report", { id: report.id }) : to("fill", about);
  return (
    <a class="slip" href={href}>
      <span class="code">{directive?.code ?? form.family}</span>
      <h3>{titleOf(form)}</h3>
      {site !== null && <span class="small mute">{siteName(here, site)}</span>}
      <span class="row between">
        {report === null && isBegun(here, duty) ? (
          <Tag icon="pen" tone="sea" words={say.value.home.draft} />
        ) : (
          <ReportTag report={report} />
        )}
        <Due duty={duty} today={today} />
      </span>
    </a>
  );
}

function Due({ duty, today }: { duty: Duty; today: string }) {
  const left = daysLeft(duty, today);
  if (left === null || duty.due === null) return null;
  const { home } = say.value;
  const words =
    left < 0
      ? home.late(-left, number(-left, 0, language.value))
      : left === 0
        ? home.dueToday
        : home.daysLeft(left);
  return (
    <span class={left < 0 ? "small late-due" : "small mute"}>
      {home.due(date(duty.due))}, {words}
    </span>
  );
}
