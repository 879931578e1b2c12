/** Who is here and what they see: the people, the phone, the desk that is open; all anew whenever something changed. */

import { computed, signal } from "@preact/signals";
import type { Desk, PersonHere, Phone } from "../../storage/phone.ts";

const phoneHere = signal<Phone | null>(null);
const peopleBefore = signal<readonly PersonHere[] | null>(null);
const practising = signal<Desk | null>(null);
const beats = signal(0);
let stopListening = () => {};
let arrive: (phone: Phone) => void;

/** Comes true when the phone can be worked with: it is loaded while the first screen is shown already. */
export const phoneToCome = new Promise<Phone>((resolve) => {
  arrive = resolve;
});

/** The people of this phone; null as long as that is not known. */
export const people = computed(() => {
  beats.value;
  return phoneHere.value?.people() ?? peopleBefore.value;
});

/** The desk to work at: that of practice while somebody practises. */
export const desk = computed(() => {
  beats.value;
  return { here: practising.value ?? phoneHere.value?.desk ?? null };
});

/** Show these people until the phone is there. */
export function meet(people: readonly PersonHere[]): void {
  peopleBefore.value = people;
}

/** Work with this phone from now on. */
export function take(phone: Phone): void {
  phone.subscribe(beat);
  phoneHere.value = phone;
  arrive(phone);
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
