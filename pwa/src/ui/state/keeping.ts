/** Whether the browser promised to keep what is stored here; asked for when somebody is enrolled. */

import { signal } from "@preact/signals";
import { phoneToCome } from "./session.ts";

/** Null as long as that is not known. */
export const isPersistent = signal<boolean | null>(null);

/** Look whether it did. */
export async function lookWhetherKept(): Promise<void> {
  isPersistent.value = (await (await phoneToCome).room()).persistent;
}

/** Ask for the promise. */
export async function askToKeep(): Promise<void> {
  isPersistent.value = await (await phoneToCome).persist();
}
