import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { en } from "../src/i18n/en.ts";
import { vi } from "../src/i18n/vi.ts";
import { date, number, size, when } from "../src/i18n/written.ts";
import { PhoneError } from "../src/storage/phone.ts";
import { sentence } from "../src/ui/state/mishap.ts";

/** The codes that the phone's interface says it may fail with. */
function codes(): string[] {
  const source = readFileSync(new URL("../src/storage/phone.ts", import.meta.url), "utf8");
  const told = source.slice(source.indexOf("What can go wrong."), source.indexOf("export class PhoneError"));
  return [...told.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, code = ""]) => code);
}

describe("sentences", () => {
  test("there is one for whatever the phone may fail with, in both languages", () => {
    const failing = codes().filter((code) => code !== "detail" && code !== "retry");
    expect(failing.length).toBeGreaterThan(25);
    for (const say of [vi, en]) {
      const other = sentence(new PhoneError("some-new-code"), say).replace("some-new-code", "");
      for (const code of failing) expect(sentence(new PhoneError(code), say)).not.toContain(`(${code})`);
      expect(other).toContain("()");
    }
  });

  test("what is not ours is named, with what is safe", () => {
    expect(sentence(new TypeError("x"), vi)).toBe(vi.error.other("TypeError"));
  });
});

describe("figures and dates", () => {
  test("are written as each language writes them", () => {
    expect(number(12_345_678, 1, "vi")).toBe("1.234.567,8");
    expect(number(12_345_678, 1, "en")).toBe("1,234,567.8");
    expect(date("2019-02-18")).toBe("18/02/2019");
  });

  test("sizes are short", () => {
    expect(size(999, "vi")).toBe("999 byte");
    expect(size(2_148, "vi")).toBe("2,1 kB");
    expect(size(846_000, "vi")).toBe("846 kB");
    expect(size(38_000_000, "en")).toBe("38 MB");
    expect(size(10_738_000_000, "en")).toBe("11 GB");
  });

  test("a moment is near today and far with its date", () => {
    const now = new Date(2019, 2, 14, 18, 30);
    const seconds = (day: number, hour: number) => new Date(2019, 2, day, hour, 5).getTime() / 1000;
    expect(when(seconds(14, 9), now, vi)).toBe("hôm nay, 09:05");
    expect(when(seconds(13, 16), now, vi)).toBe("hôm qua, 16:05");
    expect(when(seconds(1, 16), now, en)).toBe("01/03/2019, 16:05");
  });
});
