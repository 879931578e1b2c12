/**
 * A person's keys on this phone: the one that signs, the one that encrypts what is kept, both under the PIN.
 *
 * A key that is "not extractable" lies in clear bytes in the browser's folder all the same. So a key can be extracted once,
 * when it is made: it is wrapped under the PIN, only the wrapped bytes are kept, and what is unwrapped cannot be extracted.
 */

import { concat, own, utf8 } from "../protocol/bytes.ts";
import { stretched } from "./pin.ts";

const NONCE_BYTES = 12;
const SALT_BYTES = 16;
const ED25519 = { name: "Ed25519" };
const AES = { name: "AES-GCM", length: 256 };

type Random = (size: number) => Uint8Array;

/** What is kept of the keys. */
export interface Vault {
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** The keys, each wrapped: nonce, then bytes. */
  readonly signing: Uint8Array;
  readonly data: Uint8Array;
}

/** Keys in use; neither can be extracted. */
export interface Keys {
  /** Signs by Ed25519. */
  readonly signing: CryptoKey;
  /** Encrypts by AES-GCM. */
  readonly data: CryptoKey;
}

/** How one of the keys is wrapped. */
interface Kind {
  readonly name: "signing" | "data";
  readonly format: "pkcs8" | "raw";
  readonly algorithm: AlgorithmIdentifier;
  readonly uses: KeyUsage[];
}
const SIGNING: Kind = { name: "signing", format: "pkcs8", algorithm: ED25519, uses: ["sign"] };
const DATA: Kind = { name: "data", format: "raw", algorithm: AES, uses: ["encrypt", "decrypt"] };

/** New keys, and their vault under a PIN. */
export async function makeVault(
  pin: string,
  iterations: number,
  random: Random,
): Promise<{ vault: Vault; keys: Keys; publicKey: Uint8Array }> {
  const pair = (await crypto.subtle.generateKey(ED25519, true, ["sign", "verify"])) as CryptoKeyPair;
  const data = await crypto.subtle.generateKey(AES, true, ["encrypt", "decrypt"]);
  const vault = await wrapped(pin, iterations, random, pair.privateKey, data);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { vault, keys: await opened(vault, pin), publicKey };
}

/**
 * The keys of a vault.
 *
 * @throws OperationError of the platform if the PIN is another one.
 */
export function opened(vault: Vault, pin: string): Promise<Keys> {
  return unwrapped(vault, pin, false);
}

/**
 * The same keys under another PIN.
 *
 * @throws OperationError of the platform if the old PIN is another one.
 */
export async function rewrapped(
  vault: Vault,
  old: string,
  pin: string,
  iterations: number,
  random: Random,
): Promise<Vault> {
  const { signing, data } = await unwrapped(vault, old, true);
  return wrapped(pin, iterations, random, signing, data);
}

async function wrapped(
  pin: string,
  iterations: number,
  random: Random,
  signing: CryptoKey,
  data: CryptoKey,
): Promise<Vault> {
  const salt = random(SALT_BYTES);
  const key = await stretched(pin, salt, iterations);
  const wrap = async (kind: Kind, secret: CryptoKey) => {
    const nonce = random(NONCE_BYTES);
    const bytes = await crypto.subtle.wrapKey(kind.format, secret, key, cipher(kind, nonce));
    return concat(nonce, new Uint8Array(bytes));
  };
  return { salt, iterations, signing: await wrap(SIGNING, signing), data: await wrap(DATA, data) };
}

async function unwrapped(vault: Vault, pin: string, extractable: boolean): Promise<Keys> {
  const key = await stretched(pin, vault.salt, vault.iterations);
  const unwrap = (kind: Kind) => {
    const bytes = vault[kind.name];
    return crypto.subtle.unwrapKey(
      kind.format,
      own(bytes.slice(NONCE_BYTES)),
      key,
      cipher(kind, bytes.slice(0, NONCE_BYTES)),
      kind.algorithm,
      extractable,
      kind.uses,
    );
  };
  return { signing: await unwrap(SIGNING), data: await unwrap(DATA) };
}

function cipher(kind: Kind, nonce: Uint8Array): AesGcmParams {
  return { name: "AES-GCM", iv: own(nonce), additionalData: own(utf8(`haidang/vault/${kind.name}/1`)) };
}
