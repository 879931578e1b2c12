import { describe, expect, test } from "vitest";
import { vi } from "../../src/i18n/vi.ts";
import type { Counts, Desk, Report } from "../../src/storage/phone.ts";
import { lightOf, type Moment } from "../../src/ui/state/light.ts";

const UNIT = "01".repeat(16);
const NOTHING: Counts = {
  saved: 0,
  sending: 0,
  carried: 0,
  received: 0,
  drafts: 0,
  conflicts: 0,
  waiting: 0,
};
const QUIET: Moment = { sending: null, isOnline: true, now: new Date(2019, 2, 14, 16, 40) };
const PROGRESS = { state: "", done: 0, total: null, bytesUp: 540, bytesDown: 210 };

/** The lamp of a desk of which only this much matters. */
function light(counts: Partial<Counts>, reports: Partial<Report>[] = [], moment: Partial<Moment> = {}) {
  const desk = {
    unit: UNIT,
    practice: false,
    contact: { last: null, clockAhead: null },
    counts: () => ({ ...NOTHING, ...counts }),
    reports: () =>
      reports.map((report) => ({ hidden: false, stage: "sent", way: null, unit: UNIT, ...report })),
  } as unknown as Desk;
  return lightOf(desk, { ...QUIET, ...moment }, { language: "vi", say: vi });
}

describe("the lamp", () => {
  test("is steady only when something was received and nothing waits anywhere", () => {
    expect(light({ received: 3 })).toMatchObject({ state: "steady", words: "Máy chủ đã nhận đủ" });
    for (const waiting of ["saved", "sending", "carried", "conflicts"] as const) {
      const { state, words } = light({ received: 3, [waiting]: 1 });
      expect(state).not.toBe("steady");
      expect(words).not.toContain("đã nhận");
    }
    expect(light({}).state).toBe("dark");
  });

  test("counts reports, not what was said in them, and never none while something waits", () => {
    const reports = [{ way: "saved" as const }, { way: "sending" as const }, { way: "received" as const }];
    expect(light({ saved: 7, sending: 2 }, reports).words).toBe("Đã lưu trên máy: 2");
    expect(light({ saved: 1 }).words).toBe("Đã lưu trên máy: 1");
  });

  test("says whether there is a network to wait for", () => {
    expect(light({ saved: 1 }, [], { isOnline: false }).more).toBe("Chưa có mạng. Có sóng sẽ gửi.");
    expect(light({ saved: 1 }).more).toBe("Có mạng sẽ tự gửi.");
  });

  test("turns while it sends, with the bytes", () => {
    expect(light({ saved: 1 }, [], { sending: PROGRESS })).toMatchObject({
      state: "turning",
      words: "Đang gửi: 1",
      more: "Đã gửi 540 byte, đã nhận 210 byte",
    });
    expect(light({ received: 1 }, [], { sending: PROGRESS }).state).toBe("steady");
  });

  test("is amber while a person is asked: differences, and what was returned to one's own unit", () => {
    const returned = { stage: "returned" as const, way: "received" as const };
    expect(light({ conflicts: 1, received: 1 }, [returned])).toMatchObject({
      state: "amber",
      words: "2 việc cần bạn xem",
    });
    expect(light({ received: 1 }, [{ ...returned, unit: "02".repeat(16) }]).state).toBe("steady");
    expect(light({ received: 1 }, [{ ...returned, hidden: true }]).state).toBe("steady");
  });
});
