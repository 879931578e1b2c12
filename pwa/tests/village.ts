/** A small deployment without a hub process: a root that publishes a form, invites and confirms; its words travel in bundles. */

import { writeBundle } from "../src/protocol/bundle.ts";
import { concat, type Hex, unhex } from "../src/protocol/bytes.ts";
import { encode, type Value } from "../src/protocol/canonical.ts";
import {
  type CertificateFields,
  certificateId,
  certificateValue,
  genesisFromValue,
  type Rights,
  rootCertificateId,
  rootSetHash,
} from "../src/protocol/certificates.ts";
import type { Field, Form } from "../src/protocol/definitions/forms.ts";
import { formValue } from "../src/protocol/definitions/forms.ts";
import { periodId, periodValue } from "../src/protocol/definitions/periods.ts";
import { offerToText } from "../src/protocol/enrolment.ts";
import { type OpenedSet, seal } from "../src/protocol/envelope.ts";
import { FrameWriter } from "../src/protocol/frames.ts";
import { AUTHORITY, digest, formId, keyId, scopeOf } from "../src/protocol/ids.ts";
import { pkcs8, privateKey } from "../src/protocol/keys.ts";
import { type MessageOf, readMessage, TAG } from "../src/protocol/messages.ts";
import * as op from "../src/protocol/operations.ts";
import { readBody, writeBody } from "../src/protocol/stream.ts";
import { deflate } from "./deflate.ts";
import { PLAIN } from "./plain-field.ts";

export const UNIT = "11".repeat(16);
export const ORIGIN = "https://hub.example";
const START = 1_700_000_000;
const REPORTER = [op.PUT, op.COUNT, op.ADD, op.REMOVE, op.NOTE, op.VOID, op.RESTORE, op.LINK, op.ATTEST];
const RIGHTS: Rights = {
  kinds: new Set(REPORTER),
  roles: new Set([op.CONFIRM]),
  scopes: new Set([0, 1]),
  everything: false,
};

function seedOf(name: string): Uint8Array {
  return digest("village", new TextEncoder().encode(name));
}

async function publicOf(name: string): Promise<Uint8Array> {
  const secret = pkcs8(seedOf(name)) as Uint8Array<ArrayBuffer>;
  const key = await crypto.subtle.importKey("pkcs8", secret, "Ed25519", true, ["sign"]);
  const { x = "" } = await crypto.subtle.exportKey("jwk", key);
  return new Uint8Array(Buffer.from(x, "base64url"));
}

export function formOf(version: number, change: (fields: Field[]) => Field[] = (fields) => fields): Form {
  const fields: Field[] = [
    { ...PLAIN, name: "visits", origin: "ptotal", display: "unresolved" },
    { ...PLAIN, name: "letters", origin: "ptotal" },
    { ...PLAIN, name: "note", kind: "text", size: 200 },
    { ...PLAIN, name: "taps", origin: "tally", merge: "count" },
    { ...PLAIN, name: "topics", kind: "selN", merge: "add", choices: [choice("A"), choice("B")] },
    { ...PLAIN, name: "money", kind: "money", restricted: true },
    {
      ...PLAIN,
      name: "issue",
      kind: "rows",
      origin: "rows",
      merge: "add",
      key: ["what"],
      cells: [
        { ...PLAIN, name: "what", kind: "text", size: 50 },
        { ...PLAIN, name: "days" },
      ],
    },
  ];
  return {
    layout: 1,
    family: "T1",
    version,
    title: { vi: "Báo cáo thử", en: "Trial report" },
    directives: [],
    subject: { kind: "unit", site: "", levels: [] },
    timing: { occasion: "period", regime: "calendar", kind: "month" },
    restricted: false,
    sections: [],
    fields: change(fields),
  };
}

function choice(code: string) {
  return { code, vi: code, en: code };
}

export const FORM = formOf(1);
export const FORM_ID = formId(formValue(FORM));
export const MARCH = periodId("calendar", "month", "2024-03-01");
export const MAY = periodId("calendar", "month", "2024-05-01");
export const APRIL = periodId("calendar", "month", "2024-04-01");
export const ABOUT = { unit: UNIT, site: null, directive: null, period: MARCH };

function period(start: string, end: string): Value {
  const id = periodId("calendar", "month", start);
  return periodValue({ id, regime: "calendar", kind: "month", start, end, due: null });
}

/** One entry of an authority set. */
type Entry = readonly [kind: number, record: Hex, value: Value];

export class Village {
  readonly sets: OpenedSet[] = [];
  readonly #genesis: Uint8Array;
  readonly #root: Hex;
  #previous: OpenedSet | null = null;
  #tag = 1n;

