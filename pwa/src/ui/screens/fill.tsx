/** Filling in: the form with its draft, the zero report, and the way to the end of it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Sheet } from "../../forms/sheet.ts";
import { FormView } from "../../forms/view.tsx";
import { language, say } from "../../i18n/language.ts";
import { dayOf } from "../../i18n/written.ts";
import { daysOf } from "../../protocol/definitions/periods.ts";
import { inLanguage } from "../../protocol/definitions/words.ts";
import type { About, Desk, Filling } from "../../storage/phone.ts";
import { Icon } from "../parts/icon.tsx";
import { Note, Page } from "../parts/page.tsx";
import { sentence } from "../state/mishap.ts";
import { placeName, titleOf } from "../state/naming.ts";
import { goInstead, type Route, route, to } from "../state/route.ts";
import { desk } from "../state/session.ts";
import { syncSoon } from "../state/syncing.ts";

export function FillScreen() {
  const { here } = desk.value;
  const { about } = route.value;
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const [edition, setEdition] = useState(0);
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    let filling: Filling | null = null;
    let isGone = false;
    const begin = async () => {
      if (here === null) return;
      filling = await begun(here, about);
      if (isGone) await filling.close();
      else setSheet(new Sheet(filling, dayOf(new Date())));
    };
    begin().catch((error: unknown) => setWrong(sentence(error, say.peek())));
    return () => {
      isGone = true;
      void filling?.close();
    };
  }, [here, about]);
  if (here === null || sheet === null) {
    return (
      <Page title={say.value.app.name} back={to("")} foot={null}>
        <h1>{say.value.form.title}</h1>
        {wrong === "" ? <p>{say.value.app.opening}</p> : <Note kind="bad">{wrong}</Note>}
      </Page>
    );
  }
  const anew = () => {
    setSheet(new Sheet(sheet.filling, dayOf(new Date())));
    setEdition(edition + 1);
  };
  return <OpenForm here={here} sheet={sheet} edition={edition} anew={anew} />;
}

/** Open what the address names: a report that is there, or one for a unit, site, directive and period. */
async function begun(here: Desk, about: Route["about"]): Promise<Filling> {
  const report = about.get("report");
  if (report !== undefined) return here.open(report);
  const form = about.get("form") ?? "";
  const known = here.book.forms.get(form)?.[0]?.definition;
  const isAboutSite = known?.subject.kind === "site";
  const wanted: About = {
    unit: about.get("unit") ?? here.unit,
    site: about.get("site") ?? (isAboutSite ? newSite(here, form, about) : null),
    directive: about.get("directive") ?? null,
    period: about.get("period") ?? null,
  };
  return here.fill(form, wanted);
}

/** The new site for which somebody began this form and never saved it; else a new one. */
function newSite(here: Desk, form: string, about: Route["about"]): string {
  if (about.has("new")) return here.randomId();
  const draft = here.drafts().find((each) => {
    return (
      each.form === form &&
      each.about.unit === about.get("unit") &&
      each.about.period === (about.get("period") ?? null)
    );
  });
  return draft?.about.site ?? here.randomId();
}

interface OpenFormProps {
  readonly here: Desk;
  readonly sheet: Sheet;
  /** Counts how often the inputs began anew. */
  readonly edition: number;
  /** Show the filling from the beginning: it was changed from outside. */
  readonly anew: () => void;
}

function OpenForm({ anew, edition, here, sheet }: OpenFormProps) {
  const { filling } = sheet;
  const [phase, setPhase] = useState<"filling" | "reason" | "saving">("filling");
  const [wrong, setWrong] = useState("");
  const save = async (reason: string) => {
    setPhase("saving");
    setWrong("");
    try {
      if (reason !== "") filling.note(reason);
      const { report } = await filling.save();
      if (!here.practice) syncSoon();
      goInstead("report", { id: report, saved: "1" });
    } catch (error) {
      setWrong(sentence(error, say.value));
      setPhase("filling");
    }
  };
  const failed = (error: unknown) => setWrong(sentence(error, say.value));
  const finish = () => {
    sheet.showAll();
    if (sheet.summary.value.unread > 0) return toFirst("[aria-invalid=true]");
    if (sheet.summary.value.missing.length > 0) return setPhase("reason");
    void save("");
  };
  const zero = async () => {
    try {
      filling.declareZero();
      await filling.kept();
      anew();
    } catch (error) {
      setWrong(sentence(error, say.value));
    }
  };
  const foot = (
    <>
      {wrong !== "" && <Note kind="bad">{wrong}</Note>}
      <KeptLine sheet={sheet} />
      <button type="button" class="btn main" onClick={finish} disabled={phase === "saving"}>
        {phase === "saving" ? say.value.form.finishing : say.value.form.finish}
      </button>
    </>
  );
  return (
    <Page title={titleOf(filling.form)} back={to("")} foot={foot}>
      <Head here={here} filling={filling} />
      <News filling={filling} anew={anew} failed={failed} />
      {!filling.changed && mayBeZero(filling) && (
        <div class="zero">
          <button type="button" class="btn" onClick={zero}>
            {say.value.form.zero}
          </button>
          <p class="small mute">{say.value.form.zeroWhy}</p>
        </div>
      )}
      <FormView key={edition} sheet={sheet} />
      {phase === "reason" && <MissingPanel sheet={sheet} save={save} />}
      <Discard sheet={sheet} failed={failed} />
    </Page>
  );
}

