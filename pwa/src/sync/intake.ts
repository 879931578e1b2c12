/**
 * Change sets from elsewhere, from a server or a bundle: verified, then held; nothing of them is lost, nothing stops at one.
 *
 * A set whose key no held certificate names lies *aside* until one does. A set whose signature does not fit is not taken.
 * Signatures take promises and holding is done at once: so all signatures that may be asked for are checked first.
 */

import type { Hex } from "../protocol/bytes.ts";
import { entryOf } from "../protocol/entries.ts";
import { type OpenedSet, openSet, verify } from "../protocol/envelope.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { verifyingKey } from "../protocol/keys.ts";
import { CERTIFY } from "../protocol/operations.ts";
import type { Aside, Placed } from "../storage/hub-tables.ts";
import type { Replica } from "../storage/replica.ts";

/** A well-formed set, not verified, and the hub's word on it if that came with it. */
export interface Arrival {
  readonly opened: OpenedSet;
  readonly placed: Placed | null;
}

/** What became of arrivals. */
export interface Taken {
  readonly fresh: Hex[];
  readonly known: Hex[];
  readonly aside: Hex[];
  readonly refused: Hex[];
}

/** Arrivals and those that lay aside, with what their signatures are worth. */
export interface Verified {
  readonly arrivals: readonly Arrival[];
  /** Sets whose signature fits the key that they name. */
  readonly right: ReadonlySet<Hex>;
}

/** Check the signatures of arrivals, and of those aside whose keys may become known by them. */
export async function verified(replica: Replica, arrivals: readonly Arrival[]): Promise<Verified> {
  const asides = replica.hub.asides().flatMap((aside) => opened(aside) ?? []);
  const sets = [...arrivals.map((arrival) => arrival.opened), ...asides];
  const named = new Map(sets.flatMap(certifiedKeys));
  const keys = new Map<Hex, Promise<CryptoKey>>();
  const keyOf = (key: Hex): Promise<CryptoKey> | undefined => {
    const raw = replica.ledger.book.publicKey(key) ?? named.get(key);
    if (raw === undefined) return undefined;
    const known = keys.get(key) ?? verifyingKey(raw);
    keys.set(key, known);
    return known;
  };
  const right = new Set<Hex>();
  const check = async (set: OpenedSet) => {
    const key = keyOf(set.header.key);
    if (key !== undefined && (await isRight(set, key))) right.add(set.id);
  };
  await Promise.all(sets.map(check));
  return { arrivals, right };
}

async function isRight(set: OpenedSet, key: Promise<CryptoKey>): Promise<boolean> {
  try {
    await verify(set, await key);
    return true;
  } catch {
    return false;
  }
}

/** The keys that a set certifies; a key's name is its hash, so whoever names it names the right bytes. */
function certifiedKeys({ header, body, identities }: OpenedSet): (readonly [Hex, Uint8Array])[] {
  if (header.acting === null) return [];
  return body.operations.flatMap(({ kind, value }, at) => {
    if (kind !== CERTIFY) return [];
    const { certify } = entryOf(kind, body.recordIds[at] as Hex, identities[at] as Hex, value);
    return certify === undefined ? [] : [[certify.key, certify.publicKey] as const];
  });
}

/** Hold what is verified, inside `Replica.writing`. Authority first, since it may certify the keys of the rest. */
export function take(replica: Replica, { arrivals, right }: Verified): Taken {
  const taken: Taken = { fresh: [], known: [], aside: [], refused: [] };
  const isAuthority = ({ opened }: Arrival) => opened.header.acting !== null;
  takeSome(replica, arrivals.filter(isAuthority), right, taken);
  takeSome(
    replica,
    arrivals.filter((arrival) => !isAuthority(arrival)),
    right,
    taken,
  );
  takeThoseAside(replica, right, taken);
  return taken;
}

function takeSome(
  replica: Replica,
  arrivals: readonly Arrival[],
  right: ReadonlySet<Hex>,
  taken: Taken,
): void {
  const { ledger, hub } = replica;
  const named = new Set<Hex>();
  const held: Arrival[] = [];
  for (const arrival of arrivals) {
    const { id, header, parts } = arrival.opened;
    if (ledger.book.publicKey(header.key) === undefined && !named.has(header.key)) {
      hub.putAside(id, { key: header.key, parts, placed: arrival.placed });
      taken.aside.push(id);
    } else if (right.has(id)) {
      for (const [key] of certifiedKeys(arrival.opened)) named.add(key);
      held.push(arrival);
    } else {
      taken.refused.push(id);
    }
  }
  const committed = replica.hold(held.map(({ opened: set }) => set));
  for (const { id, fresh } of committed) (fresh ? taken.fresh : taken.known).push(id);
  hub.place(new Map(held.flatMap(({ opened: set, placed }) => (placed === null ? [] : [[set.id, placed]]))));
}

/** Try again what waited for a certificate, until nothing more is known. */
function takeThoseAside(replica: Replica, right: ReadonlySet<Hex>, taken: Taken): void {
  const { ledger, hub } = replica;
  const known = () => [...hub.asideKeys()].filter((key) => ledger.book.publicKey(key) !== undefined);
  for (let keys = known(); keys.length > 0; keys = known()) {
    const waited = keys.flatMap((key) => hub.takeAside(key));
    const arrivals = waited.flatMap((aside): Arrival[] => {
      const set = opened(aside);
      return set === undefined ? [] : [{ opened: set, placed: aside.placed }];
    });
    takeSome(replica, arrivals, right, taken);
  }
}

function opened({ parts }: Aside): OpenedSet | undefined {
  try {
    return openSet(parts);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
