/**
 * Expressions of forms as trees. What they mean stands in the Python module of the same name; `expression-values`
 * evaluates them. They are compiled from text where forms are made, never on a phone.
 */

import { sameBytes } from "../bytes.ts";
import { decodeLoosely, encode, isNfc, type Writable } from "../canonical.ts";
import { ProtocolError } from "../errors.ts";
import type { Loose } from "../reader.ts";
import { isPattern } from "./patterns.ts";

/** What stands in a tree: trees, and the literals of `text`, `dec`, `ref` and `each`. */
export type Part = null | boolean | number | string | readonly Part[];
/** An array of an operator's name and its arguments. */
export type Node = readonly Part[];
export type Tree = null | boolean | number | Node;

/** Arrays within arrays, in a tree. */
const DEPTH_MAX = 8;
/** Code points of a text in an expression. */
const TEXT_MAX = 2000;
/** Arguments of one operator. */
const MANY = 32;
const IS_NAME = /^[a-z][a-z0-9_]{0,63}$/;

/** Operators that take any number of arguments; a tree never nests one directly in itself. */
const NESTABLE = ["and", "or", "+", "*"];

/** Fewest and most arguments of each operator; `text`, `dec`, `ref` and `each` hold literals instead. */
const ARITY = new Map<string, readonly [least: number, most: number]>();
const NAMES: readonly (readonly [least: number, most: number, ...names: string[]])[] = [
  [0, 0, "this", "today", "period-days", "position"],
  [1, 1, "neg", "not", "count-selected", "string-length", "int", "number"],
  [1, 1, "days", "minutes", "year", "count", "accuracy"],
  [1, 2, "round"],
  [2, 2, "-", "div", "mod", "=", "!=", "<", "<=", ">", ">=", "selected", "regex"],
  [3, 3, "if"],
  [2, MANY, ...NESTABLE],
  [1, MANY, "coalesce", "sum", "min", "max"],
];
for (const [least, most, ...names] of NAMES) for (const name of names) ARITY.set(name, [least, most]);

/** An expression cannot be read: the bytes hold no tree. */
export class ExpressionError extends Error {}

/**
 * The tree that bytes hold.
 *
 * @throws ExpressionError if they hold none, or are not its only encoding.
 */
export function decodeTree(data: Uint8Array): Tree {
  let tree: Loose;
  try {
    tree = decodeLoosely(data);
  } catch (error) {
    if (error instanceof ProtocolError) throw new ExpressionError("not an expression", { cause: error });
    throw error;
  }
  check(tree, DEPTH_MAX);
  const isOnly = sameBytes(encode(tree as Writable), data);
  if (!isOnly) throw new ExpressionError("not the canonical encoding of an expression");
  return tree;
}

/** The names that a tree refers to: `name`, or `rows.cell`. */
export function references(tree: Tree): Set<string> {
  if (!isNode(tree)) return new Set();
  const [operator, ...parts] = tree;
  if (operator === "ref" || operator === "each") return new Set([parts.join(".")]);
  return new Set(parts.flatMap((part) => (typeof part === "string" ? [] : [...references(part)])));
}

function need(holds: boolean, why: string): asserts holds {
  if (!holds) throw new ExpressionError(why);
}

/** Accept exactly the trees that the compiler makes. */
function check(tree: Loose, depth: number): asserts tree is Tree {
  if (tree === null || typeof tree === "boolean") return;
  if (typeof tree === "number") return need(Number.isSafeInteger(tree), "number out of range");
  need(isArray(tree) && depth > 0, `no expression, or nested more than ${DEPTH_MAX} deep`);
  const [operator, ...parts] = tree;
  switch (operator) {
    case "text":
      return checkText(parts);
    case "dec":
      return checkDecimal(parts);
    case "ref":
      return need(parts.length === 1 && parts.every(isName), "not a name");
    case "each":
      return need(parts.length === 2 && parts.every(isName), "not a name of rows and a cell");
    default:
      need(typeof operator === "string", "an operator is missing");
      return checkOperator(operator, parts, depth);
  }
}

function checkText(parts: readonly Loose[]): void {
  const [text] = parts;
  need(parts.length === 1 && typeof text === "string", "a text is missing");
  need(text !== "" && [...text].length <= TEXT_MAX && isNfc(text), "a text is empty, too long or not NFC");
  need(!text.includes("'") || !text.includes('"'), "a text holds both kinds of quotes");
}

function checkDecimal(parts: readonly Loose[]): void {
  const [scaled, digits] = parts;
  const fits = parts.length === 2 && Number.isSafeInteger(scaled) && Number.isSafeInteger(digits);
  need(fits && typeof digits === "number" && digits >= 1 && digits <= 9, "a decimal is out of range");
  need((scaled as number) % 10 !== 0, "a decimal is not in lowest terms");
}

function checkOperator(operator: string, parts: readonly Loose[], depth: number): void {
  const [least, most] = ARITY.get(operator) ?? [1, 0];
  need(least <= parts.length && parts.length <= most, `${operator} with ${parts.length} arguments`);
  for (const part of parts) {
    check(part, depth - 1);
    need(!NESTABLE.includes(operator) || !isForm(part, operator), `${operator} directly in ${operator}`);
  }
  const [first, second] = parts;
  const isNumber = typeof first === "number" || (first !== undefined && isForm(first, "dec"));
  need(operator !== "neg" || !isNumber, "a negative number is a literal");
  const isAllowed = second !== undefined && isForm(second, "text") && isPattern(String(second[1]));
  need(operator !== "regex" || isAllowed, "regex needs a pattern of the allowed kind");
}

function isArray(value: Loose): value is readonly Loose[] {
  return Array.isArray(value);
}

function isForm(tree: Loose, operator: string): tree is readonly Loose[] {
  return isArray(tree) && tree[0] === operator;
}

export function isNode(tree: Part): tree is Node {
  return Array.isArray(tree);
}

function isName(part: Loose): boolean {
  return typeof part === "string" && IS_NAME.test(part);
}
