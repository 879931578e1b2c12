/** The language that the app speaks: Vietnamese from the start, English fetched when it is asked for. */

import { computed, signal } from "@preact/signals";
import { type Catalogue, vi } from "./vi.ts";

export type Language = "vi" | "en";

const KEPT = "language";
const spoken = signal<{ readonly language: Language; readonly catalogue: Catalogue }>({
  language: "vi",
  catalogue: vi,
});

/** The language that is spoken now. */
export const language = computed(() => spoken.value.language);

/** The texts in it. */
export const say = computed(() => spoken.value.catalogue);

/** Speak another language from now on, and at the next start. */
export async function speak(wanted: Language): Promise<void> {
  const catalogue = wanted === "en" ? (await import("./en.ts")).en : vi;
  spoken.value = { language: wanted, catalogue };
  document.documentElement.lang = wanted;
  localStorage.setItem(KEPT, wanted);
}

/** Speak what was spoken last; before anything is shown. */
export async function speakAsBefore(): Promise<void> {
  if (localStorage.getItem(KEPT) === "en") await speak("en");
}