function Head({ filling, here }: { here: Desk; filling: Filling }) {
  const { about, form, period } = filling;
  const today = dayOf(new Date());
  return (
    <div>
      <h1>{titleOf(form)}</h1>
      <p class="mute">
        {placeName(here, about, today)}
        {period !== null && `, ${say.value.form.days(daysOf(period))}`}
      </p>
    </div>
  );
}

/** What arrived while the form was open: newer values, a newer version of the form. */
function News({
  anew,
  failed,
  filling,
}: {
  filling: Filling;
  anew: () => void;
  failed: (error: unknown) => void;
}) {
  const [leftBehind, setLeftBehind] = useState<readonly string[]>([]);
  const refresh = () => filling.refresh().then(anew, failed);
  const carryOver = () =>
    filling.carryOver().then((names) => {
      setLeftBehind(names);
      anew();
    }, failed);
  return (
    <>
      {filling.outdated && (
        <Note kind="ask">
          <p>{say.value.form.outdated}</p>
          <button type="button" class="btn" onClick={() => void refresh()}>
            {say.value.form.refresh}
          </button>
        </Note>
      )}
      {filling.newerForm !== null && (
        <Note kind="ask">
          <p>{say.value.form.newer}</p>
          <button type="button" class="btn" onClick={() => void carryOver()}>
            {say.value.form.carryOver}
          </button>
        </Note>
      )}
      {leftBehind.length > 0 && <Note kind="ask">{say.value.form.leftBehind(leftBehind.join(", "))}</Note>}
    </>
  );
}

/** Whether nothing is stated yet of what would be zero in a report without anything to report. */
function mayBeZero({ answers, form }: Filling): boolean {
  const figures = form.fields.filter(
    ({ kind, origin }) => origin === "ptotal" && (kind === "int" || kind === "dec"),
  );
  return figures.length > 0 && figures.every(({ name }) => (answers[name] ?? null) === null);
}

/** Whether the draft is on the disk, and how much is answered. */
function KeptLine({ sheet }: { sheet: Sheet }) {
  const keeping = sheet.keeping.value;
  const { answered, asked, doubtful } = sheet.summary.value;
  const { form } = say.value;
  const isKept = keeping === "kept";
  const words = isKept ? form.saved : keeping === "keeping" ? form.saving : form.notKept;
  return (
    <p class={isKept ? "saved" : "saved mute"} role="status">
      {isKept && sheet.filling.changed && <Icon name="check" small />}
      <span>
        {sheet.filling.changed && `${words}. `}
        {form.filled(answered, asked)}.{doubtful > 0 && ` ${form.look(doubtful)}.`}
        {typeof keeping === "object" && ` ${sentence(keeping.error, say.value)}`}
      </span>
    </p>
  );
}

/** Two taps, the second one plain about what goes. */
function Discard({ failed, sheet }: { sheet: Sheet; failed: (error: unknown) => void }) {
  sheet.keeping.value; // drawn anew when something is entered
  if (!sheet.filling.changed) return null;
  const discard = () => sheet.filling.discard().then(() => goInstead(""), failed);
  return (
    <details class="more">
      <summary>{say.value.form.discard}</summary>
      <button type="button" class="btn" onClick={() => void discard()}>
        {say.value.form.discardNow}
      </button>
    </details>
  );
}

/** Required answers are missing: go there, or say why and save. */
function MissingPanel({ save, sheet }: { sheet: Sheet; save: (reason: string) => Promise<void> }) {
  const [reason, setReason] = useState("");
  const panel = useRef<HTMLFormElement>(null);
  useEffect(() => panel.current?.scrollIntoView({ block: "center" }), []);
  const { missing } = sheet.summary.value;
  const names = missing.map(({ label }) => inLanguage(label, language.value)).join(", ");
  const send = (event: Event) => {
    event.preventDefault();
    if (reason.trim() !== "") void save(say.value.form.reasonNote(names, reason.trim().normalize()));
  };
  return (
    <form class="note ask" onSubmit={send} ref={panel}>
      <div class="grow group tight">
        <p class="b">{say.value.form.missing(missing.length)}</p>
        <p class="small">{names}</p>
        <p>{say.value.form.missingWhy}</p>
        <button type="button" class="btn" onClick={() => toFirst(`[data-field="${missing[0]?.name}"]`)}>
          {say.value.form.toFirst}
        </button>
        <div class="field">
          <label for="reason">{say.value.form.reason}</label>
          <textarea
            id="reason"
            class="box"
            rows={2}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </div>
        <button type="submit" class="btn" disabled={reason.trim() === ""}>
          {say.value.form.saveAnyway}
        </button>
      </div>
    </form>
  );
}

/** Bring a place of the form into sight, and into the hand. */
function toFirst(selector: string): void {
  const found = document.querySelector<HTMLElement>(selector);
  found?.scrollIntoView({ block: "center" });
  const input = found?.matches("input, textarea")
    ? found
    : found?.querySelector<HTMLElement>("input, textarea, select, button");
  input?.focus({ preventScroll: true });
}
