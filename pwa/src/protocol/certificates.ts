/** Certificates and the genesis: who a key is and what it may say (SPEC A1, A2). */

import { compareTexts, type Hex, hex, unhex } from "./bytes.ts";
import { encode, type Value } from "./canonical.ts";
import { expect } from "./errors.ts";
import { ALGORITHM_ED25519, digest, digest16, ID16, keyId } from "./ids.ts";
import type { Loose } from "./reader.ts";
import * as schema from "./schema.ts";

export const HUB = 1;
export const RELAY = 2;

/** What may be said: operation kinds, attest roles, scope kinds. `everything` is a root's. */
export interface Rights {
  readonly kinds: ReadonlySet<number>;
  readonly roles: ReadonlySet<string>;
  readonly scopes: ReadonlySet<number>;
  readonly everything: boolean;
}

export const EVERYTHING: Rights = { kinds: new Set(), roles: new Set(), scopes: new Set(), everything: true };

/** Whether rights are part of others. */
export function isWithin(rights: Rights, others: Rights): boolean {
  if (others.everything || rights.everything) return others.everything;
  return (
    isPart(rights.kinds, others.kinds) &&
    isPart(rights.roles, others.roles) &&
    isPart(rights.scopes, others.scopes)
  );
}

/** Whether a set of these kinds and attest roles may be said in such a scope. */
export function allows(
  rights: Rights,
  scopeKind: number,
  kinds: readonly number[],
  roles: readonly string[],
): boolean {
  if (rights.everything) return true;
  return rights.scopes.has(scopeKind) && isPart(kinds, rights.kinds) && isPart(roles, rights.roles);
}

function isPart<T>(part: Iterable<T>, whole: ReadonlySet<T>): boolean {
  return [...part].every((each) => whole.has(each));
}

/** One key, one person, one unit with all below it; `grants` null means that it may not delegate. */
export interface CertificateFields {
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
  readonly person: string;
  readonly label: string;
  readonly rights: Rights;
  readonly grants: Rights | null;
  readonly unit: Hex;
  readonly forms: readonly string[];
  readonly readUntil: number | null;
  readonly parent: Hex | null;
  readonly offer: boolean;
  readonly encryptionKey: Uint8Array | null;
  readonly server: number;
}

/** A certificate with its own id and that of its key. */
export interface Certificate extends CertificateFields {
  readonly id: Hex;
  readonly key: Hex;
}

type RightsValue = readonly [kinds: readonly number[], roles: readonly string[], scopes: readonly number[]];

const anyInteger = schema.integer(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
const words = ascending(schema.text(), compareTexts);
const numbers = ascending(anyInteger, (a, b) => a - b);
const rightsValue = schema.tuple<RightsValue>(numbers, words, numbers);
const rightsSchema: schema.Schema<Rights> = {
  read(value) {
    const [kinds, roles, scopes] = rightsValue.read(value);
    return { kinds: new Set(kinds), roles: new Set(roles), scopes: new Set(scopes), everything: false };
  },
  write({ kinds, roles, scopes }) {
    const numeric = (a: number, b: number) => a - b;
    return rightsValue.write([
      [...kinds].sort(numeric),
      [...roles].sort(compareTexts),
      [...scopes].sort(numeric),
    ]);
  },
};

const certificateSchema = schema.struct<CertificateFields>({
  algorithm: schema.integer(ALGORITHM_ED25519, ALGORITHM_ED25519),
  publicKey: schema.bin(32),
  person: schema.text(),
  label: schema.text(),
  rights: rightsSchema,
  grants: schema.nullable(rightsSchema),
  unit: schema.name(ID16),
  forms: words,
  readUntil: schema.nullable(anyInteger),
  parent: schema.nullable(schema.name(ID16)),
  offer: schema.bool,
  encryptionKey: schema.nullable(schema.bin(32)),
  server: schema.integer(0, RELAY),
});

/** A list in ascending order, without repetition. */
function ascending<T>(inner: schema.Schema<T>, compare: (a: T, b: T) => number): schema.Schema<readonly T[]> {
  const items = schema.list(inner);
  return {
    read(value) {
      const found = items.read(value);
      const rises = found.every((item, at) => at === 0 || compare(found[at - 1] as T, item) < 0);
      expect(rises, "certificate: arrays are ascending");
      return found;
    },
    write: items.write,
  };
}

/** The canonical value of a certificate: what a `certify` entry holds and the id is the hash of. */
export function certificateValue(fields: CertificateFields): Value {
  return certificateSchema.write(fields) as Value;
}

/**
 * Read a certificate.
 *
 * @throws MalformedError if the value is none.
 */
export function certificateFromValue(value: Loose): Certificate {
  const fields = certificateSchema.read(value);
  return { ...fields, id: certificateId(certificateValue(fields)), key: keyId(fields.publicKey) };
}

/** The id of a certificate by its value. */
export function certificateId(value: Value): Hex {
  return digest16("haidang/certificate/1", encode(value));
}

/** What a deployment starts from: three root keys and the top unit (SPEC A1). */
export interface Genesis {
  readonly version: number;
  readonly name: string;
  readonly top: Hex;
  readonly roots: readonly [Uint8Array, Uint8Array, Uint8Array];
}

const root = schema.bin(32);
const genesisSchema = schema.struct<Genesis>({
  version: schema.integer(1, 1),
  name: schema.text(),
  top: schema.name(ID16),
  roots: schema.tuple<Genesis["roots"]>(root, root, root),
});

/**
 * Read a genesis.
 *
 * @throws MalformedError if the value is none.
 */
export function genesisFromValue(value: Loose): Genesis {
  const genesis = genesisSchema.read(value);
  expect(new Set(genesis.roots.map(hex)).size === 3, "genesis: three different root keys");
  return genesis;
}

/** What QR codes carry, so that a new phone trusts nothing else: 32 bytes. */
export function rootSetHash(genesis: Genesis): Hex {
  return hex(digest("haidang/genesis/1", encode(genesisSchema.write(genesis))));
}

/** The id of the certificate of root 0, 1 or 2. */
export function rootCertificateId(genesis: Genesis, slot: number): Hex {
  return digest16("haidang/root/1", unhex(rootSetHash(genesis)), Uint8Array.of(slot));
}
