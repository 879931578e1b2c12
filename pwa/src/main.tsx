/** The start: language, fitness of the browser, the service worker, the phone's storage, the first screen. */

import "./ui/look/tokens.css";
import "./ui/look/base.css";
import "./ui/look/page.css";
import "./ui/look/form.css";
import "./ui/look/record.css";
import "./ui/look/parts.css";
import { render } from "preact";
import { speakAsBefore } from "./i18n/language.ts";
import { App, deskScreens, unfit } from "./ui/app.tsx";
import { whyNoStorage, whyUnfit } from "./ui/state/fitness.ts";
import { keepInstallOffer } from "./ui/state/install.ts";
import { followAddress } from "./ui/state/route.ts";
import { meet, take } from "./ui/state/session.ts";
import { syncByItself } from "./ui/state/syncing.ts";
import { keepApp } from "./ui/state/update.ts";

/** What works behind the PIN; it comes while the PIN is typed. */
async function load(): Promise<void> {
  const [{ openPhone }, { SCREENS }] = await Promise.all([
    import("./open-phone.ts"),
    import("./ui/screens/desk.ts"),
  ]);
  deskScreens.value = SCREENS;
  take(await openPhone());
  syncByItself();
}

async function start(root: HTMLElement): Promise<void> {
  await speakAsBefore();
  followAddress();
  keepInstallOffer();
  root.replaceChildren();
  render(<App />, root);
  unfit.value = await whyUnfit();
  if (unfit.value !== null) return;
  void keepApp().catch(() => undefined); // without it the app works as long as there is a network
  try {
    const { peopleHere } = await import("./people-here.ts");
    meet(await peopleHere());
    await load();
  } catch (error) {
    unfit.value = whyNoStorage(error);
  }
}

const root = document.getElementById("app");
if (root !== null) void start(root);
