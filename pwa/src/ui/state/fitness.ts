/** Whether this browser can keep what it is given: asked before anything is made in it. */

export type Unfit = "insecure" | "old" | "noStorage" | "embedded";

/** Apps whose built-in browsers lose their storage, or share it with nobody. */
const EMBEDDING = /; wv\)|Zalo|FBAN|FBAV|Instagram|Line\//;

export async function whyUnfit(): Promise<Unfit | null> {
  if (!isSecureContext) return "insecure";
  if (EMBEDDING.test(navigator.userAgent)) return "embedded";
  if (!(await knowsWhatIsNeeded())) return "old";
  return (await keepsData()) ? null : "noStorage";
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

function keepsData(): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open("fitness");
      request.onsuccess = () => {
        request.result.close();
        resolve(true);
      };
      request.onerror = () => resolve(false);
    } catch {
      resolve(false);
    }
  });
}
