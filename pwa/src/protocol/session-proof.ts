/**
 * How a caller proves its key to open a reading session: a signature in a domain of its own, over a nonce of the server.
 *
 * It names the server whose id the caller has pinned, so that no other server can pass it on, and it opens no exchange: a
 * captured one lets nobody push or pull.
 */

import { concat, type Hex, unhex, utf8 } from "./bytes.ts";
import { encode } from "./canonical.ts";
import { sign } from "./keys.ts";

const SESSION_DOMAIN = utf8("haidang/session/1\0");

/** What is signed: the domain, then the canonical array of server id, key id and nonce. */
export function sessionBytes(server: Hex, key: Hex, nonce: Uint8Array): Uint8Array {
  return concat(SESSION_DOMAIN, encode([unhex(server), unhex(key), nonce]));
}

/** The signature (64 bytes) that opens a session of the key with that server. */
export function proveSession(
  privateKey: CryptoKey,
  server: Hex,
  key: Hex,
  nonce: Uint8Array,
): Promise<Uint8Array> {
  return sign(privateKey, sessionBytes(server, key, nonce));
}
