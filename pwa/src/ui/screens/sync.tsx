/** Sending and receiving: when the server last answered, what is on its way, and files for where there is no network. */

import { useState } from "preact/hooks";
import { language, say } from "../../i18n/language.ts";
import { dayOf, size, when } from "../../i18n/written.ts";
import type { Desk, WaitingSet } from "../../storage/phone.ts";
import { Icon } from "../parts/icon.tsx";
import { Note, Page, UpdateOffer } from "../parts/page.tsx";
import { ReportTag } from "../parts/tag.tsx";
import { saveFile, shareFile } from "../state/files.ts";
import { sentence } from "../state/mishap.ts";
import { aboutOf, personName, placeName, titleOf } from "../state/naming.ts";
import { to } from "../state/route.ts";
import { desk } from "../state/session.ts";
import { lastReport, progress, syncNow } from "../state/syncing.ts";

/** A clock that is off by less than this is right enough. */
const CLOCK_S = 300;
const REPORTS_MAX = 10;

export function SyncScreen() {
  const { here } = desk.value;
  if (here === null) return null;
  const { last } = here.contact;
  const { sync } = say.value;
  return (
    <Page title={sync.title}>
      <div>
        <h1>{sync.title}</h1>
        <p>{last === null ? sync.never : sync.last(when(last, new Date(), say.value))}</p>
      </div>
      <UpdateOffer />
      <ClockWarning ahead={here.contact.clockAhead} />
      <Exchange here={here} />
      <Yours here={here} />
      <Waiting sets={here.waiting()} />
      <Carrying here={here} />
    </Page>
  );
}

function Exchange({ here }: { here: Desk }) {
  const now = progress.value;
  const report = lastReport.value;
  const bytes = (count: number) => size(count, language.value);
  return (
    <div class="group tight">
      {now === null ? (
        <button type="button" class="btn main" disabled={here.practice} onClick={() => void syncNow()}>
          <Icon name="swap" />
          {say.value.sync.now}
        </button>
      ) : (
        <>
          <p role="status">{say.value.sync.bytes(bytes(now.bytesUp), bytes(now.bytesDown))}</p>
          <button type="button" class="btn" onClick={() => here.stopSync()}>
            {say.value.sync.stop}
          </button>
        </>
      )}
      {now === null && report !== null && (
        <>
          {report.error !== null && (
            <Note kind="bad">
              <p>{sentence(report.error, say.value)}</p>
            </Note>
          )}
          {report.complete && (
            <Note kind="ok">{say.value.sync.done(bytes(report.bytesUp), bytes(report.bytesDown))}</Note>
          )}
          {!report.complete && report.error === null && <Note kind="ask">{say.value.sync.partly}</Note>}
          {report.heldBack > 0 && <Note kind="ask">{say.value.sync.heldBack(report.heldBack)}</Note>}
          {report.diverged.length > 0 && <Note kind="bad">{say.value.sync.diverged}</Note>}
        </>
      )}
    </div>
  );
}

function ClockWarning({ ahead }: { ahead: number | null }) {
  if (ahead === null || Math.abs(ahead) < CLOCK_S) return null;
  const { sync } = say.value;
  const off = Math.abs(ahead);
  const words =
    off >= 86_400
      ? sync.clockDays(Math.round(off / 86_400))
      : off >= 3_600
        ? sync.clockHours(Math.round(off / 3_600))
        : sync.clockMinutes(Math.round(off / 60));
  return <Note kind="ask">{sync.clock(words)}</Note>;
}

/** One's own reports, those that are not received first. */
function Yours({ here }: { here: Desk }) {
  const own = here.reports().filter(({ way }) => way !== null);
  const sorted = [
    ...own.filter(({ way }) => way !== "received"),
    ...own.filter(({ way }) => way === "received"),
  ];
  if (sorted.length === 0) return null;
  const today = dayOf(new Date());
  return (
    <section class="chapter">
      <h2>{say.value.sync.yours}</h2>
      <div class="slips">
        {sorted.slice(0, REPORTS_MAX).map((report) => (
          <a key={report.id} class="slip" href={to("report", { id: report.id })}>
            <h3>{titleOf(report.form)}</h3>
            <span class="small mute">{placeName(here, aboutOf(report), today)}</span>
            <ReportTag report={report} />
          </a>
        ))}
      </div>
    </section>
  );
}

function Waiting({ sets }: { sets: readonly WaitingSet[] }) {
  if (sets.length === 0) return null;
  return (
    <section class="chapter">
      <h2>{say.value.sync.waiting}</h2>
      <p class="small mute">{say.value.sync.waitingWhy}</p>
      <ul class="plainlist">
        {sets.slice(0, REPORTS_MAX).map(({ id, own, person, time }) => (
          <li key={id}>
            {personName(person, own)} · {when(time, new Date(), say.value)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Files for any carrier: given away, and taken in. */
function Carrying({ here }: { here: Desk }) {
  const [said, setSaid] = useState("");
  const [wrong, setWrong] = useState("");
  const attempt = async (deed: () => Promise<string>) => {
    setWrong("");
    setSaid("");
    try {
      setSaid(await deed());
    } catch (error) {
      setWrong(sentence(error, say.value));
    }
  };
  const give = (hand: typeof saveFile) => () =>
    attempt(async () => {
      const { data, sets } = await here.exportBundle(true);
      if (sets === 0) return say.value.sync.empty;
      await hand(data, `hai-dang-${dayOf(new Date())}`);
      return say.value.sync.made(sets, size(data.length, language.value));
    });
  const takeIn = (file: File) =>
    attempt(async () => {
      const { damaged, fresh, known } = await here.importBundle(new Uint8Array(await file.arrayBuffer()));
      const taken = say.value.sync.taken(fresh, known);
      return damaged > 0 ? `${taken} ${say.value.sync.damaged(damaged)}` : taken;
    });
  return (
    <section class="chapter">
      <h2>{say.value.sync.carry}</h2>
      <p>{say.value.sync.carryWhy}</p>
      {said !== "" && <Note kind="ok">{said}</Note>}
      {wrong !== "" && <Note kind="bad">{wrong}</Note>}
      {"share" in navigator && (
        <button type="button" class="btn" onClick={give(shareFile)}>
          <Icon name="carry" />
          {say.value.sync.share}
        </button>
      )}
      <button type="button" class="btn" onClick={give(saveFile)}>
        <Icon name="ring" />
        {say.value.sync.save}
      </button>
      <label class="btn filepick">
        {say.value.sync.take}
        <input
          type="file"
          class="hide"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file !== undefined) void takeIn(file);
          }}
        />
      </label>
    </section>
  );
}
