/** Who is on this phone: all that the first screen needs, without what works behind the PIN. */

import { Database } from "./platform/database.ts";
import { type PersonHere, PIN_TRIES } from "./storage/phone.ts";

export async function peopleHere(): Promise<PersonHere[]> {
  const database = await Database.open();
  try {
    const people = await database.people();
    return [...people].map(([place, { failures, name }]) => {
      return { place, name, triesLeft: Math.max(0, PIN_TRIES - failures) };
    });
  } finally {
    database.close();
  }
}
