import { expect, test } from "vitest";
import type { Facts } from "../../src/protocol/logs.ts";
import { forks, tips } from "../../src/protocol/logs.ts";
import type { Live } from "../../src/protocol/merge.ts";
import { type Siblings, shown } from "../../src/protocol/reading.ts";
import { inOrder, toOffer, unknown } from "../../src/protocol/reconcile.ts";
import { type Stage, stageOf } from "../../src/protocol/workflow.ts";

function facts(id: string, position: number, ...previous: string[]): Facts {
  const place = { key: "k", scope: "00", incarnation: 0, position, previous };
  const empty = { acting: null, kinds: [1], roles: [], tag: "0", lastTag: "0", time: 0, distances: false };
  return { id, ...place, ...empty };
}

const [first, second, fork, third] = [
  facts("a", 0),
  facts("b", 1, "a"),
  facts("c", 1, "a"),
  facts("d", 2, "b"),
] as const;
const log = [first, second, fork, third];

test("tips are what nothing follows, and a fork is told by its two sets", () => {
  expect(tips(log, () => true)).toEqual(["c", "d"]);
  expect(tips(log, (id) => id !== "d")).toEqual(["b", "c"]);
  expect(forks(log)).toEqual([["b", "c"]]);
});

test("what is offered is what does not stand behind the other side's tips, predecessors first", () => {
  expect(toOffer(log.toReversed(), ["b"]).map(({ id }) => id)).toEqual(["c", "d"]);
  expect(toOffer(log, ["elsewhere"], ["d"])).toEqual([first, second, fork].sort(inOrder));
  expect(unknown(["x", "a", "x"], new Set(["a"]))).toEqual(["x"]);
});

function live(value: string, set16: string): Live {
  return { value, set16, index: 0, ordinal: 0, kind: 1, identity: set16, also: [], covers: [] };
}

test("a conflict shows nothing, or the latest by what its stamps say", () => {
  const both = [live("one", "aa"), live("other", "bb")];
  const siblings: Siblings = { live: both, values: ["one", "other"], conflict: true };
  const at = (times: Record<string, number>) => (each: Live) => {
    return { shown: times[each.set16] ?? 0, set16: each.set16, place: each.index };
  };
  expect(shown(siblings, "unresolved", at({}))).toBeNull();
  expect(shown(siblings, "latest", at({ aa: 2, bb: 1 }))).toBe("one");
  expect(shown(siblings, "latest", at({ aa: 1, bb: 1 }))).toBe("other");
  expect(shown({ live: both.slice(1), values: ["other"], conflict: false }, "unresolved", at({}))).toBe(
    "other",
  );
});

test.each<[Stage, [role: string, verdict: string, stale: boolean][]]>([
  ["sent", []],
  ["sent", [["approve", "doubted", false]]],
  ["confirmed", [["confirm", "confirmed", false]]],
  [
    "approved",
    [
      ["confirm", "confirmed", false],
      ["approve", "approved", false],
    ],
  ],
  [
    "returned",
    [
      ["confirm", "confirmed", false],
      ["approve", "returned", false],
    ],
  ],
  [
    "contested",
    [
      ["approve", "approved", false],
      ["approve", "returned", false],
    ],
  ],
  [
    "confirmed",
    [
      ["confirm", "confirmed", false],
      ["approve", "returned", true],
    ],
  ],
  [
    "corrected",
    [
      ["confirm", "confirmed", true],
      ["approve", "returned", true],
    ],
  ],
  ["stale", [["confirm", "confirmed", true]]],
])("a report is %s by what is attested: %j", (stage, said) => {
  const attests = said.map(([role, verdict, stale]) => ({
    live: live("", ""),
    role,
    verdict,
    reason: "",
    stale,
  }));
  expect(stageOf(attests)).toBe(stage);
});
