/**
 * Periods of reporting, as data: a report cites the id of a period, never the number of a month.
 *
 * Two regimes exist side by side and give different figures for "March". The *administrative* one closes on the 14th: a
 * month runs from the 15th of the month before. The *calendar* one is that of statistics. Both ends of a period belong to it.
 */

import type { Hex } from "../bytes.ts";
import { encode, type Value } from "../canonical.ts";
import { digest16 } from "../ids.ts";
import type { Loose } from "../reader.ts";
import * as schema from "../schema.ts";
import { dayNumber } from "./dates.ts";
import type { Words } from "./words.ts";

export const CALENDAR = "calendar";

/** Kinds of period, by length in months. */
const MONTHS: Readonly<Record<string, number>> = { month: 1, quarter: 3, half: 6, year: 12 };

const periodSchema = schema.struct({
  id: schema.name(),
  regime: schema.text(),
  kind: schema.text(),
  start: schema.text(),
  end: schema.text(),
  due: schema.nullable(schema.text()),
});

/** One span of time that reports are about; `start` and `end` are included; `due` is the last date for a report, or null. */
export type Period = schema.Read<typeof periodSchema>;

/**
 * The period whose array is `value`.
 *
 * @throws MalformedError if it is none.
 */
export function periodFromValue(value: Loose): Period {
  return periodSchema.read(value);
}

/** The array that travels in the authority entry. */
export function periodValue(period: Period): Value {
  return periodSchema.write(period) as Value;
}

/** Its length. */
export function daysOf({ start, end }: Period): number {
  return dayNumber(end) - dayNumber(start) + 1;
}

/** The id under which everyone knows a period: 16 bytes. */
export function periodId(regime: string, kind: string, start: string): Hex {
  return digest16("haidang/period/1", encode([regime, kind, start]));
}

/** Its name for people, with the dates of an administrative one: Tháng 3/2019 (15/02–14/03). */
export function periodLabel({ regime, kind, start, end }: Period): Words {
  const [year = "", month = "1"] = end.split("-");
  const place = Math.floor((Number(month) - 1) / (MONTHS[kind] ?? 12));
  const { vi, en } = nameOf(kind, place);
  if (regime === CALENDAR) return { vi: `${vi}${year}`, en: `${en} ${year}` };
  const [, firstMonth = "", firstDay] = start.split("-");
  const lastDay = end.split("-")[2];
  return {
    vi: `${vi}${year} (${firstDay}/${firstMonth}–${lastDay}/${month})`,
    en: `${en} ${year} (${firstDay} ${shortMonth(firstMonth)} – ${lastDay} ${shortMonth(month)})`,
  };
}

function nameOf(kind: string, place: number): Words {
  switch (kind) {
    case "month":
      return { vi: `Tháng ${place + 1}/`, en: ENGLISH_MONTHS[place] ?? "" };
    case "quarter":
      return { vi: `Quý ${["I", "II", "III", "IV"][place]}/`, en: `Quarter ${place + 1}` };
    case "half":
      return place === 0
        ? { vi: "6 tháng đầu năm ", en: "First half of" }
        : { vi: "6 tháng cuối năm ", en: "Second half of" };
    default:
      return { vi: "Năm ", en: "Year" };
  }
}

function shortMonth(number: string): string {
  return (ENGLISH_MONTHS[Number(number) - 1] ?? "").slice(0, 3);
}

const ENGLISH_MONTHS =
  "January February March April May June July August September October November December".split(" ");
