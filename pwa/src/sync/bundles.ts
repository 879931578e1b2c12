/**
 * Bundles: what a replica holds as a file, for share sheets and USB sticks, and back (SPEC K1).
 *
 * Whoever exports has let its sets be carried; whoever imports gives back, with the next bundle, what it holds and the hub's
 * receipts, so that the sender learns what arrived.
 */

import { BundleReader, type Found, writeBundle } from "../protocol/bundle.ts";
import { concat, type Hex, startsWith, utf8 } from "../protocol/bytes.ts";
import type { SetBytes } from "../protocol/envelope.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { AUTHORITY, scopeKind } from "../protocol/ids.ts";
import { ancestors } from "../protocol/logs.ts";
import { inOrder } from "../protocol/reconcile.ts";
import { RECEIPT, type Receipt, type Signed, verify } from "../protocol/statements.ts";
import type { Deflate } from "../protocol/stream.ts";
import { tipsOf } from "../storage/own-logs.ts";
import { type Exported, type Imported, PhoneError } from "../storage/phone.ts";
import type { Replica } from "../storage/replica.ts";
import { serverKey } from "./greeting.ts";
import { speaksBelow } from "./healing.ts";
import { type Arrival, take, verified } from "./intake.ts";
import { namedBy } from "./replies.ts";

const MAGIC = utf8("HAIDANG-BUNDLE");
const SETS_AT_ONCE = 500;

/** Seal what is saved and pack what is held; the sets count as carried from then on. */
export async function exportBundle(
  replica: Replica,
  unsentOnly: boolean,
  deflate: Deflate,
): Promise<Exported> {
  await replica.seal();
  const { store, hub } = replica;
  const scopes = [...store.scopes()].sort();
  const isAuthority = (scope: Hex) => scopeKind(scope) === AUTHORITY;
  const authority = store.inOrder.filter((id) => isAuthority(store.held(id)?.facts.scope ?? ""));
  const reports = scopes
    .filter((scope) => !isAuthority(scope))
    .flatMap((scope) => store.inScope(scope).map(({ facts }) => facts))
    .filter(({ id }) => !unsentOnly || hub.placed(id) === null)
    .sort(inOrder)
    .map(({ id }) => id);
  // Every verdict needs the authority behind it, whoever reads the bundle.
  const ids = [...authority, ...reports];
  const manifest = {
    exporter: replica.key,
    scopes: scopes.map((scope) => ({ scope, tips: tipsOf(store.inScope(scope)) })),
    sets: ids.length,
  };
  const sets = ids.map((id) => ({ id, parts: store.parts(id) as SetBytes }));
  const pieces: Uint8Array[] = [];
  for await (const piece of writeBundle(manifest, sets, hub.receipts(), deflate)) pieces.push(piece);
  await replica.writing(() => hub.markCarried(ids, replica.chance.now()));
  return { data: concat(...pieces), sets: ids.length };
}

/**
 * Take everything of a bundle that can be read. What is damaged is counted and stops nothing else.
 *
 * @param data the bundle, or its base64 text.
 * @throws PhoneError `bad-bundle`: it is none, or nothing in it can be read.
 */
export function importBundle(replica: Replica, data: Uint8Array, deflate: Deflate): Promise<Imported> {
  return replica.inTurn(async () => {
    const reader = new BundleReader(deflate);
    const reading = new Reading(replica);
    for (const pieces of [reader.feed(unwrapped(data)), reader.finish()]) {
      for await (const found of pieces) await reading.take(found);
    }
    return reading.finish();
  });
}

/** A bundle that travelled as text, as bytes. */
function unwrapped(data: Uint8Array): Uint8Array {
  if (startsWith(data, MAGIC)) return data;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data).replace(/\s+/g, "");
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return data; // the reader says what is wrong with it
  }
}

/** A bundle on its way into a replica: sets are taken some hundred at a time, each time durably. */
class Reading {
  readonly #replica: Replica;
  #sets: Arrival[] = [];
  readonly #receipts: { readonly receipt: Receipt; readonly signed: Signed }[] = [];
  #tips: Hex[] | null = null;
  readonly #counts = { fresh: 0, known: 0, aside: 0, receipts: 0, damaged: 0 };

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  async take(found: Found): Promise<void> {
    if ("manifest" in found) this.#tips = found.manifest.scopes.flatMap(({ tips }) => tips);
    else if ("receipt" in found) this.#receipts.push(found);
    else if ("damage" in found) this.#counts.damaged += 1;
    else if (this.#sets.push({ opened: found.set, placed: null }) >= SETS_AT_ONCE) await this.#flush();
  }

  async finish(): Promise<Imported> {
    await this.#flush();
    await this.#takeReceipts();
    const { fresh, known, aside, receipts } = this.#counts;
    if (this.#tips === null && fresh + known + aside + receipts === 0) throw new PhoneError("bad-bundle");
    const { ledger, hub, chance } = this.#replica;
    // Whoever wrote this bundle holds our sets up to the tips that it names.
    const theirs = ancestors(this.#tips ?? [], ledger.facts);
    await this.#replica.writing(() => hub.markCarried(theirs, chance.now()));
    return this.#counts;
  }

  async #flush(): Promise<void> {
    const checked = await verified(this.#replica, this.#sets);
    const taken = await this.#replica.writing(() => take(this.#replica, checked));
    this.#sets = [];
    this.#counts.fresh += taken.fresh.length;
    this.#counts.known += taken.known.length;
    this.#counts.aside += taken.aside.length;
    this.#counts.damaged += taken.refused.length;
  }

  /**
   * Receipts of the hub say what arrived there. They are labels: what is offered to the hub does not depend on them. Of what
   * the hub lost since, a receipt says only when it came there first.
   */
  async #takeReceipts(): Promise<void> {
    const replica = this.#replica;
    const server = replica.deployment.hub;
    const key = await serverKey(replica.ledger, server);
    for (const { receipt, signed } of this.#receipts) {
      if (key === undefined || receipt.server !== server) continue;
      try {
        await verify(RECEIPT, signed, key);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.#counts.damaged += 1;
        continue;
      }
      await replica.writing(() => {
        const named = namedBy(replica, receipt);
        const ids = named.map(([id]) => id);
        const end = speaksBelow(replica, receipt) ?? Number.POSITIVE_INFINITY;
        replica.hub.keepReceipt(receipt, signed, ids);
        replica.hub.noteReceived(ids, receipt.time);
        replica.hub.vouch(named.filter(([, at]) => at < end).map(([id]) => id));
      });
      this.#counts.receipts += 1;
    }
  }
}
