/** Who is here and what they see: the phone, the desk that is open, and a pulse that beats when something changed. */

import { computed, signal } from "@preact/signals";
import type { Desk, Phone } from "../../storage/phone.ts";

const phoneHere = signal<Phone | null>(null);
const practising = signal<Desk | null>(null);
const beats = signal(0);
let stopListening = () => {};

/** The phone, once its storage is open; it changes with everything on it. */
export const phone = computed(() => {
  beats.value;
  return { here: phoneHere.value };
});

/** The desk to work at: that of practice while somebody practises. */
export const desk = computed(() => {
  beats.value;
  return { here: practising.value ?? phoneHere.value?.desk ?? null };
});

/** Work with this phone from now on. */
export function take(phone: Phone): void {
  phone.subscribe(beat);
  phoneHere.value = phone;
}

/** Work at a practice desk, or with null at one's own again. */
export function practise(practice: Desk | null): void {
  stopListening();
  stopListening = practice?.subscribe(beat) ?? (() => {});
  practising.value = practice;
}

/** The desk's person leaves. */
export async function leave(): Promise<void> {
  practise(null);
  await phoneHere.value?.lock();
}

function beat(): void {
  beats.value += 1;
}
