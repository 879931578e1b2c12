/** Figures, dates and sizes as people write them: with dots and commas in Vietnamese, by habit of the language in English. */

import { dateOf, dateText, dayNumber } from "../protocol/definitions/dates.ts";
import { formatNumber } from "../protocol/definitions/text.ts";
import type { Language } from "./language.ts";
import type { Catalogue } from "./vi.ts";

const SWAPPED: Readonly<Record<string, string>> = { ".": ",", ",": "." };

/** `scaled` / 10**`digits`: 1.234,5 in Vietnamese, 1,234.5 in English. */
export function number(scaled: number | bigint, digits: number, language: Language): string {
  const vietnamese = formatNumber(scaled, digits);
  return language === "vi" ? vietnamese : vietnamese.replace(/[.,]/g, (mark) => SWAPPED[mark] ?? mark);
}

/** A date YYYY-MM-DD as 18/02/2019. */
export function date(text: string): string {
  return text.split("-").reverse().join("/");
}

/** The civil date of a moment on this device. */
export function dayOf(moment: Date): string {
  return dateOf(moment.getFullYear(), moment.getMonth() + 1, moment.getDate());
}

/** When something was, seen from `now`; seconds since 1970. */
export function when(seconds: number, now: Date, say: Catalogue): string {
  const moment = new Date(seconds * 1000);
  const clock = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  const day = dayOf(moment);
  if (day === dayOf(now)) return say.time.today(clock);
  if (day === dateText(dayNumber(dayOf(now)) - 1)) return say.time.yesterday(clock);
  return say.time.at(date(day), clock);
}

/** A number of bytes, in kB, MB or GB. */
export function size(bytes: number, language: Language): string {
  if (bytes < 1000) return `${bytes} ${language === "vi" ? "byte" : "bytes"}`;
  const [unit, scale] = bytes < 1e6 ? ["kB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  const tenths = Math.round((10 * bytes) / Number(scale));
  return `${tenths < 100 ? number(tenths, 1, language) : number(Math.round(tenths / 10), 0, language)} ${unit}`;
}

/** Whole days from one date to another. */
export function daysBetween(from: string, to: string): number {
  return dayNumber(to) - dayNumber(from);
}

function two(digits: number): string {
  return String(digits).padStart(2, "0");
}
