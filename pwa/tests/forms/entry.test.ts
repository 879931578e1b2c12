import { describe, expect, test } from "vitest";
import { entryText, readEntry } from "../../src/forms/entry.ts";
import { field } from "./paper.ts";

const whole = field("whole", "int");
const tenths = field("tenths", "dec", { size: 1 });
const text = field("text", "text", { size: 100 });

function vi(text: string, of = tenths) {
  return readEntry(of, text, "vi");
}

describe("numbers as they are typed", () => {
  test.each([
    ["4,5", 45],
    ["4.5", 45],
    ["4,", 40],
    ["1.234", 12_340],
    ["1.234,5", 12_345],
    ["1 234,5", 12_345],
    ["−3", -30],
    ["-0", 0],
    ["007", 70],
  ])("in Vietnamese %s is %d tenths", (typed, value) => {
    expect(vi(typed)).toEqual({ value });
  });

  test.each([
    ["4.5", 45],
    ["4,5", 45],
    ["1,234", 12_340],
    ["1,234.5", 12_345],
  ])("in English %s is %d tenths", (typed, value) => {
    expect(readEntry(tenths, typed, "en")).toEqual({ value });
  });

  test.each([
    ["abc", "number"],
    ["12a", "number"],
    ["1.23.4", "number"],
    ["4,55", "digits"],
    ["99999999999999999", "large"],
  ])("%s states no value: %s", (typed, problem) => {
    expect(vi(typed)).toEqual({ problem });
  });

  test("a whole number has no decimals, but zeros behind the comma do no harm", () => {
    expect(vi("3,5", whole)).toEqual({ problem: "whole" });
    expect(vi("3,0", whole)).toEqual({ value: 3 });
  });

  test("what an input begins with reads as the value that it came from, in both languages", () => {
    for (const language of ["vi", "en"] as const) {
      for (const value of [0, 7, -45, 12_345, 1_000_000, 123_456_789]) {
        expect(readEntry(tenths, entryText(tenths, value, language), language)).toEqual({ value });
        expect(readEntry(whole, entryText(whole, value, language), language)).toEqual({ value });
      }
    }
  });
});

test("nothing but blanks is no answer", () => {
  for (const of of [whole, tenths, text]) expect(readEntry(of, "  ", "vi")).toEqual({ value: null });
});

test("a text leaves as NFC, whatever the keyboard made of it", () => {
  const typed = "Giếng làng".normalize("NFD");
  expect(readEntry(text, typed, "vi")).toEqual({ value: "Giếng làng".normalize("NFC") });
});

test("a date is one of the calendar or none", () => {
  const day = field("day", "date");
  expect(readEntry(day, "2019-02-28", "vi")).toEqual({ value: "2019-02-28" });
  expect(readEntry(day, "2019-02-30", "vi")).toEqual({ problem: "date" });
});
