/** One report: how far it is, what it says, what reviewers said, its history, and what this person may do about it. */

import { useEffect, useState } from "preact/hooks";
import { inWords } from "../../forms/wording.ts";
import { language, say } from "../../i18n/language.ts";
import { dayOf } from "../../i18n/written.ts";
import type { Answers } from "../../protocol/definitions/form-values.ts";
import type { Form } from "../../protocol/definitions/forms.ts";
import { inLanguage } from "../../protocol/definitions/words.ts";
import type { Desk, Report } from "../../storage/phone.ts";
import { Ladder } from "../parts/ladder.tsx";
import { Note, Page } from "../parts/page.tsx";
import { Tag } from "../parts/tag.tsx";
import { sentence } from "../state/mishap.ts";
import { aboutOf, fieldName, originLine, placeName, titleOf, tongue } from "../state/naming.ts";
import { route, to } from "../state/route.ts";
import { desk } from "../state/session.ts";
import { Deeds } from "./report-deeds.tsx";
import { History } from "./report-history.tsx";

/** What a report says: answers and calculations. */
interface Reading {
  readonly form: Form;
  readonly answers: Answers;
  readonly calculated: Readonly<Record<string, unknown>>;
}

export function ReportScreen() {
  const { here } = desk.value;
  const id = route.value.about.get("id") ?? "";
  const report = here?.report(id);
  const { reading, wrong } = useReading(here, report);
  if (here === null) return null;
  if (report === undefined) {
    return (
      <Page title={say.value.reports.title} back={to("reports")}>
        <h1>{say.value.reports.title}</h1>
        <Note kind="ask">{say.value.report.gone}</Note>
      </Page>
    );
  }
  const today = dayOf(new Date());
  return (
    <Page title={titleOf(report.form)} back={to("")}>
      <div>
        <h1>{titleOf(report.form)}</h1>
        <p class="mute">{placeName(here, aboutOf(report), today)}</p>
      </div>
      {route.value.about.has("saved") && report.way === "saved" && (
        <Note kind="ok">{say.value.report.decided}</Note>
      )}
      {report.hidden && <Tag icon="minus" words={say.value.reports.hidden} />}
      {report.draft && (
        <a class="note plain" href={to("fill", { report: id })}>
          {say.value.home.draft}
        </a>
      )}
      <ConflictLinks here={here} report={report} />
      <Ladder report={report} />
      <Reviews here={here} report={report} today={today} />
      <Deeds here={here} report={report} />
      {wrong !== "" && <Note kind="bad">{wrong}</Note>}
      {reading !== null && <Values reading={reading} />}
      <History here={here} report={report} />
    </Page>
  );
}

/** What the report says; read anew when it changed. */
function useReading(here: Desk | null, report: Report | undefined) {
  const [reading, setReading] = useState<Reading | null>(null);
  const [wrong, setWrong] = useState("");
  const id = report?.id;
  const version = `${report?.changed} ${report?.conflicts} ${report?.stage}`;
  useEffect(() => {
    if (here === null || id === undefined) return;
    const read = async () => {
      const filling = await here.open(id);
      const { answers, form } = filling;
      setReading({ form, answers, calculated: filling.calculated(dayOf(new Date())) });
      await filling.close();
    };
    read().catch((error: unknown) => setWrong(sentence(error, say.peek())));
  }, [here, id, version]);
  return { reading, wrong };
}

function ConflictLinks({ here, report }: { here: Desk; report: Report }) {
  const own = here.conflicts().filter((conflict) => conflict.report.id === report.id);
  return (
    <>
      {own.map(({ field, id }) => (
        <a key={id} class="note ask" href={to("conflict", { id })}>
          <span class="b">
            {say.value.conflict.title}: {fieldName(report.form, field)}
          </span>
        </a>
      ))}
    </>
  );
}

function Reviews({ here, report, today }: { here: Desk; report: Report; today: string }) {
  const reviews = here.reviews(report.id);
  if (reviews.length === 0) return null;
  const { stage } = say.value;
  const words: Readonly<Record<string, string>> = {
    confirmed: stage.confirmed,
    approved: stage.approved,
    returned: stage.returned,
  };
  return (
    <section class="chapter">
      <h2>{say.value.report.reviews}</h2>
      {reviews.map(({ origin, reason, role, stale, verdict }) => (
        <Note
          key={`${role} ${origin.person.key} ${origin.time}`}
          kind={stale || verdict === "returned" ? "ask" : "ok"}
        >
          <p class="b">{words[verdict] ?? verdict}</p>
          {reason !== "" && <p>“{reason}”</p>}
          {stale && <p>{say.value.report.stale}</p>}
          <p class="small mute">{originLine(here, origin, new Date(), today)}</p>
        </Note>
      ))}
    </section>
  );
}

/** Answers by section; rows one under the other. */
function Values({ reading }: { reading: Reading }) {
  const { answers, calculated, form } = reading;
  const given = form.fields.filter(({ name }) => (calculated[name] ?? answers[name]) !== undefined);
  return (
    <section class="chapter">
      <h2>{say.value.report.values}</h2>
      <dl class="values">
        {given.map((field) => (
          <div key={field.name}>
            <dt>{inLanguage(field.label, language.value)}</dt>
            <dd>
              {inWords(field, field.kind === "calc" ? calculated[field.name] : answers[field.name], tongue())}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
