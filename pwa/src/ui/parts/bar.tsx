/** The head of every screen: the lamp, its words and its count; a tap leads to where one's work is. */

import { language, say } from "../../i18n/language.ts";
import type { Catalogue } from "../../i18n/vi.ts";
import { size, when } from "../../i18n/written.ts";
import type { Desk, SyncProgress } from "../../storage/phone.ts";
import { unsentReports } from "../state/agenda.ts";
import { to } from "../state/route.ts";
import { desk } from "../state/session.ts";
import { progress } from "../state/syncing.ts";
import { Icon } from "./icon.tsx";
import { Lamp, type LampState } from "./lamp.tsx";

/** What the lamp says. */
export interface Light {
  readonly state: LampState;
  readonly words: string;
  readonly more: string;
}

/** The lamp of a desk; while it exchanges with the hub, `sending` says how far. */
export function lightOf(here: Desk, sending: SyncProgress | null, say: Catalogue, now: Date): Light {
  const { carried, conflicts, received } = here.counts();
  const unsent = unsentReports(here);
  const asked = conflicts + returnedTo(here);
  const { last } = here.contact;
  const contact = last === null ? say.lamp.never : say.lamp.last(when(last, now, say));
  const waits = navigator.onLine ? say.lamp.willSend : say.lamp.offline;
  if (here.practice) return { state: "dark", words: say.lamp.practice, more: "" };
  if (sending !== null && unsent > 0) {
    const { bytesDown, bytesUp } = sending;
    const moved = say.sync.bytes(size(bytesUp, language.value), size(bytesDown, language.value));
    return { state: "turning", words: `${say.lamp.sending}: ${unsent}`, more: moved };
  }
  if (asked > 0) {
    return {
      state: "amber",
      words: say.lamp.asked(asked),
      more: unsent > 0 ? say.lamp.onDevice(unsent) : contact,
    };
  }
  if (unsent > 0) return { state: "dark", words: say.lamp.saved(unsent), more: waits };
  if (carried > 0) return { state: "amber", words: say.lamp.carried(carried), more: contact };
  if (received > 0) return { state: "steady", words: say.lamp.received, more: contact };
  return { state: "dark", words: say.lamp.nothing, more: contact };
}

/** Reports that were returned to this person's unit. */
function returnedTo(here: Desk): number {
  return here
    .reports()
    .filter(({ hidden, stage, unit }) => stage === "returned" && !hidden && unit === here.unit).length;
}

export function Bar() {
  const { here } = desk.value;
  if (here === null) return <PlainBar />;
  const { more, state, words } = lightOf(here, progress.value, say.value, new Date());
  return (
    <header class="bar">
      <a class="lampline" href={to("sync")}>
        <Lamp state={state} />
        <span class="grow" role="status">
          <span class="b">{words}</span>
          <span class="small">{more}</span>
        </span>
        <Icon name="next" />
      </a>
    </header>
  );
}

/** The head while nobody is signed in: it tells nothing of anybody. */
function PlainBar() {
  return (
    <header class="bar">
      <div class="lampline">
        <Lamp state="dark" />
        <span class="b">{say.value.app.name}</span>
      </div>
    </header>
  );
}
