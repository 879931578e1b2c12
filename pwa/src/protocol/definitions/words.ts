/** Words shown to people, in both languages of the project. */

import * as schema from "../schema.ts";

export const wordsSchema = schema.struct({ vi: schema.text(), en: schema.text() });

/** One text in Vietnamese and in English. */
export type Words = schema.Read<typeof wordsSchema>;

/** The English text for `en`, the Vietnamese one for everything else. */
export function inLanguage(words: Words, language: string): string {
  return language === "en" ? words.en : words.vi;
}
