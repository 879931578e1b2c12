/** What becomes of a draft when its form changes. */

import type { Address } from "../protocol/body.ts";
import { type Field, type Form, restrictedNames } from "../protocol/definitions/forms.ts";
import * as op from "../protocol/operations.ts";
import type { Change } from "./editing.ts";

const OF_FIELDS = [op.PUT, op.COUNT, op.ADD, op.REMOVE];

/** Whether what was entered into one form means the same in another: the field is of one kind, and filed in one scope. */
export function hasPlace({ kind, address }: Change, old: Form, form: Form): boolean {
  if (!OF_FIELDS.includes(kind)) return true;
  const name = typeof address === "string" ? address : address[0];
  const [before, after] = [fieldIn(old, address), fieldIn(form, address)];
  const isSame = before?.kind === after?.kind && before?.merge === after?.merge;
  return isSame && restrictedNames(old).has(name) === restrictedNames(form).has(name);
}

function fieldIn(form: Form, address: Address): Field | undefined {
  const [name, , cell] = typeof address === "string" ? [address] : address;
  const field = form.fields.find((each) => each.name === name);
  return cell === undefined ? field : field?.cells.find((each) => each.name === cell);
}
