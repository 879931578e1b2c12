/** Which screen there is: the one that the address names, as far as somebody is signed in. */

import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useErrorBoundary } from "preact/hooks";
import { say } from "../i18n/language.ts";
import { Note, Page } from "./parts/page.tsx";
import { EnrolScreen } from "./screens/enrol.tsx";
import { UnlockScreen } from "./screens/unlock.tsx";
import type { Unfit } from "./state/fitness.ts";
import { sentence } from "./state/mishap.ts";
import { route, to } from "./state/route.ts";
import { desk, people } from "./state/session.ts";

/** What keeps the app from working here, if anything does. */
export const unfit = signal<Unfit | { readonly error: unknown } | null>(null);
/** The screens behind the PIN, once they are loaded. */
export const deskScreens = signal<ReadonlyMap<string, ComponentType> | null>(null);

export function App() {
  if (unfit.value !== null) return <UnfitScreen />;
  if (people.value === null) return <WaitScreen />;
  const { screen } = route.value;
  if (screen === "enrol") return <EnrolScreen />;
  if (desk.value.here === null) return people.value.length === 0 ? <EnrolScreen /> : <UnlockScreen />;
  const Screen = deskScreens.value?.get(screen) ?? deskScreens.value?.get("");
  return Screen === undefined ? <WaitScreen /> : <Guarded key={location.hash} Screen={Screen} />;
}

/** A screen; if it cannot be drawn, what happened, what is safe, and the way out. */
function Guarded({ Screen }: { Screen: ComponentType }) {
  const [error, forget] = useErrorBoundary();
  if (error === undefined) return <Screen />;
  return (
    <Page title={say.value.app.name}>
      <h1>{say.value.app.name}</h1>
      <Note kind="bad">{sentence(error, say.value)}</Note>
      <a class="btn" href={to("")} onClick={forget}>
        {say.value.nav.work}
      </a>
    </Page>
  );
}

function WaitScreen() {
  return (
    <Page title={say.value.app.name} foot={null}>
      <p>{say.value.app.opening}</p>
    </Page>
  );
}

function UnfitScreen() {
  const why = unfit.value;
  if (why === null) return null;
  return (
    <Page title={say.value.unfit.title} foot={null}>
      <h1>{say.value.unfit.title}</h1>
      <Note kind="bad">
        {typeof why === "string" ? say.value.unfit[why] : sentence(why.error, say.value)}
      </Note>
    </Page>
  );
}
