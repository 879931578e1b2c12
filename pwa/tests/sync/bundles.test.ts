import { beforeAll, expect, test } from "vitest";
import { utf8 } from "../../src/protocol/bytes.ts";
import { type Somebody, somebody } from "../storage/people.ts";
import { ABOUT, FORM_ID, Village } from "../village.ts";

let lan: Somebody;
let hoa: Somebody;

beforeAll(async () => {
  const village = await Village.make();
  lan = await somebody(village, "Lan");
  hoa = await somebody(village, "Hoa");
  const filling = await lan.desk.fill(FORM_ID, ABOUT);
  filling.put("visits", 8);
  await filling.save();
});

test("a bundle carries what is saved, and its sender knows it carried, never received", async () => {
  expect(lan.desk.counts()).toMatchObject({ saved: 1, carried: 0 });
  const { data, sets } = await lan.desk.exportBundle();
  expect(lan.desk.counts()).toMatchObject({ saved: 0, carried: 1, received: 0 });
  expect(sets).toBe(lan.desk.replica.store.inOrder.length);
  const imported = await hoa.desk.importBundle(data);
  expect(imported).toMatchObject({ damaged: 0, receipts: 0 });
  expect(hoa.desk.reports().map(({ family, way }) => [family, way])).toEqual([["T1", null]]);
  expect(await hoa.desk.importBundle(data)).toMatchObject({ fresh: 0, known: sets });
});

test("a bundle may travel as text, broken into lines", async () => {
  const { data } = await lan.desk.exportBundle();
  const text = Buffer.from(data).toString("base64").replace(/.{76}/g, "$&\r\n");
  expect(await hoa.desk.importBundle(utf8(`${text}\n`))).toMatchObject({ fresh: 0, damaged: 0 });
});

test("of a damaged bundle everything else is taken, and what is no bundle is refused", async () => {
  const { data } = await lan.desk.exportBundle();
  const cut = await hoa.desk.importBundle(data.slice(0, data.length - 200));
  expect(cut.damaged).toBeGreaterThan(0);
  expect(cut.known).toBeGreaterThan(0);
  await expect(hoa.desk.importBundle(utf8("Xin chào"))).rejects.toMatchObject({ code: "bad-bundle" });
  await expect(hoa.desk.importBundle(new Uint8Array())).rejects.toMatchObject({ code: "bad-bundle" });
});

test("only what the hub has not acknowledged is in a rescue file, with the authority behind it", async () => {
  const all = await lan.desk.exportBundle();
  const unsent = await lan.desk.exportBundle(true);
  expect(unsent.sets).toBe(all.sets);
  const { replica } = lan.desk;
  const placed = { epoch: 0, sequence: 0, received: 1 };
  const reports = replica.store.inOrder.filter((id) => replica.ledger.facts(id)?.acting === null);
  await replica.writing(() => replica.hub.place(new Map(reports.map((id) => [id, placed]))));
  expect((await lan.desk.exportBundle(true)).sets).toBe(all.sets - reports.length);
});
