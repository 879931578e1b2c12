/**
 * Evaluating expressions: a tree and a context give a value, always.
 *
 * Values are null, boolean, number, text, list. Numbers are exact. *Empty is null*: so is the empty text and the empty
 * list. Unknown stays unknown: arithmetic and order on null, or on values of the wrong kind, give null.
 */

import { dayNumber, isDate, isMoment, minuteNumber } from "./dates.ts";
import { isNode, type Node, type Tree } from "./expressions.ts";
import { MATCHED_TEXT_MAX, matches } from "./patterns.ts";
import { powerOfTen, Rational } from "./rational.ts";

/** The cells of a row, by name. */
export type RowOperand = ReadonlyMap<string, Operand>;

/** What a name may stand for. The rows of a repeat are a list of maps. */
export type Operand = null | boolean | Rational | string | Uint8Array | RowOperand | readonly Operand[];

/** All that an expression can see. */
export interface Context {
  /** The fields of the report, by name. */
  readonly values: RowOperand;
  /** The value under examination, in a constraint. */
  readonly this?: Operand;
  /** The cells of the nearest row, and its place, from 1. */
  readonly row?: RowOperand;
  readonly position?: number;
  /** Date on which the report is claimed to be saved. */
  readonly today: string | null;
  /** Length of the report's period, in days. */
  readonly periodDays: number | null;
}

const NUMBER_PATTERN = "(-)?[0-9]+(\\.[0-9]+)?";
const ROUNDED_DIGITS_MAX = 9;

/** The value of a tree. Never fails. */
export function evaluate(tree: Tree, context: Context): Operand {
  if (!isNode(tree)) return typeof tree === "number" ? new Rational(tree) : tree;
  const [operator, ...parts] = tree as readonly [string, ...Node];
  const reading = OF_CONTEXT[operator];
  if (reading !== undefined) return tidy(reading(parts, context));
  const operands = parts.map((part) => evaluate(part as Tree, context));
  return tidy(OPERATORS[operator]?.(operands) ?? null);
}

/** Make emptiness null. */
export function tidy(value: Operand): Operand {
  return value === "" || (isList(value) && value.length === 0) ? null : value;
}

type Numbers = readonly Rational[];

/** What reads the context, or leaves an argument unread. */
const OF_CONTEXT: Readonly<Record<string, (parts: Node, context: Context) => Operand>> = {
  text: ([literal]) => String(literal),
  dec: ([scaled, digits]) => new Rational(Number(scaled)).times(powerOfTen(-Number(digits))),
  ref: ([name], context) => lookedUp(String(name), context),
  each: ([rows, cell], { values }) => column(values.get(String(rows)) ?? null, String(cell)),
  if: ([condition, then, otherwise], context) => {
    const known = evaluate(condition as Tree, context);
    return typeof known === "boolean" ? evaluate((known ? then : otherwise) as Tree, context) : null;
  },
  this: (_, context) => context.this ?? null,
  today: (_, { today }) => today,
  position: (_, { position }) => (position === undefined ? null : new Rational(position)),
  "period-days": (_, { periodDays }) => (periodDays === null ? null : new Rational(periodDays)),
};

const OPERATORS: Readonly<Record<string, (operands: readonly Operand[]) => Operand>> = {
  or: (operands) => decided(operands, true),
  and: (operands) => decided(operands, false),
  not: ([operand]) => (typeof operand === "boolean" ? !operand : null),
  "=": ([left, right]) => isEqual(left ?? null, right ?? null),
  "!=": ([left, right]) => !isEqual(left ?? null, right ?? null),
  "<": (operands) => ordered(operands, (order) => order < 0),
  "<=": (operands) => ordered(operands, (order) => order <= 0),
  ">": (operands) => ordered(operands, (order) => order > 0),
  ">=": (operands) => ordered(operands, (order) => order >= 0),
  "+": (operands) => arithmetic(operands, (a, b) => a.plus(b)),
  "-": (operands) => arithmetic(operands, (a, b) => a.minus(b)),
  "*": (operands) => arithmetic(operands, (a, b) => a.times(b)),
  div: (operands) => arithmetic(operands, (a, b) => a.over(b)),
  mod: (operands) => arithmetic(operands, remainder),
  neg: ([operand]) => (operand instanceof Rational ? new Rational(0).minus(operand) : null),
  selected: ([value, code]) =>
    (isList(value) ? value : [value]).some((each) => isText(each) && each === code),
  "count-selected": ([value]) => counted(value ?? null),
  count: ([value]) => counted(value ?? null),
  "string-length": ([value]) => new Rational(isText(value) ? [...value].length : 0),
  regex: ([text, pattern]) => {
    return isText(text) && [...text].length <= MATCHED_TEXT_MAX ? matches(text, String(pattern)) : null;
  },
  coalesce: (operands) => operands.find((operand) => operand !== null) ?? null,
  // Digits that are stated and empty are not the same as none stated.
  round: ([number = null, digits = new Rational(0)]) => rounded(number, digits),
  int: ([number]) => (number instanceof Rational ? number.truncated() : null),
  number: ([value]) => toNumber(value ?? null),
  days: ([value]) => (isList(value) ? value.map(day).filter((each) => each !== null) : day(value)),
  minutes: ([value]) => (isText(value) && isMoment(value) ? new Rational(minuteNumber(value)) : null),
  year: ([value]) => (isDated(value) ? new Rational(Number(value.slice(0, 4))) : null),
  sum: (operands) => reduced(operands, (a, b) => a.plus(b)),
  min: (operands) => reduced(operands, (a, b) => (b.compare(a) < 0 ? b : a)),
  max: (operands) => reduced(operands, (a, b) => (b.compare(a) > 0 ? b : a)),
  accuracy: ([value]) => {
    const isPosition = isList(value) && value.length === 3 && value.every((part) => part instanceof Rational);
    return isPosition ? (value[2] ?? null) : null;
  },
};

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isList(value: Operand | undefined): value is readonly Operand[] {
  return Array.isArray(value);
}

