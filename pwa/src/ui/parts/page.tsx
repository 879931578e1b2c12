/** The frame of a screen: head, content, and at the foot either the one main action or the ways to the other screens. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { say } from "../../i18n/language.ts";
import { unsentReports } from "../state/agenda.ts";
import { route, to } from "../state/route.ts";
import { desk } from "../state/session.ts";
import { takeUpdate, updateReady } from "../state/update.ts";
import { Bar } from "./bar.tsx";
import { Icon, type IconName } from "./icon.tsx";

interface PageProps {
  /** What the browser calls the screen, and screen readers announce. */
  readonly title: string;
  readonly children: ComponentChildren;
  /** The main action; without it the ways to the other screens stand at the foot, and with null nothing does. */
  readonly foot?: ComponentChildren;
  /** Where the way back leads. */
  readonly back?: string;
}

export function Page({ back, children, foot, title }: PageProps) {
  const main = useRef<HTMLElement>(null);
  // Keyboards and screen readers go on at the beginning of a new screen, unless something on it has the focus.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, []);
  document.title = `${title} · ${say.value.app.name}`;
  return (
    <>
      <Bar />
      <main ref={main} tabIndex={-1}>
        {back !== undefined && (
          <a class="back" href={back}>
            <Icon name="back" />
            {say.value.app.back}
          </a>
        )}
        {children}
      </main>
      {foot === undefined && desk.value.here !== null && <Ways />}
      {foot !== undefined && foot !== null && <footer class="foot">{foot}</footer>}
    </>
  );
}

const WAYS: readonly (readonly [
  screen: string,
  icon: IconName,
  words: "work" | "reports" | "sync" | "device",
])[] = [
  ["", "todo", "work"],
  ["reports", "doc", "reports"],
  ["sync", "swap", "sync"],
  ["device", "phone", "device"],
];

function Ways() {
  const { here } = desk.value;
  const unsent = here === null ? 0 : unsentReports(here);
  return (
    <nav class="nav" aria-label={say.value.app.main}>
      {WAYS.map(([screen, icon, words]) => (
        <a key={screen} href={to(screen)} aria-current={route.value.screen === screen ? "page" : undefined}>
          <Icon name={icon} />
          {screen === "sync" && unsent > 0 && (
            <span class="count">
              {unsent}
              <span class="hide">{say.value.lamp.unsent(unsent)}</span>
            </span>
          )}
          {say.value.nav[words]}
        </a>
      ))}
    </nav>
  );
}

/** A line in place that says something: asked, wrong, or done. */
export function Note({
  children,
  kind,
}: {
  readonly kind: "plain" | "ask" | "bad" | "ok";
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`note ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      <Icon name={kind === "ok" ? "check" : "warn"} />
      <div class="grow">{children}</div>
    </div>
  );
}

/** The offer of a newer version, where nobody is in the middle of a form. */
export function UpdateOffer() {
  if (!updateReady.value) return null;
  return (
    <div class="note plain">
      <div class="grow">
        <p>{say.value.update.ready}</p>
        <button type="button" class="btn" onClick={takeUpdate}>
          {say.value.update.take}
        </button>
      </div>
    </div>
  );
}
