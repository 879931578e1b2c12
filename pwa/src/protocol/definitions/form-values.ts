/** Values of one field: whether they are of its type, what they stand for in expressions, and how results are kept. */

import { decode, encode, isNfc } from "../canonical.ts";
import { expect } from "../errors.ts";
import { IDENTIFIER_BYTES_MAX } from "../limits.ts";
import { isDate, isMoment } from "./dates.ts";
import type { Operand } from "./expression-values.ts";
import type { Field, Kind } from "./forms.ts";
import { powerOfTen, Rational } from "./rational.ts";

/** The answers of a report, or the cells of a row, by name. */
export type Answers = { readonly [name: string]: Answer };
export type Answer = undefined | null | boolean | number | string | Uint8Array | Answers | readonly Answer[];

/** How a value fails to fit its field. */
export type Misfit = "kind" | "size" | "choice" | "unknown";

/** Whether a value is no answer: null, the empty text, the empty list. Zero and false are answers. */
export function isEmpty(value: Answer): boolean {
  if (value === null || value === undefined || value === "") return true;
  return (Array.isArray(value) || value instanceof Uint8Array) && value.length === 0;
}

/** How a value that is not empty fails to fit its field, or null. */
export function misfit(field: Field, value: Answer): Misfit | null {
  if (field.kind === "calc") return "unknown"; // calculations are never saved
  if (!OF_KIND[field.kind](value)) return "kind";
  const parts = typeof value === "string" || Array.isArray(value) ? [...value] : [];
  if ((field.kind === "text" || field.kind === "photo") && parts.length > field.size) return "size";
  if (field.kind !== "sel1" && field.kind !== "selN") return null;
  const codes = field.choices.map(({ code }) => code);
  const chosen = field.kind === "sel1" ? [value] : parts;
  return chosen.every((code) => codes.includes(code as string)) ? null : "choice";
}

/** What a value stands for in expressions; what is not of the field's type stands for nothing. */
export function operandOf(field: Field, value: Answer): Operand {
  const wrong = isEmpty(value) ? "kind" : misfit(field, value);
  if (wrong === "kind" || wrong === "unknown") return null;
  if (field.kind === "dec") return new Rational(value as number).times(powerOfTen(-field.size));
  return operand(value);
}

/** A value as an operand, whatever it is. */
function operand(value: Answer): Operand {
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return new Rational(value);
  if (isList(value)) return value.map(operand);
  return isRow(value) ? new Map(Object.entries(value).map(([name, cell]) => [name, operand(cell)])) : value;
}

/** A calculated operand as values are kept: numbers times 10**size, rounded. */
export function stored(field: Field, result: Operand): unknown {
  if (!(result instanceof Rational)) return result;
  const scaled = result.scaled(field.size);
  return Number.isSafeInteger(Number(scaled)) ? Number(scaled) : scaled;
}

/** An attachment: SHA-256, size in bytes, media type. */
export type Attachment = readonly [digest: Uint8Array, size: number, mediaType: string];

/**
 * The set element (SPEC O7) that stands for an attachment: the MessagePack of its value.
 *
 * @throws MalformedError if it is no attachment, or its media type is too long for an element.
 */
export function attachmentElement(attachment: Attachment): Uint8Array {
  const element = encode(attachment);
  const fits = isAttachment(attachment) && element.length <= IDENTIFIER_BYTES_MAX;
  expect(fits, "no attachment, or its media type is too long");
  return element;
}

/**
 * The attachment that a set element stands for.
 *
 * @throws ProtocolError if the element stands for none.
 */
export function attachmentOf(element: Uint8Array): Attachment {
  const attachment = decode(element);
  expect(isAttachment(attachment), "the element is no attachment");
  return attachment as unknown as Attachment;
}

export function isRow(value: Answer): value is Answers {
  return typeof value === "object" && value !== null && !isList(value) && !(value instanceof Uint8Array);
}

function isList(value: Answer): value is readonly Answer[] {
  return Array.isArray(value);
}

function isInteger(value: Answer): value is number {
  return Number.isSafeInteger(value);
}

function isText(value: Answer): value is string {
  return typeof value === "string" && isNfc(value);
}

function isAttachment(value: Answer): boolean {
  if (!isList(value) || value.length !== 3) return false;
  const [digest, size, mediaType] = value;
  return digest instanceof Uint8Array && digest.length === 32 && isInteger(size) && isText(mediaType);
}

function isPosition(value: Answer): boolean {
  if (!isList(value) || value.length !== 3 || !value.every(isInteger)) return false;
  const [latitude, longitude, accuracy] = value as readonly number[] as [number, number, number];
  return Math.abs(latitude) <= 900_000_000 && Math.abs(longitude) <= 1_800_000_000 && accuracy >= 0;
}

const OF_KIND: Readonly<Record<Exclude<Kind, "calc">, (value: Answer) => boolean>> = {
  int: isInteger,
  money: isInteger,
  dec: isInteger,
  bool: (value) => typeof value === "boolean",
  text: isText,
  sel1: isText,
  date: (value) => typeof value === "string" && isDate(value),
  datetime: (value) => typeof value === "string" && isMoment(value),
  selN: (value) => isList(value) && value.every(isText),
  photo: (value) => isList(value) && value.every(isAttachment),
  geo: isPosition,
  rows: (value) => isList(value) && value.every(isRow),
};
