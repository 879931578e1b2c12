/**
 * A PIN as a key. Six digits are a delay, not a secret: whoever has the phone's disk and time tries them all. The real
 * protections are the phone's own encryption and that an officer cuts a lost phone off.
 */

import { own, utf8 } from "../protocol/bytes.ts";

export const ITERATIONS_MIN = 600_000;
const ITERATIONS_MAX = 20_000_000;
const TRIED = 60_000;
/** With all else that unlocking does it takes about a second; a slow phone takes that for the floor alone. */
const AIM_S = 0.5;

/** How many iterations take this device about a second to unlock, never fewer than the floor. */
export async function calibratedIterations(elapsed: () => number): Promise<number> {
  const started = elapsed();
  await stretched("", new Uint8Array(16), TRIED);
  const each = (elapsed() - started) / TRIED;
  return Math.min(ITERATIONS_MAX, Math.max(ITERATIONS_MIN, Math.round(AIM_S / Math.max(each, 1e-9))));
}

/** The key that a PIN makes with a salt; it wraps other keys and does nothing else. */
export async function stretched(pin: string, salt: Uint8Array, iterations: number): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey("raw", own(utf8(pin.normalize("NFKC"))), "PBKDF2", false, [
    "deriveKey",
  ]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt: own(salt), iterations },
    secret,
    { name: "AES-GCM", length: 256 },
    false,
    ["wrapKey", "unwrapKey"],
  );
}
