/** The head of every screen: the lamp, its words and its count; a tap leads to where one's work is. */

import { say } from "../../i18n/language.ts";
import { lightOf } from "../state/light.ts";
import { tongue } from "../state/naming.ts";
import { to } from "../state/route.ts";
import { desk } from "../state/session.ts";
import { progress } from "../state/syncing.ts";
import { Icon } from "./icon.tsx";
import { Lamp } from "./lamp.tsx";

export function Bar() {
  const { here } = desk.value;
  if (here === null) return <PlainBar />;
  const moment = { sending: progress.value, isOnline: navigator.onLine, now: new Date() };
  const { more, state, words } = lightOf(here, moment, tongue());
  return (
    <header class="bar">
      <a class="lampline" href={to("sync")}>
        <Lamp state={state} />
        <span class="grow" role="status">
          <span class="b">{words}</span>
          <span class="small">{more}</span>
        </span>
        <Icon name="next" />
      </a>
    </header>
  );
}

/** The head while nobody is signed in: it tells nothing of anybody. */
function PlainBar() {
  return (
    <header class="bar">
      <div class="lampline">
        <Lamp state="dark" />
        <span class="b">{say.value.app.name}</span>
      </div>
    </header>
  );
}
