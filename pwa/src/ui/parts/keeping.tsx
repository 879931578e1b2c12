/** The standing warning where the browser has not promised to keep what is stored here, with the way out. */

import { useState } from "preact/hooks";
import { say } from "../../i18n/language.ts";
import { askToKeep, isPersistent } from "../state/keeping.ts";
import { to } from "../state/route.ts";
import { desk } from "../state/session.ts";
import { Note } from "./page.tsx";

export function KeepingWarning() {
  const [isRefused, setRefused] = useState(false);
  const { device } = say.value;
  if (isPersistent.value !== false || desk.value.here?.practice) return null;
  const ask = async () => {
    await askToKeep();
    setRefused(!isPersistent.value);
  };
  return (
    <Note kind="ask">
      <div class="group tight">
        <p>{isRefused ? device.refused : device.notKept}</p>
        <button type="button" class="btn" onClick={() => void ask()}>
          {device.ask}
        </button>
        <a class="btn" href={to("sync")}>
          {device.rescue}
        </a>
      </div>
    </Note>
  );
}
