/** Whether this browser can do what is needed: asked before anything is made in it. */

export type Unfit = "insecure" | "old" | "noStorage" | "embedded";

/** Apps whose built-in browsers lose their storage, or share it with nobody. */
const EMBEDDING = /; wv\)|Zalo|FBAN|FBAV|Instagram|Line\//;

export async function whyUnfit(): Promise<Unfit | null> {
  if (!isSecureContext) return "insecure";
  if (EMBEDDING.test(navigator.userAgent)) return "embedded";
  return (await knowsWhatIsNeeded()) ? null : "old";
}

async function knowsWhatIsNeeded(): Promise<boolean> {
  try {
    new DecompressionStream("deflate-raw");
    await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    return "locks" in navigator;
  } catch {
    return false;
  }
}

/** What keeps the storage from being opened: a newer app, or a browser that keeps nothing. */
export function whyNoStorage(error: unknown): Unfit | { readonly error: unknown } {
  return error instanceof DOMException && error.name !== "VersionError" ? "noStorage" : { error };
}