  private constructor(genesis: Uint8Array, root: Hex) {
    [this.#genesis, this.#root] = [genesis, root];
  }

  static async make(): Promise<Village> {
    const roots = await Promise.all(["root 0", "root 1", "root 2"].map(publicOf));
    const genesis = encode([1, "Làng", unhex(UNIT), roots]);
    const parsed = genesisFromValue([1, "Làng", unhex(UNIT), roots]);
    const village = new Village(genesis, rootCertificateId(parsed, 0));
    const months: Entry[] = [
      [op.PERIOD, MARCH, period("2024-03-01", "2024-03-31")],
      [op.PERIOD, APRIL, period("2024-04-01", "2024-04-30")],
      [op.PERIOD, MAY, period("2024-05-01", "2024-05-31")],
    ];
    await village.publish([op.FORM, FORM_ID, formValue(FORM)], ...months);
    await village.certify({ ...(await village.#fields("hub")), server: 1 });
    return village;
  }

  /** A key of the village by its owner's name. */
  signing(name: string): Promise<CryptoKey> {
    return privateKey(seedOf(name));
  }

  get hub(): Promise<Hex> {
    return publicOf("hub").then(keyId);
  }

  /** Write a set of authority under the first root. */
  async publish(...entries: readonly Entry[]): Promise<OpenedSet> {
    const key = keyId(await publicOf("root 0"));
    const position = this.#previous === null ? 0 : this.#previous.header.position + 1;
    const previous = this.#previous === null ? [] : [this.#previous.id];
    const tag = (this.#tag++).toString(16).padStart(16, "0");
    const place = { scope: scopeOf(AUTHORITY, UNIT), incarnation: 0, position, previous };
    const header = { key, ...place, time: START, tag, acting: this.#root };
    const operations = entries.map(([kind, record, value]) => {
      return { kind, record, address: "", value, supersedes: [], covers: [] };
    });
    const save = { form: "", time: START, operations, salt: null };
    const opened = await seal(header, [save], await privateKey(seedOf("root 0")));
    this.#previous = opened;
    this.sets.push(opened);
    return opened;
  }

  async certify(fields: CertificateFields): Promise<Hex> {
    const value = certificateValue(fields);
    await this.publish([op.CERTIFY, certificateId(value), value]);
    return certificateId(value);
  }

  async #fields(name: string): Promise<CertificateFields> {
    return {
      algorithm: 1,
      publicKey: await publicOf(name),
      person: name,
      label: "",
      rights: { ...RIGHTS, kinds: new Set([op.CERTIFY]), roles: new Set(), scopes: new Set([2]) },
      grants: RIGHTS,
      unit: UNIT,
      forms: [],
      readUntil: null,
      parent: this.#root,
      offer: false,
      encryptionKey: null,
      server: 0,
    };
  }

  /** An offer for somebody, as the text of a QR code. */
  async offer(name: string, expiry = 4_000_000_000): Promise<string> {
    const certificate = await this.certify({
      ...(await this.#fields(`offer ${name}`)),
      person: name,
      offer: true,
    });
    const genesis = genesisFromValue(this.#value());
    const seed = seedOf(`offer ${name}`);
    const hub = await this.hub;
    return offerToText({
      rootSetHash: rootSetHash(genesis),
      hub,
      url: ORIGIN,
      seed,
      certificate,
      unit: UNIT,
      expiry,
    });
  }

  #value(): Value {
    return [1, "Làng", unhex(UNIT), this.#roots()];
  }

  #roots(): Uint8Array[] {
    // Behind the version, the name and the unit stand three bins of 32 bytes.
    const start = this.#genesis.length - 3 * 34;
    return [0, 1, 2].map((at) => this.#genesis.slice(start + 34 * at + 2, start + 34 * (at + 1)));
  }

  /** The officer confirms the request of a device: it stands in the device's bundle. */
  async confirm(request: Hex): Promise<void> {
    await this.publish([op.ADOPT, "aa".repeat(16), [[unhex(request)], [], ""]]);
  }

  /** All that the village says, as a bundle. */
  async bundle(...more: readonly OpenedSet[]): Promise<Uint8Array> {
    const sets = [...this.sets, ...more];
    const manifest = { exporter: await this.hub, scopes: [], sets: sets.length };
    const pieces: Uint8Array[] = [];
    for await (const piece of writeBundle(manifest, sets, [], deflate)) pieces.push(piece);
    return concat(...pieces);
  }

  /** The hub's side of enrolment, as `fetch`. */
  readonly fetch = async (url: string, options: RequestInit): Promise<Response> => {
    if (!url.endsWith("/v1/enrol")) return new Response("", { status: 503 });
    for await (const data of readBody([options.body as Uint8Array], deflate)) {
      readMessage(data, ["groundQuestion"]);
    }
    const group = new FrameWriter().group(this.sets);
    const ground: MessageOf<"ground"> = {
      tag: TAG.ground,
      genesis: this.#genesis,
      challenge: "00".repeat(16),
    };
    const chain = { ...group, tag: TAG.chain } as MessageOf<"chain">;
    const body = await writeBody([ground, chain], deflate);
    return reply(body);
  };
}

/** An answer of the protocol. */
export function reply(body: Uint8Array): Response {
  const headers = { "content-type": "application/vnd.haidang.sync" };
  return new Response(body as Uint8Array<ArrayBuffer>, { headers });
}
