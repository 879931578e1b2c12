import { beforeAll, describe, expect, test } from "vitest";
import { formValue } from "../../src/protocol/definitions/forms.ts";
import { formId } from "../../src/protocol/ids.ts";
import * as op from "../../src/protocol/operations.ts";
import type { OpenDesk } from "../../src/storage/desk.ts";
import { ABOUT, APRIL, FORM_ID, formOf, MARCH, MAY, Village } from "../village.ts";
import { again, carry, type Somebody, somebody } from "./people.ts";

let village: Village;
let lan: Somebody;
let hoa: Somebody;

beforeAll(async () => {
  village = await Village.make();
  lan = await somebody(village, "Lan");
  hoa = await somebody(village, "Hoa");
  await lan.desk.importBundle(await village.bundle());
});

async function fillIn(desk: OpenDesk, visits: number): Promise<string> {
  const filling = await desk.fill(FORM_ID, ABOUT);
  filling.put("visits", visits);
  return (await filling.save()).report;
}

describe("filling in", () => {
  test("a person who enrolled is who the offer says, and may report", () => {
    expect(lan.desk.person).toMatchObject({ name: "Lan", confirmed: true });
    expect(lan.desk.may(lan.desk.unit, op.PUT)).toBe(true);
    expect(lan.desk.may(lan.desk.unit, op.ATTEST, op.APPROVE)).toBe(false);
  });

  test("what is entered is a draft at once, and what is saved is there when the app starts anew", async () => {
    const filling = await lan.desk.fill(FORM_ID, { ...ABOUT, period: APRIL });
    filling.put("visits", 3);
    filling.put("topics", ["A", "B"]);
    filling.count("taps", 2);
    filling.count("taps", 1);
    filling.put("money", 5_000_000);
    const row = filling.addRow("issue", { what: "Mái dột", days: 4 });
    expect(filling.addRow("issue", { what: "mái  dột" }).id).toBe(row.id);
    await filling.kept();
    lan = await again(lan, village);
    const [draft] = lan.desk.drafts();
    const resumed = await lan.desk.open(draft?.report ?? "");
    const expected = {
      visits: 3,
      topics: ["A", "B"],
      taps: 3,
      money: 5_000_000,
      issue: [{ what: "Mái dột", days: 4 }],
    };
    expect(sorted(resumed.answers)).toEqual(expected);
    await resumed.save();
    expect(resumed.changed).toBe(false);
    lan = await again(lan, village);
    expect(lan.desk.drafts()).toEqual([]);
    const shown = await lan.desk.open(resumed.id);
    expect(sorted(shown.answers)).toEqual(expected);
    expect(lan.desk.report(resumed.id)).toMatchObject({ way: "saved", draft: false, period: APRIL });
    expect(lan.desk.duties(lan.desk.unit, "2024-04-20").map(({ report }) => report?.id)).toContain(
      resumed.id,
    );
  });

  test("a second count, another choice and a hidden row change exactly that", async () => {
    const filling = await lan.desk.fill(FORM_ID, { ...ABOUT, period: APRIL });
    filling.put("topics", ["B"]);
    filling.count("taps", -1);
    filling.put("note", "Xong");
    filling.put("note", null);
    const fresh = filling.addRow("issue", { what: "Mất điện" });
    filling.hideRow("issue", fresh.id);
    filling.hideRow("issue", filling.rows("issue")[0]?.id ?? "");
    await filling.save();
    const shown = await lan.desk.open(filling.id);
    expect(shown.answers).toEqual({ visits: 3, topics: ["B"], taps: 2, money: 5_000_000 });
    expect(lan.desk.history(filling.id).filter(({ field }) => field === "note")).toEqual([]);
  });

  test("what was not seen is not superseded: both values stay, and a person settles it", async () => {
    const report = await fillIn(lan.desk, 10);
    await carry(lan.desk, hoa.desk);
    const filling = await hoa.desk.open(report);
    expect(filling.answers.visits).toBe(10);
    await fillIn(lan.desk, 11);
    await carry(lan.desk, hoa.desk);
    expect(filling.outdated).toBe(true);
    filling.put("visits", 12);
    await filling.save();
    const [conflict] = hoa.desk.conflicts();
    expect(conflict?.siblings.map(({ value }) => value).sort()).toEqual([11, 12]);
    expect(conflict?.siblings.map(({ origin }) => origin.person.name).sort()).toEqual(["Hoa", "Lan"]);
    const both = await hoa.desk.open(report);
    both.put("visits", 13);
    expect(
      both
        .siblings("visits")
        .map(({ value }) => value)
        .sort(),
    ).toEqual([11, 12]);
    expect([both.answers.visits, both.siblings("letters")]).toEqual([13, []]);
    await both.discard();
    if (conflict) await hoa.desk.resolve(conflict, 12);
    expect(hoa.desk.conflicts()).toEqual([]);
    await carry(hoa.desk, lan.desk);
    expect((await lan.desk.open(report)).answers.visits).toBe(12);
  });

  test("a form that shows what has arrived supersedes it, and a draft left before supersedes what it showed", async () => {
    const report = await fillIn(lan.desk, 20);
    await carry(lan.desk, hoa.desk);
    const left = await hoa.desk.open(report);
    left.put("visits", 22);
    await left.close();
    await fillIn(lan.desk, 21);
    await carry(lan.desk, hoa.desk);
    hoa = await again(hoa, village);
    const resumed = await hoa.desk.open(report);
    expect([resumed.answers.visits, resumed.outdated]).toEqual([22, true]);
    await resumed.refresh();
    expect([resumed.answers.visits, resumed.outdated]).toEqual([22, false]);
    await resumed.save();
    expect(hoa.desk.conflicts()).toEqual([]);
  });

  test("a report that says nothing of its figures is zero in one tap, and no other one is", async () => {
    await expect(lan.desk.zero(FORM_ID, ABOUT)).rejects.toMatchObject({ code: "no-longer-zero" });
    const filling = await lan.desk.fill(FORM_ID, ABOUT);
    await lan.desk.void(filling.id, "");
    expect(lan.desk.report(filling.id)?.hidden).toBe(true);
    await lan.desk.restore(filling.id, "");
    expect(lan.desk.report(filling.id)?.hidden).toBe(false);
  });

  test("a confirmation binds to what it saw", async () => {
    const report = await fillIn(lan.desk, 30);
    await lan.desk.review(report, "confirmed");
    expect(lan.desk.reviews(report)).toMatchObject([{ role: "confirm", verdict: "confirmed", stale: false }]);
    expect(lan.desk.report(report)?.stage).toBe("confirmed");
    await fillIn(lan.desk, 31);
    expect(lan.desk.report(report)?.stage).toBe("stale");
    await expect(lan.desk.review(report, "approved")).rejects.toMatchObject({ code: "not-allowed" });
  });

  test("a report under the wrong period is moved: said again there, linked, hidden here, in one step", async () => {
    const wrong = await fillIn(hoa.desk, 40);
    const { report } = await hoa.desk.move(wrong, { ...ABOUT, period: MAY }, "Nhầm tháng");
    expect(hoa.desk.report(wrong)?.hidden).toBe(true);
    expect((await hoa.desk.open(report)).answers.visits).toBe(40);
    await expect(hoa.desk.move(report, ABOUT, "")).rejects.toMatchObject({ code: "already-here" });
  });

  test("a draft goes on with a newer form, and says what has no place there", async () => {
    const filling = await lan.desk.fill(FORM_ID, ABOUT);
    filling.put("letters", 5);
    filling.put("note", "Có thư");
    await filling.close();
    const second = formOf(2, (fields) => fields.filter(({ name }) => name !== "letters"));
    const id = formId(formValue(second));
    await village.publish([op.FORM, id, formValue(second)]);
    await lan.desk.importBundle(await village.bundle());
    const resumed = await lan.desk.open(filling.id);
    expect([resumed.formId, resumed.newerForm?.version]).toEqual([FORM_ID, 2]);
    expect(await resumed.carryOver()).toEqual(["letters"]);
    expect([resumed.formId, resumed.answers.note, resumed.newerForm]).toEqual([id, "Có thư", null]);
    await resumed.save();
    expect((await lan.desk.open(filling.id)).answers.note).toBe("Có thư");
  });

  test("on a practice desk everything works and nothing is kept", async () => {
    const before = lan.desk.counts();
    const practice = await lan.desk.practise();
    const filling = await practice.fill(FORM_ID, { ...ABOUT, period: MARCH });
    filling.put("visits", 99);
    await filling.save();
    expect((await practice.open(filling.id)).answers.visits).toBe(99);
    await expect(practice.sync()).rejects.toMatchObject({ code: "practice" });
    expect(lan.desk.counts()).toEqual(before);
    expect((await lan.desk.open(filling.id)).answers.visits).not.toBe(99);
  });
});

function sorted(answers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { topics, ...others } = answers;
  return Array.isArray(topics) ? { ...others, topics: topics.toSorted() } : others;
}
