/**
 * Shapes of values: what an array must hold, and what it is called here.
 *
 * A schema reads a decoded value into typed fields and writes them back. What does not fit is malformed.
 */

import { type Hex, hex, unhex } from "./bytes.ts";
import type { Writable } from "./canonical.ts";
import { MalformedError } from "./errors.ts";
import { INTEGER_MAX } from "./limits.ts";
import type { Loose } from "./reader.ts";

export interface Schema<T> {
  /** @throws MalformedError if the value does not fit. */
  read(value: Loose): T;
  write(value: T): Writable;
}

/** What a schema reads. */
export type Read<S> = S extends Schema<infer T> ? T : never;

function schema<T>(read: (value: Loose) => T, write: (value: T) => Writable): Schema<T> {
  return { read, write };
}

function need(holds: boolean, what: string): asserts holds {
  if (!holds) throw new MalformedError(`${what} is missing`);
}

/** A value that stands for itself. */
function plain<T extends Writable>(fits: (value: Loose) => boolean, what: string): Schema<T> {
  return schema(
    (value) => {
      need(fits(value), what);
      return value as T;
    },
    (value) => value,
  );
}

export function integer(least: number, most: number = INTEGER_MAX): Schema<number> {
  return plain((value) => typeof value === "number" && value >= least && value <= most, "an integer");
}

export const whole = integer(-INTEGER_MAX);
export const natural = integer(0);
export const positive = integer(1);

export const bool: Schema<boolean> = plain((value) => typeof value === "boolean", "true or false");

/** Text of so many code points, `least` being none or one. */
export function text(least: 0 | 1 = 0, most = Number.POSITIVE_INFINITY): Schema<string> {
  const fits = (value: string) =>
    value.length >= least && (value.length <= most || [...value].length <= most);
  return plain((value) => typeof value === "string" && fits(value), "a text");
}

export function bin(least: number, most: number = least): Schema<Uint8Array> {
  const fits = (value: Loose) => value instanceof Uint8Array && least <= value.length && value.length <= most;
  return plain(fits, "bin of the right size");
}

/** A name of so many bytes, or of any number of them. */
export function name(size?: number): Schema<Hex> {
  const inner = size === undefined ? bin(0, Number.POSITIVE_INFINITY) : bin(size);
  return schema((value) => hex(inner.read(value)), unhex);
}

export function nullable<T>(inner: Schema<T>): Schema<T | null> {
  return schema(
    (value) => (value === null ? null : inner.read(value)),
    (value) => (value === null ? null : inner.write(value)),
  );
}

export function list<T>(inner: Schema<T>, least = 0, most = Number.POSITIVE_INFINITY): Schema<readonly T[]> {
  return schema(
    (value) => {
      need(Array.isArray(value) && least <= value.length && value.length <= most, "an array");
      return value.map((item) => inner.read(item));
    },
    (items) => items.map((item) => inner.write(item)),
  );
}

/** One of two shapes; the predicate tells the first from the second, as bytes and as read. */
export function either<A, B>(
  isFirst: (value: unknown) => boolean,
  a: Schema<A>,
  b: Schema<B>,
): Schema<A | B> {
  return schema(
    (value) => (isFirst(value) ? a.read(value) : b.read(value)),
    (value) => (isFirst(value) ? a.write(value as A) : b.write(value as B)),
  );
}

type Parts<T> = { readonly [K in keyof T]: Schema<T[K]> };

/** An array of exactly these, in this order. */
export function tuple<T extends readonly unknown[]>(...parts: Parts<T>): Schema<T> {
  return schema(
    (value) => {
      need(Array.isArray(value) && value.length === parts.length, `an array of ${parts.length}`);
      return parts.map((part, at) => part.read(value[at] as Loose)) as unknown as T;
    },
    (items) => parts.map((part, at) => part.write(items[at])),
  );
}

/**
 * An array of these, in the order in which they are named.
 *
 * @param defaults what the last fields are if the array ends before them; without them it holds all.
 */
export function struct<T extends object>(fields: Parts<T>, defaults: Partial<NoInfer<T>> = {}): Schema<T> {
  const names = Object.keys(fields) as (keyof T)[];
  return schema(
    (value) => {
      need(Array.isArray(value) && value.length <= names.length, `an array of ${names.length}`);
      const given = names.slice(0, value.length);
      need(
        names.slice(value.length).every((each) => each in defaults),
        `an array of ${names.length}`,
      );
      const read = given.map((each, at) => [each, fields[each].read(value[at] as Loose)]);
      return { ...defaults, ...Object.fromEntries(read) } as T;
    },
    (item) => names.map((each) => fields[each].write(item[each])),
  );
}

/** One of some texts. */
export function oneOf<T extends string>(...words: readonly T[]): Schema<T> {
  return plain((value) => words.includes(value as T), `one of ${words.join(", ")}`);
}

/** A schema that is made when it is needed, for what holds its own kind. */
export function later<T>(make: () => Schema<T>): Schema<T> {
  return { read: (value) => make().read(value), write: (value) => make().write(value) };
}
