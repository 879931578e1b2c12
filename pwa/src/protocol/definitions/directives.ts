/**
 * Directives: the tasks that a paper gives, word for word, with what readers have added kept apart from it.
 *
 * Nothing in a directive is corrected silently: `quote` is the paper's text, `annotations` say what seems odd, and
 * `leadInferred` that the paper names no one for the task. A horizon is what the paper says; a due date is another
 * thing, is null unless the paper sets one, and may differ for each unit to which the task is assigned.
 */

import type { Hex } from "../bytes.ts";
import { encode } from "../canonical.ts";
import { digest16 } from "../ids.ts";
import type { Loose } from "../reader.ts";
import * as schema from "../schema.ts";
import { wordsSchema } from "./words.ts";

const { list, nullable, text } = schema;

const directiveSchema = schema.struct({
  code: text(),
  parent: nullable(text()),
  section: text(),
  sector: text(),
  title: wordsSchema,
  modality: text(),
  leads: list(text()),
  coordinators: list(text()),
  action: text(),
  outputType: text(),
  decisionMaker: text(),
  horizon: text(),
  due: nullable(text()),
  amount: nullable(schema.whole),
  legalBases: list(text()),
  reporters: text(),
  recordLevel: text(),
  channel: text(),
  forms: list(text()),
  related: list(text()),
  quote: text(),
  notes: text(),
  leadInferred: schema.bool,
  annotations: list(schema.struct({ directive: text(), kind: text(), text: wordsSchema })),
});

/** One task. `forms` are the families of forms that report on it, `related` the codes of tasks on the same subject. */
export type Directive = schema.Read<typeof directiveSchema>;

/**
 * The directive whose array is `value`.
 *
 * @throws MalformedError if it is none.
 */
export function directiveFromValue(value: Loose): Directive {
  return directiveSchema.read(value);
}

/** The record in which a directive of that code is published: 16 bytes. */
export function directiveId(code: string): Hex {
  return digest16("haidang/directive/1", encode([code]));
}
