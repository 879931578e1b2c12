/** What the lamp says: where one's work is, in a state, words and a count. "Received" is said of what was receipted only. */

import type { Tongue } from "../../forms/wording.ts";
import { size, when } from "../../i18n/written.ts";
import type { Desk, SyncProgress } from "../../storage/phone.ts";
import { unsentReports } from "./agenda.ts";

/** dark: saved here only; turning: on its way; amber: carried, or a person is asked; steady: received. */
export type LampState = "dark" | "turning" | "amber" | "steady";

export interface Light {
  readonly state: LampState;
  readonly words: string;
  readonly more: string;
}

/** What there is to know beside the desk: how far an exchange is, whether there may be a network, what time it is. */
export interface Moment {
  readonly sending: SyncProgress | null;
  readonly isOnline: boolean;
  readonly now: Date;
}

export function lightOf(desk: Desk, { isOnline, now, sending }: Moment, { language, say }: Tongue): Light {
  if (desk.practice) return { state: "dark", words: say.lamp.practice, more: "" };
  const { carried, conflicts, received } = desk.counts();
  const unsent = unsentReports(desk);
  const asked = conflicts + returnedTo(desk);
  const { last } = desk.contact;
  const contact = last === null ? say.lamp.never : say.lamp.last(when(last, now, say));
  if (sending !== null && unsent > 0) {
    const moved = say.sync.bytes(size(sending.bytesUp, language), size(sending.bytesDown, language));
    return { state: "turning", words: `${say.lamp.sending}: ${unsent}`, more: moved };
  }
  if (asked > 0) {
    const more = unsent > 0 ? say.lamp.onDevice(unsent) : contact;
    return { state: "amber", words: say.lamp.asked(asked), more };
  }
  if (unsent > 0) {
    const more = isOnline ? say.lamp.willSend : say.lamp.offline;
    return { state: "dark", words: say.lamp.saved(unsent), more };
  }
  if (carried > 0) return { state: "amber", words: say.lamp.carried(carried), more: contact };
  if (received > 0) return { state: "steady", words: say.lamp.received, more: contact };
  return { state: "dark", words: say.lamp.nothing, more: contact };
}

/** Reports of this person's unit that were returned. */
function returnedTo(desk: Desk): number {
  return desk.reports().filter(({ hidden, stage, unit }) => {
    return stage === "returned" && !hidden && unit === desk.unit;
  }).length;
}
