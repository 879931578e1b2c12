/**
 * Vietnamese text: one form for storage, keys for search and order, numbers and dates as people write them.
 *
 * - Stored text is NFC, always: the same word typed on two keyboards must be the same bytes.
 * - `fold` is for search: no case, no marks, no difference between spaces or between dashes.
 * - `matchKey` is for identity of names: it keeps the marks, but moves the tone to one of its two habitual
 *   places (hòa and hoà are one name, hóa is another).
 * - `sortKey` is for display in order. None of these ever replaces the text itself.
 *
 * Refusals are RangeErrors.
 */

import { dateOf, dayNumber } from "./dates.ts";

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  "\u00d0": "Đ",
  "\u0189": "Đ",
  "\u00f0": "đ",
  "\u0256": "đ",
};
const SPACES = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;
const DASHES = / ?[-\u00ad\u2010-\u2015\u2212][- \u00ad\u2010-\u2015\u2212]*/gu;
const TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"];
const ANY_TONE = /[\u0300\u0309\u0303\u0301\u0323]/gu;
const MISPLACED_TONE = /(o)([ae])([\u0300\u0309\u0303\u0301\u0323])(?![\u0300-\u036f_\p{L}\p{N}])/gu;
const MISPLACED_TONE_UY = /(?<!q)(u)(y)([\u0300\u0309\u0303\u0301\u0323])(?![\u0300-\u036f_\p{L}\p{N}])/gu;
const ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";
const NUMBER = /^([-\u2212]?)([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]+))?$/;
const SHORT_DATE = /^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})$/;
const LONG_DATE = /^(?:ngày )?([0-9]{1,2}) tháng ([0-9]{1,2}) năm ([0-9]{4})$/iu;

/** The form in which a text is stored and signed. */
export function nfc(text: string): string {
  return text.normalize();
}

/** The search key of a text: "Bưu điện – Văn hóa" and "BUU DIEN-VAN HOA" have the same. */
export function fold(text: string): string {
  const letters = withoutMarks(withoutMarks(lookedAlike(text)).toLowerCase());
  return collapsed(letters.replaceAll("đ", "d"));
}

/**
 * The key under which two spellings of one name meet.
 *
 * In an open syllable that ends in oa, oe or uy the tone goes to the first vowel (hòa, khỏe, thủy), except
 * after q (quý), where u is no vowel. Case, spaces, dashes and look-alikes of Đ make no difference.
 */
export function matchKey(text: string): string {
  const decomposed = lookedAlike(text).toLowerCase().normalize("NFD");
  return collapsed(nfc(decomposed.replace(MISPLACED_TONE, "$1$3$2").replace(MISPLACED_TONE_UY, "$1$3$2")));
}

/**
 * A text whose order by code points (`compareTexts`) is the Vietnamese order: An, Ân, Ấp 2, Ấp 10, Dạ, Dương, Đà, Yên.
 *
 * Letters decide first (đ after d, ă and â after a), then tones (ma mà mả mã má mạ), then capitals last.
 */
export function sortKey(text: string): string {
  const tokens = nfc(collapsed(lookedAlike(text))).match(/[0-9]+|[^0-9]/gu) ?? [];
  const pairs = tokens.map((token) => letterAndTone(token.toLowerCase()));
  const letters = pairs.map(([letter]) => weight(letter)).join("");
  const capitals = tokens.map((token) => (token === token.toLowerCase() ? "0" : "1")).join("");
  return `${letters} ${pairs.map(([, tone]) => tone).join("")} ${capitals}`;
}

/** The key that orders people as Vietnamese lists do: given name, then family, then middle names. */
export function personSortKey(fullName: string): string {
  const [family = "", ...others] = words(fullName);
  return sortKey([...others.slice(-1), family, ...others.slice(0, -1)].join(" "));
}

/** Write `scaled` / 10**`digits` as in Việt Nam: `formatNumber(12345678, 1)` is "1.234.567,8". */
export function formatNumber(scaled: number | bigint, digits = 0): string {
  const plain = String(scaled)
    .replace("-", "")
    .padStart(digits + 1, "0");
  const whole = plain.slice(0, plain.length - digits).replace(/\B(?=(?:\d{3})+$)/g, ".");
  return `${scaled < 0 ? "-" : ""}${whole}${digits > 0 ? `,${plain.slice(-digits)}` : ""}`;
}

/**
 * Read a number written as in Việt Nam and return it times 10**`digits`.
 *
 * Dots group three digits, the comma begins the decimals: "1.234" is one thousand two hundred thirty-four.
 *
 * @throws RangeError if it is no number, is grouped otherwise, has more than `digits` decimals, or is beyond ±(2^53−1).
 */
export function parseNumber(text: string, digits = 0): number {
  const [, sign, whole, fraction = ""] = NUMBER.exec(words(text).join(" ")) ?? [];
  const decimals = fraction.replace(/0+$/, "");
  if (whole === undefined || decimals.length > digits) {
    throw new RangeError(`no number with at most ${digits} decimals: ${text}`);
  }
  const scaled = Number(whole.replaceAll(".", "") + decimals.padEnd(digits, "0"));
  if (!Number.isSafeInteger(scaled)) throw new RangeError(`a number too large: ${text}`);
  return sign && scaled !== 0 ? -scaled : scaled;
}

/** Write 2019-02-18 as 18/02/2019. */
export function formatDate(date: string): string {
  dayNumber(date);
  return date.split("-").reverse().join("/");
}

/** Write 2019-02-18 as official papers do: ngày 18 tháng 02 năm 2019. */
export function formatLongDate(date: string): string {
  const [day, month, year] = formatDate(date).split("/");
  return `ngày ${day} tháng ${month} năm ${year}`;
}

/**
 * Read 18/02/2019, 18-2-2019 or "ngày 18 tháng 02 năm 2019" and return 2019-02-18.
 *
 * @throws RangeError if it is neither, or no date of the calendar.
 */
export function parseDate(text: string): string {
  const tidy = words(nfc(text)).join(" ");
  const [, day = 0, month = 0, year = 0] = (SHORT_DATE.exec(tidy) ?? LONG_DATE.exec(tidy) ?? []).map(Number);
  const date = dateOf(year, month, day);
  dayNumber(date);
  return date;
}

function lookedAlike(text: string): string {
  return text.replace(/[\u00d0\u0189\u00f0\u0256]/gu, (letter) => LOOK_ALIKES[letter] ?? letter);
}

function withoutMarks(text: string): string {
  return text.normalize("NFD").replace(/\p{Mn}/gu, "");
}

/** The words between spaces of any kind. */
function words(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== "");
}

function collapsed(text: string): string {
  return words(text).join(" ").replace(DASHES, "-");
}

/** Split ậ into â and 5; what bears no tone has 0. */
function letterAndTone(letter: string): readonly [letter: string, tone: number] {
  const decomposed = letter.normalize("NFD");
  const [tone = ""] = decomposed.match(ANY_TONE) ?? [];
  return [nfc(decomposed.replace(ANY_TONE, "")), TONES.indexOf(tone)];
}

function weight(letter: string): string {
  if (/^[0-9]+$/.test(letter)) {
    const significant = letter.replace(/^0+(?=.)/, "");
    return String.fromCharCode(0x30 + Math.min(significant.length, 16)) + significant;
  }
  const place = ALPHABET.indexOf(letter);
  if (place >= 0 && letter.length === 1) return String.fromCharCode(0x41 + place);
  if (letter === " ") return "!";
  return (/^[\0-\x7f]*$/.test(letter) ? "#" : "~") + letter;
}
