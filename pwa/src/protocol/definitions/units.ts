/**
 * Units of the administration: what they are called when, and whose parts they are.
 *
 * A unit is known by 16 bytes of our own, never by a code: codes are attributes that a scheme gives for a time, and have
 * been given again to other units. A unit that is renamed, retyped or put under another parent has a new version. The
 * number of levels is whatever the parents make it.
 */

import type { Hex } from "../bytes.ts";
import type { Loose } from "../reader.ts";
import * as schema from "../schema.ts";

const { list, name, nullable, text } = schema;

const versionSchema = schema.struct({
  name: text(),
  nameEn: text(),
  level: text(),
  type: text(),
  parent: nullable(name()),
  scheme: text(),
  code: text(),
  validFrom: nullable(text()),
  validTo: nullable(text()),
  legalBasis: text(),
});

/** What a unit was from one date to another; both dates are included, null where the data do not say. */
export type UnitVersion = schema.Read<typeof versionSchema>;

const unitSchema = schema.struct(
  { id: name(), versions: list(versionSchema), tags: list(text()) },
  { tags: [] },
);

/** A unit through time: versions oldest first; tags are lasting properties, such as HD for an island unit. */
export type Unit = schema.Read<typeof unitSchema>;

/**
 * The unit whose entry's array is `value`: the parent for authority (SPEC A3), then the unit.
 *
 * @throws MalformedError if it is none.
 */
export function unitFromValue(value: Loose): Unit {
  return unitSchema.read(Array.isArray(value) ? value.slice(1) : value);
}

/** What a unit was on a date, or undefined if it was not. */
export function versionAt(unit: Unit, date: string): UnitVersion | undefined {
  return unit.versions.find(
    ({ validFrom, validTo }) => (validFrom || date) <= date && date <= (validTo || date),
  );
}

/** The units that were on a date, as they were then. */
export function unitsAt(units: Iterable<Unit>, date: string): Map<Hex, UnitVersion> {
  const found = [...units].map((unit) => [unit.id, versionAt(unit, date)] as const);
  return new Map(found.filter((each): each is readonly [Hex, UnitVersion] => each[1] !== undefined));
}

/** The ids from a unit up to the top, in what `unitsAt` returned; empty if the unit is not there. */
export function pathAt(units: ReadonlyMap<Hex, UnitVersion>, unit: Hex): Hex[] {
  const path: Hex[] = [];
  let here: Hex | null = unit;
  while (here !== null && !path.includes(here)) {
    const version: UnitVersion | undefined = units.get(here);
    if (version === undefined) break;
    path.push(here);
    here = version.parent;
  }
  return path;
}

/** The ids of the units right below a parent, or of those at the top. */
export function childrenAt(units: ReadonlyMap<Hex, UnitVersion>, parent: Hex | null): Hex[] {
  return [...units].flatMap(([unit, version]) => (version.parent === parent ? [unit] : []));
}
