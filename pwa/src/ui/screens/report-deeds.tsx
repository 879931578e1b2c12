/** What a person may do about a report: correct, confirm, approve, return, add a note, move, withdraw, use again. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { say } from "../../i18n/language.ts";
import { dayOf } from "../../i18n/written.ts";
import { nfc } from "../../protocol/definitions/text.ts";
import { APPROVE, ATTEST, CONFIRM, NOTE, PUT, VOID } from "../../protocol/operations.ts";
import type { About, Desk, Report } from "../../storage/phone.ts";
import { Note } from "../parts/page.tsx";
import { Pick } from "../parts/pick.tsx";
import { sentence } from "../state/mishap.ts";
import { aboutOf, periodName, siteName } from "../state/naming.ts";
import { goInstead, to } from "../state/route.ts";
import { syncSoon } from "../state/syncing.ts";

type Asked = "return" | "note" | "move" | "void" | "restore" | null;

interface DeedsProps {
  readonly here: Desk;
  readonly report: Report;
}

export function Deeds({ here, report }: DeedsProps) {
  const [asked, setAsked] = useState<Asked>(null);
  const [wrong, setWrong] = useState("");
  const { id, unit } = report;
  const words = say.value.report;
  const attempt = async (deed: () => Promise<unknown>) => {
    setWrong("");
    try {
      await deed();
      setAsked(null);
      syncSoon();
    } catch (error) {
      setWrong(sentence(error, say.value));
    }
  };
  const ask = (what: Asked) => () => setAsked(asked === what ? null : what);
  const mayReturn = here.may(unit, ATTEST, APPROVE) || here.may(unit, ATTEST, CONFIRM);
  return (
    <div class="group tight">
      {wrong !== "" && <Note kind="bad">{wrong}</Note>}
      <Verdicts here={here} report={report} attempt={attempt} />
      {mayReturn && !report.hidden && report.stage !== "draft" && (
        <Deed words={words.return} ask={ask("return")} isOpen={asked === "return"}>
          <Reason
            label={words.returnWhy}
            hint={words.returnHint}
            action={words.return}
            send={(reason) => attempt(() => here.review(id, "returned", reason))}
          />
        </Deed>
      )}
      {here.may(unit, PUT) && report.form !== null && !report.hidden && (
        <a class="btn" href={to("fill", { report: id })}>
          {words.edit}
        </a>
      )}
      <details class="more">
        <summary>
          {words.addNote} · {words.move}
        </summary>
        <div class="group tight">
          {here.may(unit, NOTE) && (
            <Reason
              label={words.note}
              action={words.saveNote}
              send={(text) => attempt(() => here.note(id, text))}
            />
          )}
          {report.form !== null && !report.hidden && here.may(unit, VOID) && (
            <Move here={here} report={report} attempt={attempt} />
          )}
          {here.may(unit, VOID) && (
            <Deed
              words={report.hidden ? words.restore : words.void}
              ask={ask("void")}
              isOpen={asked === "void"}
            >
              {report.hidden ? (
                <Reason
                  label={words.restoreReason}
                  action={words.restore}
                  send={(reason) => attempt(() => here.restore(id, reason))}
                />
              ) : (
                <Reason
                  label={words.voidReason}
                  action={words.void}
                  send={(reason) => attempt(() => here.void(id, reason))}
                />
              )}
            </Deed>
          )}
        </div>
      </details>
    </div>
  );
}

interface AttemptProps extends DeedsProps {
  readonly attempt: (deed: () => Promise<unknown>) => Promise<void>;
}

/** The one main action of a reviewer: who may approve does that, who may confirm does that. */
function Verdicts({ attempt, here, report: { conflicts, hidden, id, stage, unit } }: AttemptProps) {
  if (hidden || conflicts > 0) return null;
  const words = say.value.report;
  const isOpen = stage === "sent" || stage === "corrected" || stage === "stale";
  const mayApprove = here.may(unit, ATTEST, APPROVE);
  const mayConfirm = here.may(unit, ATTEST, CONFIRM);
  if (mayApprove && (isOpen || stage === "confirmed")) {
    return (
      <button type="button" class="btn main" onClick={() => void attempt(() => here.review(id, "approved"))}>
        {words.approve}
      </button>
    );
  }
  if (!mayConfirm || mayApprove || !isOpen) return null;
  return (
    <button type="button" class="btn main" onClick={() => void attempt(() => here.review(id, "confirmed"))}>
      {words.confirm}
    </button>
  );
}

interface DeedProps {
  readonly words: string;
  readonly ask: () => void;
  readonly isOpen: boolean;
  readonly children: ComponentChildren;
}

/** A button that opens what the deed needs to know. */
function Deed(given: DeedProps) {
  return given.isOpen ? (
    given.children
  ) : (
    <button type="button" class="btn" onClick={given.ask}>
      {given.words}
    </button>
  );
}

interface ReasonProps {
  readonly label: string;
  readonly hint?: string;
  readonly action: string;
  readonly send: (text: string) => Promise<void>;
}

/** A text that something needs, and the button that does it. */
function Reason({ action, hint, label, send }: ReasonProps) {
  const [text, setText] = useState("");
  const id = `r-${action}`;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (text.trim() === "") return;
    await send(nfc(text.trim()));
    setText("");
  };
  return (
    <form class="field" onSubmit={submit}>
      <label for={id}>{label}</label>
      <textarea
        id={id}
        class="box"
        rows={2}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {hint !== undefined && <p class="small mute">{hint}</p>}
      <button type="submit" class="btn" disabled={text.trim() === ""}>
        {action}
      </button>
    </form>
  );
}

/** To another period or site: copied there, the old one withdrawn. */
function Move({ attempt, here, report }: AttemptProps) {
  const own = aboutOf(report);
  const [about, setAbout] = useState<About>(own);
  const words = say.value.report;
  const today = dayOf(new Date());
  const periods = [...here.book.periods.values()].flatMap(([first]) => first?.definition ?? []);
  const form = report.form;
  const fitting = periods.filter(
    ({ kind, regime, start }) =>
      kind === form?.timing.kind && regime === form.timing.regime && start <= today,
  );
  const sites = own.site === null || form === null ? [] : here.sites(own.unit, form.subject.site);
  const move = (reason: string) =>
    attempt(async () => {
      const { report: moved } = await here.move(report.id, about, reason);
      goInstead("report", { id: moved, saved: "1" });
    });
  const isElsewhere = about.period !== own.period || about.site !== own.site;
  return (
    <section class="group tight">
      <h3>{words.move}</h3>
      <p class="small mute">{words.moveNote}</p>
      {own.period !== null && (
        <Pick
          id="move-period"
          label={words.movePeriod}
          value={about.period ?? ""}
          change={(period) => setAbout({ ...about, period })}
          options={fitting.map((period) => [period.id, periodName(period)] as const)}
        />
      )}
      {sites.length > 1 && (
        <Pick
          id="move-site"
          label={words.moveSite}
          value={about.site ?? ""}
          change={(site) => setAbout({ ...about, site })}
          options={sites.map((site) => [site, siteName(here, site)] as const)}
        />
      )}
      {isElsewhere && <Reason label={words.moveReason} action={words.moveNow} send={move} />}
    </section>
  );
}
