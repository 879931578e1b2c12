/** When the phone meets the hub: at the start, when there is a network again, after a save, now and then, and on demand. */

import { signal } from "@preact/signals";
import type { Desk, SyncProgress, SyncReport } from "../../storage/phone.ts";
import { desk } from "./session.ts";

const EVERY_MS = 5 * 60_000;
const SOON_MS = 1_500;
const AGAIN_MS = 30_000;

/** Where the exchange is; null while there is none. */
export const progress = signal<SyncProgress | null>(null);
/** What the last exchange did. */
export const lastReport = signal<SyncReport | null>(null);
let later: ReturnType<typeof setTimeout> | undefined;

/** Meet the hub now, unless it is being met or the desk is for practice. */
export async function syncNow(): Promise<void> {
  const { here } = desk.peek();
  if (here === null || here.practice || progress.peek() !== null) return;
  progress.value = { state: "", done: 0, total: null, bytesUp: 0, bytesDown: 0 };
  try {
    const report = await here.sync((now) => {
      progress.value = now;
    });
    if (desk.peek().here !== here) return;
    lastReport.value = report;
    if (report.error !== null) again(report.error.retryAfter);
    else if (!isAllSent(here)) again(null);
  } finally {
    progress.value = null;
  }
}

/** Meet the hub soon: several saves in a row go together. */
export function syncSoon(): void {
  schedule(SOON_MS);
}

/** Meet the hub by itself from now on, as long as the app is open. */
export function syncByItself(): void {
  addEventListener("online", syncSoon);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") syncSoon();
    else void desk.peek().here?.seal();
  });
  setInterval(() => {
    if (document.visibilityState === "visible") syncSoon();
  }, EVERY_MS);
}

function again(retryAfter: number | null): void {
  if (navigator.onLine) schedule(Math.max(AGAIN_MS, 1000 * (retryAfter ?? 0)));
}

function schedule(wait: number): void {
  clearTimeout(later);
  later = setTimeout(() => void syncNow(), wait);
}

function isAllSent(here: Desk): boolean {
  const { saved, sending } = here.counts();
  return saved + sending === 0;
}
