/** This phone in this browser: its storage, its clock, its network. */

import { Database } from "./platform/database.ts";
import { page } from "./platform/surroundings.ts";
import type { Phone } from "./storage/phone.ts";
import { ThisPhone } from "./storage/this-phone.ts";

export function openPhone(): Promise<Phone> {
  return ThisPhone.open(Database.open("haidang"), page());
}
