/**
 * Assignments: a directive handed down to a unit, with a due date of its own.
 *
 * An assignment is published in the authority scope of the unit that it is for. Its record is named by directive and unit, so
 * that a new due date supersedes the old one and two officers who assign apart from each other meet in one register.
 */

import { type Hex, unhex } from "../bytes.ts";
import { encode } from "../canonical.ts";
import { digest16 } from "../ids.ts";
import type { Loose } from "../reader.ts";
import * as schema from "../schema.ts";

const assignmentSchema = schema.struct(
  {
    directive: schema.text(),
    unit: schema.name(),
    due: schema.nullable(schema.text()),
    note: schema.text(),
  },
  { due: null, note: "" },
);

/** One directive (its code) for one unit; `due` is the last date, or null if none was set. */
export type Assignment = schema.Read<typeof assignmentSchema>;

/**
 * The assignment whose array is `value`.
 *
 * @throws MalformedError if it is none.
 */
export function assignmentFromValue(value: Loose): Assignment {
  return assignmentSchema.read(value);
}

/** The record in which a directive is assigned to a unit: 16 bytes. */
export function assignmentId(directive: string, unit: Hex): Hex {
  return digest16("haidang/assignment/1", encode([directive, unhex(unit)]));
}
