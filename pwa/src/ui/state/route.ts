/** Which screen is open: the part of the address behind the #, so that the phone's own way back works. */

import { signal } from "@preact/signals";

/** A screen and what it is about. */
export interface Route {
  readonly screen: string;
  readonly about: ReadonlyMap<string, string>;
}

export const route = signal<Route>(read(""));

/** Follow the address from now on. */
export function followAddress(): void {
  const follow = () => {
    route.value = read(location.hash);
  };
  addEventListener("hashchange", () => {
    follow();
    scrollTo(0, 0);
  });
  follow();
}

/** The address of a screen. */
export function to(screen: string, about: Readonly<Record<string, string | null>> = {}): string {
  const given = Object.entries(about).filter((each): each is [string, string] => each[1] !== null);
  const query = new URLSearchParams(given).toString();
  return `#/${screen}${query === "" ? "" : `?${query}`}`;
}

/** Open a screen. */
export function go(screen: string, about: Readonly<Record<string, string | null>> = {}): void {
  location.hash = to(screen, about);
}

/** Open a screen in the place of this one: the way back leads past it. */
export function goInstead(screen: string, about: Readonly<Record<string, string | null>> = {}): void {
  location.replace(to(screen, about));
}

function read(hash: string): Route {
  const [screen = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  return { screen, about: new Map(new URLSearchParams(query)) };
}
