/**
 * Finding reports by their words, without diacritics.
 *
 * The words of a report are folded once, a few reports at a time, so that a phone with ten thousand of them goes on answering
 * fingers meanwhile.
 */

import { signal } from "@preact/signals";
import { dayOf } from "../../i18n/written.ts";
import { fold } from "../../protocol/definitions/text.ts";
import type { Desk, Report } from "../../storage/phone.ts";
import { aboutOf, placeName, titleOf } from "./naming.ts";

/** Milliseconds for which words are folded before the page may breathe. */
const SLICE_MS = 8;

/** How many reports are ready; it grows while the list is open. */
export const prepared = signal(0);
let keys = new WeakMap<Report, string>();

/** The reports that have all of the words. Those that are not ready yet are not found yet. */
export function found(reports: readonly Report[], wanted: string): readonly Report[] {
  const words = fold(wanted)
    .split(" ")
    .filter((word) => word !== "");
  if (words.length === 0) return reports;
  return reports.filter((report) => {
    const key = keys.get(report);
    return key !== undefined && words.every((word) => key.includes(word));
  });
}

/** Make reports ready to be found, until all are or nobody wants it any more. */
export async function prepare(desk: Desk, isOver: () => boolean): Promise<void> {
  const today = dayOf(new Date());
  let start = performance.now();
  let count = 0;
  for (const report of desk.reports()) {
    count += 1;
    if (keys.has(report)) continue;
    keys.set(report, keyOf(desk, report, today));
    if (performance.now() - start < SLICE_MS) continue;
    prepared.value = count;
    await new Promise((resolve) => setTimeout(resolve));
    if (isOver()) return;
    start = performance.now();
  }
  prepared.value = count;
}

/** Fold everything anew: names are called otherwise now. */
export function forgetKeys(): void {
  keys = new WeakMap();
}

function keyOf(desk: Desk, report: Report, today: string): string {
  const { directive, family, form } = report;
  return fold(`${titleOf(form)} ${placeName(desk, aboutOf(report), today)} ${family} ${directive ?? ""}`);
}
