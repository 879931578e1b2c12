/** A report that was filed under the wrong site, period or unit: said again where it belongs, linked, and hidden where it was. */

import { type Address, CELL_MARK } from "../protocol/body.ts";
import type { Live } from "../protocol/merge.ts";
import * as op from "../protocol/operations.ts";
import { hidden, rowOf } from "../protocol/reading.ts";
import type { FormSession } from "./editing.ts";
import type { OpenForm } from "./open-form.ts";
import type { Found } from "./shelf.ts";

/** The sessions to be saved together: the new record, its twin, and the old ones. */
export function moved(
  old: readonly FormSession[],
  target: OpenForm,
  { main }: Found,
  reason: string,
): FormSession[] {
  const fresh = target.sessions;
  for (const from of old) {
    const to = fresh.find(({ scope }) => scope.slice(0, 2) === from.scope.slice(0, 2));
    if (to !== undefined) copyInto(to, from);
    if (from.scope === main.scope) from.link(op.MOVED_TO, target.id, target.mainScope);
    from.void(reason);
  }
  return [...fresh.filter(({ changes }) => changes.length > 0), ...old];
}

/** State in one session what another shows; different values of one place are all stated where there is but one: the last. */
function copyInto(to: FormSession, from: FormSession): void {
  for (const [slot, lives] of from.state.slots) {
    const [letter, address] = [slot[0], addressOf(slot.slice(1))];
    for (const live of lives) {
      if (isOfHiddenRow(from, address, live)) continue;
      if (letter === op.REGISTER) to.put(address, live.value);
      if (letter === op.SET) to.add(address, live.value);
      if (letter === op.NOTES && Array.isArray(live.value)) to.note(String(live.value[0]));
    }
  }
  for (const [slot, { total }] of from.state.tallies) if (total !== 0) to.count(slot.slice(1), total);
}

function addressOf(name: string): Address {
  const [field = "", row, cell = ""] = name.split(CELL_MARK);
  return row === undefined ? field : [field, row, cell];
}

function isOfHiddenRow({ state }: FormSession, address: Address, { value }: Live): boolean {
  const [field, row] =
    typeof address === "string" ? [address, rowOf(address, value)] : [address[0], address[1]];
  return typeof row === "string" && hidden(state, [field, row]);
}
