/** People with phones in a village: enrolled, and confirmed by a bundle. */

import type { OpenDesk } from "../../src/storage/desk.ts";
import type { ThisPhone } from "../../src/storage/this-phone.ts";
import { ORIGIN, type Village } from "../village.ts";
import { Disk, startPhone } from "../world.ts";

export const PIN = "274916";

export interface Somebody {
  readonly disk: Disk;
  readonly phone: ThisPhone;
  readonly desk: OpenDesk;
}

/** Somebody whose device is confirmed. */
export async function somebody(
  village: Village,
  name: string,
  disk = new Disk(),
  pin = PIN,
): Promise<Somebody> {
  const phone = await startPhone(disk, { origin: ORIGIN, fetch: village.fetch });
  const invitation = await phone.readOffer(await village.offer(name));
  const desk = (await invitation.accept(pin)) as OpenDesk;
  await confirmed(village, desk);
  return { disk, phone, desk };
}

/** Let the officer confirm a device, and the device learn of it. */
export async function confirmed(village: Village, desk: OpenDesk): Promise<void> {
  const request = desk.replica
    .certificateChain()
    .find((id) => desk.replica.ledger.verdict(id)?.word !== "accepted");
  await village.confirm(request ?? "");
  await desk.importBundle(await village.bundle());
}

/** The app is started anew on the same disk, and the person signs in again. */
export async function again({ disk, phone, desk }: Somebody, village: Village, pin = PIN): Promise<Somebody> {
  const { place } = desk;
  await phone.lock();
  const other = await startPhone(disk, { origin: ORIGIN, fetch: village.fetch });
  const unlocked = await other.unlock(place, pin);
  if (!("desk" in unlocked)) throw new Error("the PIN is another one");
  return { disk, phone: other, desk: unlocked.desk as OpenDesk };
}

/** Everything that one desk holds, to another. */
export async function carry(from: OpenDesk, to: OpenDesk): Promise<void> {
  await to.importBundle((await from.exportBundle()).data);
}
