import { beforeAll, describe, expect, test } from "vitest";
import { Database } from "../../src/platform/database.ts";
import { offerFromText } from "../../src/protocol/enrolment.ts";
import { PIN_TRIES } from "../../src/storage/phone.ts";
import { ABOUT, FORM_ID, MARCH, ORIGIN, UNIT, Village } from "../village.ts";
import { copyOf, Disk, everythingOn, startPhone } from "../world.ts";
import { again, confirmed, PIN, somebody } from "./people.ts";

let village: Village;
beforeAll(async () => {
  village = await Village.make();
});

describe("who is here", () => {
  test("nothing of a person can be read on the disk: no value, id, unit or date", async () => {
    const disk = new Disk();
    const lan = await somebody(village, "Lan", disk);
    const filling = await lan.desk.fill(FORM_ID, ABOUT);
    filling.put("note", "Bí mật của Lan");
    await filling.save();
    await lan.desk.seal();
    const draft = await lan.desk.fill(FORM_ID, ABOUT);
    draft.put("visits", 7_654_321);
    await draft.kept();
    const { replica } = lan.desk;
    const { unit } = offerFromText(await village.offer("anybody"));
    await somebody(village, "Hoa", disk);
    const content = await everythingOn(disk);
    const today = String(Math.floor(replica.chance.now() / 1000));
    const secrets = [
      "Bí mật",
      "visits",
      "7654321",
      replica.key,
      unit,
      filling.id,
      MARCH,
      FORM_ID,
      "2024-03",
      today,
    ];
    for (const secret of secrets) expect(content).not.toContain(secret);
    expect(content).toContain("Lan"); // the name to be tapped, and nothing else
  });

  test("each has a PIN of their own, and sees their own desk", async () => {
    const disk = new Disk();
    const lan = await somebody(village, "Lan", disk, "271828");
    await lan.phone.lock();
    const hoa = await somebody(village, "Hoa", disk, "314159");
    expect(hoa.phone.people().map(({ name }) => name)).toEqual(["Lan", "Hoa"]);
    const places = hoa.phone.people().map(({ place }) => place);
    expect(await hoa.phone.unlock(places[0] ?? 0, "314159")).toEqual({ triesLeft: PIN_TRIES - 1 });
    expect(hoa.phone.desk).toBe(null);
    const unlocked = await hoa.phone.unlock(places[0] ?? 0, "271828");
    expect("desk" in unlocked && unlocked.desk.person.name).toBe("Lan");
    expect(hoa.phone.people()[0]?.triesLeft).toBe(PIN_TRIES);
    expect(lan.desk.person.key).not.toBe(hoa.desk.person.key);
  });

  test("ten wrong PINs shut a desk, the right one opens it no more, and nothing is erased", async () => {
    const lan = await somebody(village, "Lan");
    await lan.phone.lock();
    const before = await everythingOn(lan.disk);
    for (let left = PIN_TRIES - 1; left >= 0; left--) {
      expect(await lan.phone.unlock(lan.desk.place, "999998")).toEqual({ triesLeft: left });
    }
    expect(await lan.phone.unlock(lan.desk.place, PIN)).toEqual({ triesLeft: 0 });
    const phone = await startPhone(lan.disk, { origin: ORIGIN });
    expect(phone.people()).toMatchObject([{ name: "Lan", triesLeft: 0 }]);
    expect((await everythingOn(lan.disk)).length).toBeGreaterThan(before.length - 10);
  }, 30_000);

  test("a PIN is changed by who knows it, and the old one opens nothing any more", async () => {
    const lan = await somebody(village, "Lan");
    await expect(lan.desk.changePin("000001", "482913")).rejects.toMatchObject({ code: "wrong-pin" });
    await expect(lan.desk.changePin(PIN, "123456")).rejects.toMatchObject({ code: "weak-pin" });
    await lan.desk.changePin(PIN, "482913");
    expect(await lan.phone.unlock(lan.desk.place, PIN)).toHaveProperty("triesLeft");
    expect(await lan.phone.unlock(lan.desk.place, "482913")).toHaveProperty("desk");
  });

  test("a desk is open in one tab at a time", async () => {
    const lan = await somebody(village, "Lan");
    const tab = await startPhone(lan.disk, { origin: ORIGIN });
    await expect(tab.unlock(lan.desk.place, PIN)).rejects.toMatchObject({ code: "in-use" });
    await lan.phone.lock();
    expect(await tab.unlock(lan.desk.place, PIN)).toHaveProperty("desk");
  });
});

