import { effect } from "@preact/signals";
import { describe, expect, test } from "vitest";
import { Sheet } from "../../src/forms/sheet.ts";
import { encode } from "../../src/protocol/canonical.ts";
import { field, form, Paper } from "./paper.ts";

const TODAY = "2019-03-14";
const always = encode(true);
const isOpen = encode(["ref", "open"]);

const open = field("open", "bool");
const days = field("days", "int", {
  required: always,
  relevant: isOpen,
  constraint: encode(["<=", ["this"], ["period-days"]]),
  message: { vi: "Quá số ngày của kỳ.", en: "More than the period has." },
});
const more = field("more", "int");
const sum = field("sum", "calc", {
  merge: "none",
  calculation: encode(["+", ["ref", "days"], ["ref", "more"]]),
});
const issues = field("issues", "rows", {
  merge: "add",
  cells: [
    field("kind", "text", { size: 50, required: always }),
    field("count", "int", { relevant: encode(["=", ["ref", "kind"], ["text", "đếm"]]) }),
  ],
});
const PERIOD = {
  id: "22".repeat(16),
  regime: "administrative",
  kind: "month",
  start: "2019-02-15",
  end: "2019-03-14",
  due: null,
};

function begun(answers = {}) {
  const paper = new Paper(form(open, days, more, sum, issues), PERIOD, { days: 24 }, answers);
  return { paper, sheet: new Sheet(paper, TODAY) };
}

function codes(sheet: Sheet, name: string): string[] {
  return sheet.field(name).value.flags.map(({ code }) => code);
}

describe("a sheet", () => {
  test("shows a field as soon as it applies, and hides it again", () => {
    const { sheet } = begun();
    expect(sheet.field("days").value.applies).toBe(false);
    sheet.put(open, true);
    expect(sheet.field("days").value.applies).toBe(true);
    sheet.put(open, false);
    expect(sheet.field("days").value.applies).toBe(false);
  });

  test("calculates while numbers are typed", () => {
    const { sheet } = begun({ open: true });
    sheet.enter(days, "20", "vi");
    sheet.enter(more, "5", "vi");
    expect(sheet.field("sum").value.calculated).toBe(25);
  });

  test("says what is doubtful only when the person has left the field, and keeps the value", () => {
    const { paper, sheet } = begun({ open: true });
    sheet.enter(days, "31", "vi");
    expect(codes(sheet, "days")).toEqual([]);
    sheet.leave(days);
    expect(codes(sheet, "days")).toEqual(["constraint"]);
    expect(paper.answers.days).toBe(31);
  });

  test("says what is missing only after an attempt to finish", () => {
    const { sheet } = begun({ open: true });
    sheet.leave(days);
    expect(codes(sheet, "days")).toEqual([]);
    expect(sheet.summary.value.missing.map(({ name }) => name)).toEqual(["days"]);
    sheet.showAll();
    expect(codes(sheet, "days")).toEqual(["required"]);
  });

  test("states nothing that cannot be read, and says so at once", () => {
    const { paper, sheet } = begun({ open: true });
    sheet.enter(days, "20", "vi");
    sheet.enter(days, "20x", "vi");
    expect(sheet.field("days").value.problem).toBe("number");
    expect(paper.answers.days).toBe(null);
    expect(sheet.summary.value.unread).toBe(1);
    sheet.enter(days, "20", "vi");
    expect(sheet.field("days").value.problem).toBe(null);
    expect(sheet.summary.value.unread).toBe(0);
  });

  test("has the period before in sight", () => {
    expect(begun().sheet.field("days").value.before).toBe(24);
  });

  test("redraws only what a change touches", () => {
    const { sheet } = begun({ open: true });
    const drawn: string[] = [];
    for (const name of ["open", "days", "more", "sum"]) {
      effect(() => {
        sheet.field(name).value;
        drawn.push(name);
      });
    }
    drawn.length = 0;
    sheet.enter(days, "3", "vi");
    expect(drawn.sort()).toEqual(["days"]);
    sheet.enter(more, "4", "vi");
    expect(drawn.sort()).toEqual(["days", "more", "sum"]);
  });
});

describe("rows", () => {
  test("have cells of their own, with relevance and messages of their own", () => {
    const { paper, sheet } = begun();
    sheet.addRow(issues);
    sheet.addRow(issues);
    const [, second] = sheet.field("issues").value.rows;
    const [kind, count] = second?.cells ?? [];
    expect(count?.applies).toBe(false);
    sheet.enter(kind?.field ?? open, "đếm", "vi", kind?.at);
    expect(sheet.field("issues").value.rows[1]?.cells[1]?.applies).toBe(true);
    expect(sheet.field("issues").value.rows[0]?.cells[1]?.applies).toBe(false);
    expect(paper.answers.issues).toEqual([{}, { kind: "đếm" }]);
    sheet.showAll();
    expect(sheet.field("issues").value.rows[0]?.cells[0]?.flags.map(({ code }) => code)).toEqual([
      "required",
    ]);
  });

  test("go when they are taken away", () => {
    const { sheet } = begun();
    sheet.addRow(issues);
    sheet.hideRow(issues, sheet.field("issues").value.rows[0]?.row ?? { id: "", key: null });
    expect(sheet.field("issues").value.rows).toEqual([]);
  });
});

describe("the draft", () => {
  test("counts as kept only when the last change is on the disk", async () => {
    const { paper, sheet } = begun();
    let arrive = () => {};
    paper.disk = new Promise((resolve) => {
      arrive = resolve;
    });
    sheet.put(open, true);
    await Promise.resolve();
    expect(sheet.keeping.value).toBe("keeping");
    arrive();
    await new Promise((resolve) => setTimeout(resolve));
    expect(sheet.keeping.value).toBe("kept");
  });

  test("that could not be written says so", async () => {
    const { paper, sheet } = begun();
    const full = new Error("full");
    paper.disk = Promise.reject(full);
    sheet.put(open, true);
    await new Promise((resolve) => setTimeout(resolve));
    expect(sheet.keeping.value).toEqual({ error: full });
  });
});
