/**
 * When the hub lost some of its log: keep everything, stop showing as received what it does not have, offer that again.
 *
 * Which of the remembered states the hub can still reproduce is asked first (`Wishes.probe`), unless it is the very one on
 * which the cursor stands. From there the log is read again; what lies behind it is as good as never sent, except what the
 * hub says it holds.
 */

import type { Hex } from "../protocol/bytes.ts";
import { ancestors } from "../protocol/logs.ts";
import type { MessageOf } from "../protocol/messages.ts";
import type { Receipt } from "../protocol/statements.ts";
import { restarted } from "../storage/bookmark.ts";
import { PLACE_UNKNOWN, type Placed } from "../storage/hub-tables.ts";
import type { Replica } from "../storage/replica.ts";

type Heal = MessageOf<"heal">;

/** Whether the hub has to be asked for an older state: it cannot reproduce the one on which the cursor stands. */
export function needsProbe({ hub }: Replica, { size, root }: Heal): boolean {
  const { bookmark } = hub;
  return (size !== bookmark.size || root !== bookmark.root) && hub.checkpoints().length > 0;
}

/** Go back to the state that the hub named; how many sets are to be offered again. */
export function healFrom(replica: Replica, heal: Heal): Promise<number> {
  const { hub, store, ledger } = replica;
  const { size, root } = reproducible(replica, heal);
  const listed = new Map(heal.scopes.map((each) => [each.scope, each]));
  return replica.writing(() => {
    const lost: Hex[] = [];
    const still = new Map<Hex, Placed>();
    for (const scope of store.scopes()) {
      const placed = store.inScope(scope).map(({ facts }) => [facts.id, hub.placed(facts.id)] as const);
      const behind = placed.filter(([, at]) => at !== null && !(at.sequence >= 0 && at.sequence < size));
      if (behind.length === 0) continue;
      const named = listed.get(scope);
      const theirs = ancestors(named?.tips ?? [], ledger.facts);
      for (const id of named?.parked ?? []) theirs.add(id);
      for (const [id, at] of behind) {
        if (!theirs.has(id)) lost.push(id);
        else still.set(id, { epoch: heal.epoch, sequence: PLACE_UNKNOWN, received: at?.received ?? 0 });
      }
    }
    hub.unplace(lost);
    hub.forgetVouching();
    hub.place(still);
    hub.catchingUp = new Map([...hub.catchingUp].map(([scope, cursor]) => [scope, Math.min(cursor, size)]));
    hub.bookmark = restarted(hub.bookmark, heal.epoch, size, root);
    // One that reached less far back than a later one says nothing more.
    const time = Math.max(replica.chance.now(), hub.newestTime());
    hub.heals = [...hub.heals.filter((each) => each.size < size), { epoch: heal.epoch, time, size }];
    return lost.length;
  });
}

/**
 * Below which sequence a receipt still says what the hub holds; null if no heal came after it.
 *
 * A receipt of before a heal still verifies, but what it says of places behind the heal is out of date (SPEC X9).
 */
export function speaksBelow({ hub }: Replica, { epoch, time }: Receipt): number | null {
  const after = hub.heals.filter((each) => epoch < each.epoch || time <= each.time).map(({ size }) => size);
  return after.length > 0 ? Math.min(...after) : null;
}

/** The state that the hub named, if it is one that it showed before; the start otherwise. */
function reproducible({ hub }: Replica, heal: Heal): { size: number; root: Hex | null } {
  const { bookmark } = hub;
  const remembered = [...hub.checkpoints(), { size: bookmark.size, root: bookmark.root }];
  const isKnown = remembered.some(({ size, root }) => size === heal.size && root === heal.root);
  return heal.root !== null && isKnown ? { size: heal.size, root: heal.root } : { size: 0, root: null };
}