describe("an invitation", () => {
  test("that has expired, was spoilt or is for another hub is told apart", async () => {
    const phone = await startPhone(new Disk(), { origin: ORIGIN, fetch: village.fetch });
    const offer = await village.offer("Tư");
    await expect(phone.readOffer(await village.offer("Năm", 1_000))).rejects.toMatchObject({
      code: "offer-expired",
    });
    await expect(phone.readOffer(offer.slice(0, -3))).rejects.toMatchObject({ code: "bad-offer" });
    await expect(phone.readCode("ABCD")).rejects.toMatchObject({ code: "bad-code" });
    const other = await Village.make();
    const foreign = await startPhone(new Disk(), { origin: ORIGIN, fetch: other.fetch });
    await expect(foreign.readOffer(offer)).rejects.toMatchObject({ code: "offer-unknown" });
    const invitation = await phone.readOffer(offer);
    expect(invitation).toMatchObject({ person: "Tư", unit: UNIT });
    await expect(invitation.accept("111111")).rejects.toMatchObject({ code: "weak-pin" });
  });

  test("makes a desk that waits for the officer, and counts from then on", async () => {
    const disk = new Disk();
    const phone = await startPhone(disk, { origin: ORIGIN, fetch: village.fetch });
    const desk = await (await phone.readOffer(await village.offer("Tư"))).accept(PIN);
    expect(desk.person).toMatchObject({ name: "Tư", confirmed: false });
    expect(desk.fingerprint).toMatch(/^(\w{4}-){3}\w{4}$/);
    const filling = await desk.fill(FORM_ID, ABOUT);
    filling.put("visits", 1);
    await filling.save();
    await desk.seal();
    expect((await desk.open(filling.id)).answers).toEqual({ visits: 1 });
    expect(desk.waiting()).toMatchObject([{ reason: "unconfirmed" }, { reason: "unconfirmed", own: true }]);
    await confirmed(village, phone.desk as NonNullable<typeof phone.desk>);
    expect(desk.person.confirmed).toBe(true);
    expect(desk.waiting()).toEqual([]);
  });
});

describe("a phone that was put back to an old backup", () => {
  test("gets back what it had said, and goes on without a word lost", async () => {
    const lan = await somebody(village, "Lan");
    const save = async (visits: number, field = "visits") => {
      const filling = await (lan.phone.desk ?? lan.desk).fill(FORM_ID, ABOUT);
      filling.put(field, visits);
      await filling.save();
    };
    await save(1);
    await lan.desk.seal();
    const backup = await copyOf(lan.disk);
    await save(2);
    const { data } = await lan.desk.exportBundle();
    const old = await again({ ...lan, disk: backup }, village);
    const filling = await old.desk.fill(FORM_ID, ABOUT);
    filling.put("letters", 3);
    await filling.save();
    await old.desk.seal();
    await old.desk.importBundle(data);
    const shown = await old.desk.open(filling.id);
    expect(shown.answers).toEqual({ visits: 2, letters: 3 });
    shown.put("letters", 4);
    await shown.save();
    await old.desk.seal();
    const { store, key, ledger } = old.desk.replica;
    const own = [...store.scopes()].flatMap((scope) => store.ofKey(scope, key));
    expect(Math.max(...own.map(({ facts }) => facts.incarnation))).toBe(1);
    expect(own.every(({ facts }) => ledger.verdict(facts.id)?.word === "accepted")).toBe(true);
  });
});

test("a full disk keeps nobody from opening their desk", async () => {
  const lan = await somebody(await Village.make(), "Lan");
  await lan.phone.lock();
  const change = Database.prototype.changePerson;
  Database.prototype.changePerson = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
  try {
    expect(await lan.phone.unlock(lan.desk.place, "999998")).toEqual({ triesLeft: PIN_TRIES - 1 });
    expect(await lan.phone.unlock(lan.desk.place, "999998")).toEqual({ triesLeft: PIN_TRIES - 2 });
    expect(await lan.phone.unlock(lan.desk.place, PIN)).toHaveProperty("desk");
    expect(lan.phone.people()[0]?.triesLeft).toBe(PIN_TRIES);
  } finally {
    Database.prototype.changePerson = change;
  }
});
