/** What went wrong, in words: what happened, what is safe, what to do. */

import type { Catalogue } from "../../i18n/vi.ts";
import { PhoneError } from "../../storage/phone.ts";

export function sentence(error: unknown, say: Catalogue): string {
  const code = error instanceof PhoneError ? error.code : error instanceof Error ? error.name : "?";
  const sentences: Readonly<Record<string, unknown>> = say.error;
  const found = code === "other" ? undefined : sentences[code];
  return typeof found === "string" ? found : say.error.other(code);
}
