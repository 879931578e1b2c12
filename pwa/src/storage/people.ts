/** Who a key is: its certificates as they count where something was said. */

import type { Hex } from "../protocol/bytes.ts";
import { allows, type Certificate } from "../protocol/certificates.ts";
import { scopeKind, scopeUnit } from "../protocol/ids.ts";
import type { Ledger } from "../protocol/ledger.ts";
import type { Person } from "./phone.ts";

/** A certificate of a key, and whether it counts or waits for an officer's word. */
export interface Standing {
  readonly certificate: Certificate;
  /** The id under which it counts. */
  readonly id: Hex;
  readonly confirmed: boolean;
}

/** Answers from the ledger's views; made anew when authority may have moved. */
export class People {
  readonly #ledger: Ledger;
  readonly #standings = new Map<string, Standing[]>();
  readonly #allowing = new Map<string, ReadonlySet<Hex>>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** The certificates of a key that cover a unit, those that count first. */
  standings(key: Hex, unit: Hex): readonly Standing[] {
    return remembered(this.#standings, key + unit, () => {
      const view = this.#ledger.view(unit);
      const counted = (view.counted.get(key) ?? []).map(({ id, certificate }) => {
        return { id, certificate, confirmed: true };
      });
      const waiting = (view.unconfirmed.get(key) ?? []).map((certificate) => {
        return { id: certificate.id, certificate, confirmed: false };
      });
      return [...counted, ...waiting].filter(({ certificate }) => view.inside(unit, certificate.unit));
    });
  }

  /** Who a key is, for what it says in a unit. */
  person(key: Hex, unit: Hex): Person {
    const [first] = this.standings(key, unit);
    if (first === undefined) return { key, name: "", label: "", unit: "", confirmed: false };
    const { person, label, unit: own } = first.certificate;
    return { key, name: person, label, unit: own, confirmed: first.confirmed };
  }

  /** The ids of the certificates of a key under which it may say an operation of a kind (and role) in a scope. */
  allowing(key: Hex, scope: Hex, kind: number, role: string | null): ReadonlySet<Hex> {
    return remembered(this.#allowing, JSON.stringify([key, scope, kind, role]), () => {
      const roles = role === null ? [] : [role];
      const found = this.standings(key, scopeUnit(scope)).filter(({ certificate }) =>
        allows(certificate.rights, scopeKind(scope), [kind], roles),
      );
      return new Set(found.map(({ id }) => id));
    });
  }
}

/** What a map holds under a key, made if there is nothing. */
export function remembered<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