function isDated(value: Operand | undefined): value is string {
  return isText(value) && (isDate(value) || isMoment(value));
}

function lookedUp(name: string, { row, values }: Context): Operand {
  return (row?.has(name) ? row : values).get(name) ?? null;
}

/** The values of a cell over all rows. */
function column(rows: Operand, cell: string): Operand {
  if (!isList(rows)) return [];
  const found = rows.map((row) => (row instanceof Map ? tidy(row.get(cell) ?? null) : null));
  return found.filter((value) => value !== null);
}

function isEqual(left: Operand, right: Operand): boolean {
  if (left instanceof Rational && right instanceof Rational) return left.compare(right) === 0;
  return (left === null || isText(left) || typeof left === "boolean") && left === right;
}

/** Order compares numbers with numbers, dates with dates, moments with moments. */
function ordered([left, right]: readonly Operand[], fits: (order: number) => boolean): boolean | null {
  if (left instanceof Rational && right instanceof Rational) return fits(left.compare(right));
  if (!isText(left) || !isText(right)) return null;
  if (isDate(left) && isDate(right)) return fits(dayNumber(left) - dayNumber(right));
  return isMoment(left) && isMoment(right) ? fits(minuteNumber(left) - minuteNumber(right)) : null;
}

function arithmetic(
  operands: readonly Operand[],
  operate: (a: Rational, b: Rational) => Rational | null,
): Operand {
  return operands.reduce((total, operand) => {
    return total instanceof Rational && operand instanceof Rational ? operate(total, operand) : null;
  });
}

function remainder(left: Rational, right: Rational): Rational | null {
  const quotient = left.over(right);
  return quotient === null ? null : left.minus(right.times(quotient.truncated()));
}

/** `or` is decided by a true, `and` by a false; else null leaves it open. */
function decided(operands: readonly Operand[], by: boolean): boolean | null {
  if (operands.includes(by)) return by;
  return operands.every((operand) => operand === !by) ? !by : null;
}

function counted(value: Operand): Rational {
  return new Rational(isList(value) ? value.length : value === null ? 0 : 1);
}

function reduced(operands: readonly Operand[], operate: (a: Rational, b: Rational) => Rational): Operand {
  const opened = operands.flatMap((operand) => (isList(operand) ? operand : [operand]));
  const numbers: Numbers = opened.filter((each) => each instanceof Rational);
  return numbers.length > 0 ? numbers.reduce(operate) : null;
}

function rounded(number: Operand, digits: Operand): Operand {
  if (!(number instanceof Rational && digits instanceof Rational && digits.isWhole)) return null;
  const places = Number(digits.numerator);
  if (Math.abs(places) > ROUNDED_DIGITS_MAX) return null;
  return new Rational(number.scaled(places)).times(powerOfTen(-places));
}

function toNumber(value: Operand): Operand {
  if (typeof value === "boolean") return new Rational(value ? 1 : 0);
  if (!isText(value)) return value instanceof Rational ? value : null;
  if (value.length > 32 || !matches(value, NUMBER_PATTERN)) return null;
  const [whole = "", decimals = ""] = value.split(".");
  return new Rational(BigInt(whole + decimals)).times(powerOfTen(-decimals.length));
}

function day(value: Operand | undefined): Operand {
  return isDated(value) ? new Rational(dayNumber(value.slice(0, 10))) : null;
}
