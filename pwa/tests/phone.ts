/**
 * Phones at the end of a pipe, for the tests that let them meet a real hub: a line of JSON in, a line of JSON out.
 *
 * `[phone, word, …]`: a phone is known by a name of the caller's, and lives on a disk of its own. What fails gives
 * `{"error": code}`.
 */

import { createInterface } from "node:readline";
import { hex, unhex } from "../src/protocol/bytes.ts";
import type { Answer } from "../src/protocol/definitions/form-values.ts";
import { scopeOf } from "../src/protocol/ids.ts";
import type { OpenDesk } from "../src/storage/desk.ts";
import { FormSession } from "../src/storage/editing.ts";
import { type About, type Filling, PhoneError } from "../src/storage/phone.ts";
import type { ThisPhone } from "../src/storage/this-phone.ts";
import { copyOf, Disk, startPhone } from "./world.ts";

class Handset {
  disk = new Disk();
  copy: Disk | null = null;
  phone: ThisPhone | null = null;
  filling: Filling | null = null;
  readonly sessions = new Map<string, FormSession>();
  ahead = 0;
  breaksAfter = Number.POSITIVE_INFINITY;

  get desk(): OpenDesk {
    const desk = this.phone?.desk;
    if (!desk) throw new PhoneError("locked");
    return desk;
  }

  get form(): Filling {
    if (this.filling === null) throw new PhoneError("closed");
    return this.filling;
  }
}

const handsets = new Map<string, Handset>();

/** The network of a phone: it breaks after so many bytes of a reply, before the request at less than 0. */
function network(handset: Handset): typeof fetch {
  return async (url, options) => {
    const { breaksAfter } = handset;
    if (breaksAfter < 0) throw new TypeError("Failed to fetch");
    const response = await fetch(url, options);
    if (breaksAfter === Number.POSITIVE_INFINITY || response.body === null) return response;
    let left = breaksAfter;
    const breaking = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(chunk.slice(0, left));
        left -= chunk.length;
        if (left <= 0) controller.error(new TypeError("network error"));
      },
    });
    return new Response(response.body.pipeThrough(breaking), response);
  };
}

/** The app on a phone's disk. */
function started(handset: Handset, origin: string): Promise<ThisPhone> {
  const call = network(handset);
  const { ahead } = handset;
  return startPhone(handset.disk, { origin, ahead, fetch: (url, options) => call(url, options) });
}

/** The id of the newest form of a family. */
function formOf(desk: OpenDesk, family: string): string {
  const form = desk.book.newestForms().get(family);
  if (form === undefined) throw new PhoneError("unknown", family);
  return desk.shelf().idOf(form);
}

/** A period by the month in which it ends: 2019-03. */
function periodOf(desk: OpenDesk, family: string, month: string | null): string | null {
  const { timing } = desk.book.newestForms().get(family) ?? {};
  for (const [id, [version]] of desk.book.periods) {
    const period = version?.definition;
    if (
      period?.regime === timing?.regime &&
      period?.kind === timing?.kind &&
      period?.end.startsWith(month ?? "~")
    ) {
      return id;
    }
  }
  return null;
}

