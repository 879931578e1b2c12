/**
 * Operations before they are sealed: what a form states, and which operations it was about.
 *
 * A draft names the operations that it supersedes or covers by *targets* that stay right until it is sealed, whatever
 * arrives or is sealed in between. They become references, as short as SPEC O6 allows, in `sealing`.
 */

import {
  type Address,
  type Operation,
  type Preimage,
  recordId,
  type Save,
  slotKey,
} from "../protocol/body.ts";
import { type Hex, hex, unhex } from "../protocol/bytes.ts";
import { check, type Value } from "../protocol/canonical.ts";
import { encodeBody } from "../protocol/columns-writing.ts";
import { encodeHeader, type Header, type OpenedSet, openSet } from "../protocol/envelope.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { TAG_BYTES } from "../protocol/ids.ts";
import { SIGNATURE_BYTES } from "../protocol/keys.ts";
import { checkValue } from "../protocol/operation-values.ts";
import { ATTEST } from "../protocol/operations.ts";
import { PhoneError } from "./phone.ts";
import { json, type PlainValue, plainValue, valueOfPlain } from "./tables.ts";

export const NO_FORM: Hex = "";

/**
 * An operation that another one is about.
 *
 * `source` is the id16 of the set where it stands, `at` its index there and `ordinal` the count from the last on its slot;
 * or `source` is the tag of a save of one's own, `at` its index in that save and `ordinal` nothing; or `source` is empty and
 * `at` the index among the drafts that are saved together.
 */
export interface Target {
  readonly source: Hex;
  readonly at: number;
  readonly ordinal: number;
  readonly identity: Hex;
}

/** Whether it stands in a save of one's own. */
export function isOwn({ source }: Pick<Target, "source">): boolean {
  return source.length === 2 * TAG_BYTES;
}

/** One statement about one slot, not sealed yet. */
export interface Draft {
  readonly kind: number;
  readonly record: Hex | Preimage;
  readonly address: Address;
  readonly value: Value;
  readonly supersedes: readonly Target[];
  readonly covers: readonly Target[];
}

/** Record id and slot key as one text: where it meets others. */
export function slotOf({ kind, record, address }: Draft, scope: Hex): string {
  return `${recordId(record, scope)} ${slotKey(kind, address)}`;
}

/** The role of an attest, null for every other kind. */
export function roleOf({ kind, address }: Draft): string | null {
  return kind === ATTEST ? String(address) : null;
}

/**
 * One press of "save", durable and not sealed yet.
 *
 * `opening` is the same for all saves of one opening of the replica; `acting` the certificate of an authority save;
 * `identities` are those of the drafts, which sealing does not change; `size` the bytes of structure and values if it were
 * sealed alone: an upper bound for its share of a set.
 */
export interface PendingSave {
  readonly scope: Hex;
  readonly tag: Hex;
  readonly opening: Hex;
  readonly form: Hex;
  readonly time: number;
  readonly salt: Uint8Array | null;
  readonly acting: Hex | null;
  readonly drafts: readonly Draft[];
  readonly identities: readonly Hex[];
  readonly size: number;
}

type Plain = Omit<PendingSave, "salt" | "drafts"> & {
  salt: Hex | null;
  drafts: readonly (Omit<Draft, "value"> & { value: PlainValue })[];
};

export const saveCodec = json<PendingSave, Plain>(
  ({ salt, drafts, ...save }) => ({
    ...save,
    salt: salt && hex(salt),
    drafts: drafts.map((draft) => ({ ...draft, value: plainValue(draft.value) })),
  }),
  ({ salt, drafts, ...plain }) => ({
    ...plain,
    salt: salt === null ? null : unhex(salt),
    drafts: drafts.map((draft) => ({ ...draft, value: valueOfPlain(draft.value) })),
  }),
);

/** The target that names a save's draft at an index. */
export function targetIn(save: PendingSave, at: number): Target {
  return { source: save.tag, at, ordinal: 0, identity: save.identities[at] ?? "" };
}

/** A value with its texts in NFC: what is saved, so that equal means equal bytes. */
export function normal(value: Value): Value {
  if (typeof value === "string") return value.normalize("NFC");
  return Array.isArray(value) ? value.map(normal) : value;
}

/**
 * Refuse what the format has no value for.
 *
 * @throws PhoneError `invalid-save`, naming the field.
 */
export function checkValues(drafts: readonly Draft[]): void {
  for (const { kind, address, value } of drafts) {
    valid(() => {
      check(value);
      checkValue(kind, value);
    }, String(address));
  }
}

/** @throws PhoneError `invalid-save` for what the protocol refuses. */
export function valid<T>(work: () => T, what: string): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProtocolError) throw new PhoneError("invalid-save", `${what}: ${error.message}`);
    throw error;
  }
}

/**
 * The save with its identities and size, after a trial of everything that sealing will ask of it.
 *
 * @throws PhoneError `nothing-to-save`, or `invalid-save` for a value that the format does not have.
 */
export function checked(save: PendingSave, key: Hex): PendingSave {
  if (save.drafts.length === 0) throw new PhoneError("nothing-to-save");
  const operations = save.drafts.map(({ kind, record, address, value }): Operation => {
    return { kind, record, address, value, supersedes: [], covers: [] };
  });
  const { scope, time, tag, acting, form, salt } = save;
  const header = { key, scope, incarnation: 0, position: 0, previous: [], time, tag, acting };
  const opened = valid(() => layOut(header, [{ form, time, operations, salt }]), "save");
  const size = opened.parts.structure.length + opened.parts.values.length;
  return { ...save, identities: opened.identities, size };
}

/**
 * A change set as it will be sealed, with an empty signature; its id is already the right one.
 *
 * @throws MalformedError, NotCanonicalError, LimitError if the saves hold what the format does not allow.
 */
export function layOut(header: Header, saves: readonly Save[]): OpenedSet {
  const signature = new Uint8Array(SIGNATURE_BYTES);
  return openSet({ header: encodeHeader(header), signature, ...encodeBody(saves) });
}

/** Saves that one form was cut into, with targets in place of the indices by which their drafts name each other. */
export function joined(saves: readonly PendingSave[]): PendingSave[] {
  const targets = saves.flatMap((save) => save.drafts.map((_, at) => targetIn(save, at)));
  const settle = (named: readonly Target[]) =>
    named.map((target) => (target.source === "" ? (targets[target.at] as Target) : target));
  return saves.map((save) => ({
    ...save,
    drafts: save.drafts.map((draft) => ({
      ...draft,
      supersedes: settle(draft.supersedes),
      covers: settle(draft.covers),
    })),
  }));
}
