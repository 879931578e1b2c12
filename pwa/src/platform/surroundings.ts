/** What the program needs of the world around it, so that tests can be another world. */

import type { Deflate } from "../protocol/stream.ts";
import { deflate } from "./deflate.ts";
import { holdLock } from "./lock.ts";
import { calibratedIterations } from "./pin.ts";

/** A way to give a lock back. */
export type Release = () => void;

export interface Surroundings {
  /** The device's clock, in seconds since 1970. It is evidence, never authority. */
  now(): number;
  /** Seconds that never go back, for measuring. */
  elapsed(): number;
  /** How often a PIN is hashed, so that this device takes about a second for it. */
  iterations(): Promise<number>;
  /** So many random bytes. */
  random(size: number): Uint8Array;
  readonly deflate: Deflate;
  /** Take a lock that one tab holds at a time; null if another has it. */
  hold(name: string): Promise<Release | null>;
  /** Scheme, host and port where this app came from and where its hub is. */
  readonly origin: string;
  fetch(url: string, options: RequestInit): Promise<Response>;
  /** Wait so many seconds. */
  wait(seconds: number): Promise<void>;
  /** How much storage there is, in bytes, and whether the browser promised not to evict. */
  room(): Promise<{ used: number | null; quota: number | null; persistent: boolean }>;
  /** Ask for that promise. */
  persist(): Promise<boolean>;
}

/** A browser's page. */
export function page(): Surroundings {
  const elapsed = () => performance.now() / 1000;
  return {
    now: () => Math.floor(Date.now() / 1000),
    elapsed,
    iterations: () => calibratedIterations(elapsed),
    random: (size) => crypto.getRandomValues(new Uint8Array(size)),
    deflate,
    hold: holdLock,
    origin: location.origin,
    fetch: (url, options) => fetch(url, options),
    wait: (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds)),
    async room() {
      const { usage = null, quota = null } = await navigator.storage.estimate();
      return { used: usage, quota, persistent: await navigator.storage.persisted() };
    },
    persist: () => navigator.storage.persist(),
  };
}
