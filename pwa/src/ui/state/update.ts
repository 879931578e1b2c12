/** Newer versions of the app: fetched by the service worker, taken when the person says so. */

import { signal } from "@preact/signals";

const HOUR_MS = 3_600_000;

/** Whether a newer version waits. */
export const updateReady = signal(false);
let waiting: ServiceWorker | null = null;

/** Keep the app on this phone, and look for newer versions now and when the app is shown again. */
export async function keepApp(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
  const look = () => {
    waiting = registration.waiting;
    // Without a controller this is the first version: nothing older is in use.
    updateReady.value = waiting !== null && navigator.serviceWorker.controller !== null;
  };
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
  look();
  const ask = () => void registration.update().catch(() => undefined); // no network: asked again later
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") ask();
  });
  setInterval(ask, HOUR_MS);
}

/** Use the newer version: the page is opened anew. */
export function takeUpdate(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting?.postMessage("take over");
}
