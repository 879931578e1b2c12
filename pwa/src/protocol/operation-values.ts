/** The values of the known kinds (SPEC O7), checked before anything is merged. Entries have rules of their own (SPEC A). */

import { utf8Length } from "./bytes.ts";
import type { Value } from "./canonical.ts";
import { expect } from "./errors.ts";
import { ID16, SCOPE_BYTES } from "./ids.ts";
import { COUNT_MAX, IDENTIFIER_BYTES_MAX } from "./limits.ts";
import * as op from "./operations.ts";

/**
 * Refuse a value that its kind of operation does not have.
 *
 * @throws MalformedError with a sentence saying what the kind has.
 */
export function checkValue(kind: number, value: Value): void {
  const [fits, what] = op.isKnown(kind) ? (RULES.get(kind) ?? ANYTHING) : OF_UNKNOWN;
  expect(fits(value), `the value of kind ${kind} is ${what}`);
}

type Rule = readonly [fits: (value: Value) => boolean, what: string];

function isStep(value: Value): boolean {
  return typeof value === "number" && value !== 0 && Math.abs(value) <= COUNT_MAX;
}

function isElement(value: Value): boolean {
  if (value instanceof Uint8Array) return value.length <= IDENTIFIER_BYTES_MAX;
  const parts = isArray(value) && value.length > 0 ? value : [value];
  return parts.every(isText) && utf8Length(parts.join("")) <= IDENTIFIER_BYTES_MAX;
}

function isNote(value: Value): boolean {
  return isPair(value) && isText(value[0]) && (value[1] === null || isBin(value[1], ID16));
}

function isAttest(value: Value): boolean {
  return isPair(value) && value.every(isText);
}

function isLink(value: Value): boolean {
  return isPair(value) && isBin(value[0], ID16) && isBin(value[1], SCOPE_BYTES);
}

function isArray(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

function isPair(value: Value): value is readonly [Value, Value] {
  return isArray(value) && value.length === 2;
}

function isText(value: Value): boolean {
  return typeof value === "string";
}

function isBin(value: Value, size: number): boolean {
  return value instanceof Uint8Array && value.length === size;
}

const ANYTHING: Rule = [() => true, "any"];
const OF_UNKNOWN: Rule = [(value) => value instanceof Uint8Array, "bin, as of every unknown kind"];
const ELEMENT: Rule = [
  isElement,
  `text, bin or an array of texts, at most ${IDENTIFIER_BYTES_MAX} bytes in all`,
];
const REASON: Rule = [isText, "a reason"];
const RULES: ReadonlyMap<number, Rule> = new Map([
  [op.COUNT, [isStep, `a step of 1 to ${COUNT_MAX}, either way`]],
  [op.ADD, ELEMENT],
  [op.REMOVE, ELEMENT],
  [op.NOTE, [isNote, "a text and the identity that it replies to, or nil"]],
  [op.VOID, REASON],
  [op.RESTORE, REASON],
  [op.ATTEST, [isAttest, "a verdict and a reason"]],
  [op.LINK, [isLink, "another record and its scope"]],
  ...op.DEFINITION_KINDS.map((kind) => [kind, [isArray, "an array"]] as const),
]);