const WORDS = {
  async start(handset: Handset, origin: string, ahead = 0) {
    handset.ahead = ahead;
    await handset.phone?.lock();
    handset.phone = await started(handset, origin);
    return handset.phone.people();
  },
  /** The page dies: nothing is sealed, nothing is given back but the lock. */
  async kill(handset: Handset, origin: string) {
    const factory = handset.disk.factory;
    handset.disk = new Disk();
    Object.assign(handset.disk, { factory });
    handset.phone = await started(handset, origin);
    handset.sessions.clear();
    return null;
  },
  /** Keep a copy of the disk, as a backup of the phone does. */
  async backup(handset: Handset) {
    handset.copy = await copyOf(handset.disk);
    return null;
  },
  /** The phone is put back as it was. */
  async restore(handset: Handset, origin: string) {
    await handset.phone?.lock();
    handset.disk = await copyOf(handset.copy as Disk);
    handset.phone = await started(handset, origin);
    handset.sessions.clear();
    return null;
  },
  async enrol(handset: Handset, offer: string, pin: string) {
    const invitation = offer.startsWith("HD1:")
      ? await handset.phone?.readOffer(offer)
      : await handset.phone?.readCode(offer);
    const desk = await invitation?.accept(pin);
    return { fingerprint: desk?.fingerprint, person: invitation?.person, unit: invitation?.unit };
  },
  async unlock(handset: Handset, place: number, pin: string) {
    const result = await handset.phone?.unlock(place, pin);
    return result !== undefined && "desk" in result ? "open" : result;
  },
  async lock(handset: Handset) {
    await handset.phone?.lock();
    return null;
  },
  /** From now on the network breaks after so many bytes; null mends it. */
  network(handset: Handset, breaksAfter: number | null) {
    handset.breaksAfter = breaksAfter ?? Number.POSITIVE_INFINITY;
    return null;
  },
  async sync(handset: Handset) {
    const { error, ...report } = await handset.desk.sync();
    return { ...report, error: error?.code ?? null, detail: error?.detail };
  },
  async fill(handset: Handset, family: string, site: string | null, month: string | null) {
    const { desk } = handset;
    const directive = desk.book.newestForms().get(family)?.directives[0] ?? null;
    const about: About = { unit: desk.unit, site, directive, period: periodOf(desk, family, month) };
    handset.filling = await desk.fill(formOf(desk, family), about);
    return handset.filling.id;
  },
  async open(handset: Handset, report: string) {
    handset.filling = await handset.desk.open(report);
    return handset.filling.answers;
  },
  async put(handset: Handset, values: Record<string, Answer>) {
    for (const [field, value] of Object.entries(values)) handset.form.put(field, value);
    await handset.form.kept();
    return null;
  },
  async row(handset: Handset, field: string, cells: Record<string, Answer>) {
    const row = handset.form.addRow(field, cells);
    await handset.form.kept();
    return row.id;
  },
  async count(handset: Handset, field: string, step: number) {
    handset.form.count(field, step);
    await handset.form.kept();
    return null;
  },
  save: (handset: Handset) => handset.form.save(),
  answers: (handset: Handset) => handset.form.answers,
  reports: (handset: Handset) =>
    handset.desk.reports().map(({ form, ...report }) => ({ ...report, version: form?.version })),
  counts: (handset: Handset) => handset.desk.counts(),
  drafts: (handset: Handset) => handset.desk.drafts(),
  conflicts: (handset: Handset) =>
    handset.desk.conflicts().map(({ field, siblings, report }) => {
      return {
        report: report.id,
        field,
        values: siblings.map(({ value, origin }) => [value, origin.person.name]),
      };
    }),
  async resolve(handset: Handset, field: string, value: number) {
    const conflict = handset.desk.conflicts().find((each) => each.field === field);
    if (conflict === undefined) throw new PhoneError("unknown", field);
    await handset.desk.resolve(conflict, value);
    return null;
  },
  async review(handset: Handset, report: string, verdict: "confirmed" | "approved" | "returned") {
    await handset.desk.review(report, verdict);
    return null;
  },
  person: (handset: Handset) => handset.desk.person,
  contact: (handset: Handset) => handset.desk.contact,
  duties: (handset: Handset, today: string) =>
    handset.desk
      .duties(handset.desk.unit, today)
      .map(({ form, period, due, site }) => [form.family, period?.id, due, site]),
  async export(handset: Handset) {
    return hex((await handset.desk.exportBundle()).data);
  },
  import: (handset: Handset, data: string) => handset.desk.importBundle(unhex(data)),
  /** Look at a record, as a form does that was opened and is left open. */
  look(handset: Handset, name: string, record: string, kind = 0) {
    const { replica } = handset.desk;
    handset.sessions.set(name, new FormSession(replica, scopeOf(kind, handset.desk.unit), record, "", false));
    return null;
  },
  /** State things about what was looked at, and save them with one press. */
  async say(handset: Handset, name: string, changes: readonly (readonly [word: string, ...rest: never[]])[]) {
    const session = handset.sessions.get(name) as unknown as Record<string, (...rest: never[]) => void>;
    for (const [word, ...rest] of changes) session[word]?.(...rest);
    const { part, settle } = (handset.sessions.get(name) as FormSession).part();
    const [saves = []] = await handset.desk.replica.save([part]);
    settle(saves);
    return null;
  },
  async seal(handset: Handset) {
    await handset.desk.seal();
    return null;
  },
  /** The live values of a record by slot, as JSON can hold them. */
  shown(handset: Handset, record: string, kind = 0) {
    const state = handset.desk.replica.seen(scopeOf(kind, handset.desk.unit), record);
    const slots = [...(state?.slots ?? [])].filter(([, lives]) => lives.length > 0);
    const values = slots.map(([slot, lives]) => [slot, lives.map(({ identity }) => identity).sort()]);
    const tallies = [...(state?.tallies ?? [])].map(([slot, { total }]) => [slot, total]);
    return { slots: Object.fromEntries(values), tallies: Object.fromEntries(tallies) };
  },
  /** The highest incarnation of the person's own logs. */
  incarnation(handset: Handset) {
    const { store, key } = handset.desk.replica;
    const own = [...store.scopes()].flatMap((scope) => store.ofKey(scope, key));
    return Math.max(0, ...own.map(({ facts }) => facts.incarnation));
  },
  /** The digests of each scope that is held. */
  scopes(handset: Handset) {
    const { ledger, store } = handset.desk.replica;
    const shown = (scope: string) => {
      const { accepted, authority, state } = ledger.scopeDigests(scope);
      return { accepted: hex(accepted), authority: hex(authority), state: hex(state) };
    };
    return Object.fromEntries([...store.scopes()].map((scope) => [scope, shown(scope)]));
  },
} as const;

for await (const line of createInterface({ input: process.stdin })) {
  const [name, word, ...rest] = JSON.parse(line) as [string, keyof typeof WORDS, ...never[]];
  const handset = handsets.get(name) ?? new Handset();
  handsets.set(name, handset);
  let answer: unknown;
  try {
    answer = await (WORDS[word] as (handset: Handset, ...rest: never[]) => unknown)(handset, ...rest);
  } catch (error) {
    if (!(error instanceof PhoneError)) throw error;
    answer = { error: error.code, detail: error.detail };
  }
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}
