/** The roots of a deployment: their votes replace and cut each other and are never cut themselves (SPEC A10). */

import type { AuthoritySet, Counted, Cut } from "./authority.ts";
import type { Hex } from "./bytes.ts";
import { type Certificate, EVERYTHING, type Genesis, rootCertificateId } from "./certificates.ts";
import type { Entry } from "./entries.ts";
import { ALGORITHM_ED25519, ID16, keyId } from "./ids.ts";
import { chainHolds, type Holdings } from "./logs.ts";

/** Nearer than every certificate: no adoption beats it. */
export const ROOT_VOTE_DEPTH = -1;

const IS_ID = new RegExp(`^[0-9a-f]{${2 * ID16}}$`);

/** A vote: the slot of the voter, and what it says. */
type Vote = readonly [slot: number, entry: Entry];

/** The root certificates that count, and the cuts of their keys, from the sets written at the top unit. */
export class Roots {
  readonly counted: Map<Hex, Counted>;
  readonly cuts: ReadonlyMap<Hex, readonly Cut[]>;
  readonly #genesis: Genesis;
  readonly #sets: readonly AuthoritySet[];

  constructor(genesis: Genesis, sets: readonly AuthoritySet[], holdings: Holdings) {
    this.#genesis = genesis;
    this.#sets = sets.filter(
      ({ unit, facts }) =>
        unit === genesis.top && chainHolds(facts, holdings.facts) && holdings.wholeBefore(facts),
    );
    const first = genesis.roots.map((publicKey, slot): Counted => {
      const id = rootCertificateId(genesis, slot);
      return { id, certificate: rootOf(genesis, id, publicKey), depth: 0, slot };
    });
    this.counted = new Map(first.map((root) => [root.id, root]));
    for (let added = this.#replacements(); added.length > 0; added = this.#replacements()) {
      for (const root of added) this.counted.set(root.id, root);
    }
    this.cuts = this.#cuts();
  }

  /** Everything that a root wrote at the top. */
  #votes(): Vote[] {
    return this.#sets.flatMap(({ facts, entries }) => {
      const root = this.counted.get(facts.acting ?? "");
      if (root === undefined || root.slot === null || root.certificate.key !== facts.key) return [];
      const { slot } = root;
      return entries.map((entry): Vote => [slot, entry]);
    });
  }

  /** New certificates that two other slots certify alike. */
  #replacements(): Counted[] {
    const voters = new Map<Hex, Set<number>>();
    const found = new Map<Hex, Counted>();
    for (const [slot, entry] of this.#votes()) {
      const replacing = this.#replacement(entry);
      if (replacing === undefined || replacing.slot === slot) continue;
      found.set(replacing.id, replacing);
      voters.set(replacing.id, (voters.get(replacing.id) ?? new Set()).add(slot));
    }
    return [...found.values()].filter(({ id }) => (voters.get(id)?.size ?? 0) > 1 && !this.counted.has(id));
  }

  /** The root certificate that a `certify` entry votes for, in the slot of the root that it names. */
  #replacement({ certify }: Entry): Counted | undefined {
    if (certify === undefined || certify.parent !== null || !IS_ID.test(certify.person)) return undefined;
    const replaced = this.counted.get(certify.person);
    if (replaced === undefined) return undefined;
    const { top } = this.#genesis;
    const certificate = { ...certify, rights: EVERYTHING, grants: EVERYTHING, unit: top };
    return { id: certify.id, certificate, depth: 0, slot: replaced.slot };
  }

  /** A root's key is cut when two other slots revoke it. */
  #cuts(): Map<Hex, Cut[]> {
    const votes = this.#votes().flatMap(([slot, { revoke, identity }]) => {
      if (revoke === undefined) return [];
      return [{ slot, cut: { revoke, depth: ROOT_VOTE_DEPTH, unit: this.#genesis.top, identity } }];
    });
    const cuts = new Map<Hex, Cut[]>();
    for (const root of this.counted.values()) {
      const { key } = root.certificate;
      const others = votes.filter(({ slot, cut }) => cut.revoke.key === key && slot !== root.slot);
      if (new Set(others.map(({ slot }) => slot)).size > 1) {
        cuts.set(key, [...(cuts.get(key) ?? []), ...others.map(({ cut }) => cut)]);
      }
    }
    return cuts;
  }
}

function rootOf(genesis: Genesis, id: Hex, publicKey: Uint8Array): Certificate {
  return {
    id,
    key: keyId(publicKey),
    algorithm: ALGORITHM_ED25519,
    publicKey,
    person: "",
    label: "root",
    rights: EVERYTHING,
    grants: EVERYTHING,
    unit: genesis.top,
    forms: [],
    readUntil: null,
    parent: null,
    offer: false,
    encryptionKey: null,
    server: 0,
  };
}
