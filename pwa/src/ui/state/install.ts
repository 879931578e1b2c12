/** Installing on the home screen, where the browser offers it. */

import { signal } from "@preact/signals";

interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

let offer: InstallOffer | null = null;

/** Whether the browser would install the app now. */
export const canInstall = signal(false);

/** Keep the browser's offer until the person asks for it. */
export function keepInstallOffer(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event as InstallOffer;
    canInstall.value = true;
  });
  addEventListener("appinstalled", () => {
    canInstall.value = false;
  });
}

export async function install(): Promise<void> {
  await offer?.prompt();
  canInstall.value = false;
}
