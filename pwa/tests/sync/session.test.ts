import { describe, expect, test } from "vitest";
import { thinned } from "../../src/storage/hub-tables.ts";
import { delaySeconds } from "../../src/sync/backoff.ts";
import {
  type Event,
  isOver,
  newSession,
  REQUESTS_MAX,
  type State,
  step,
  TABLE,
} from "../../src/sync/session.ts";

const STATES = Object.keys(TABLE) as State[];
const EVENTS = Object.keys(TABLE.idle) as Event[];

describe("the session", () => {
  test("says of every event in every state what to do, or that it cannot be", () => {
    expect([STATES.length, EVENTS.length]).toEqual([8, 11]);
    for (const state of STATES) expect(Object.keys(TABLE[state]).sort()).toEqual(EVENTS.toSorted());
    for (const state of STATES) {
      for (const event of EVENTS) {
        const session = { ...newSession(5), state };
        if (TABLE[state][event] === null) expect(() => step(session, event)).toThrow("cannot come");
        else expect(step(session, event)[0].state).toBe(TABLE[state][event]?.[0]);
      }
    }
  });

  test("can always be stopped, and is over when it is done or failed", () => {
    for (const state of STATES) {
      const session = { ...newSession(), state };
      if (isOver(session)) continue;
      expect(isOver(step(session, "stopped")[0])).toBe(true);
    }
  });

  test("bears so many failures in a row, and whatever gets through ends the row", () => {
    let session = newSession(2);
    const happen = (...events: Event[]) => {
      for (const event of events) session = step(session, event)[0];
      return session.state;
    };
    expect(happen("startKnown", "interrupted", "startKnown", "interrupted")).toBe("waiting");
    expect(happen("startKnown", "replyBegan", "appliedSome")).toBe("sending");
    expect(session.failures).toBe(0);
    expect(happen("interrupted", "startNew", "interrupted", "startNew", "interrupted")).toBe("failed");
  });

  test("ends when a server always has more", () => {
    const session = { ...newSession(), state: "receiving" as const, requests: REQUESTS_MAX };
    expect(step(session, "appliedSome")[0].state).toBe("failed");
    expect(step(session, "appliedAll")[0].state).toBe("done");
  });
});

describe("waiting", () => {
  test("is longer the more failed, spread, and within a quarter of an hour", () => {
    for (let attempt = 1; attempt < 30; attempt++) {
      const [least, most] = [delaySeconds(attempt, 0), delaySeconds(attempt, 0.999)];
      expect(least).toBeGreaterThanOrEqual(1);
      expect(most).toBeLessThanOrEqual(900);
      expect(most).toBeGreaterThanOrEqual(delaySeconds(attempt - 1, 0.999));
    }
  });

  test("never undercuts what the server asked for", () => {
    expect(delaySeconds(1, 0, 30)).toBe(30);
    expect(delaySeconds(9, 0.5, 5)).toBe(5.5);
    expect(delaySeconds(1, 0, 100_000)).toBe(900);
    expect(delaySeconds(1, 0.5, 0)).toBe(delaySeconds(1, 0.5));
  });
});

test("of many checkpoints the first and the last are kept, and more of the new than of the old", () => {
  const sizes = Array.from({ length: 200 }, (_, at) => at * 10);
  const dropped = new Set(thinned(sizes, 16));
  const kept = sizes.filter((_, at) => !dropped.has(at));
  expect(kept).toHaveLength(16);
  expect([kept[0], kept.at(-1)]).toEqual([0, 1990]);
  const [early, late] = [
    (kept[1] as number) - (kept[0] as number),
    (kept[15] as number) - (kept[14] as number),
  ];
  expect(early).toBeGreaterThan(10 * late);
});
