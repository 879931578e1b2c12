/** Authority entries as values: certify, retire, revoke, adopt, refuse, redact (SPEC A6–A9). An unreadable one is inert. */

import type { Hex } from "./bytes.ts";
import type { Value } from "./canonical.ts";
import { type Certificate, certificateFromValue } from "./certificates.ts";
import { MalformedError } from "./errors.ts";
import { ID16, SCOPE_BYTES, SET_ID_BYTES } from "./ids.ts";
import { logName } from "./logs.ts";
import { ADOPT, CERTIFY, FORM, REDACT, REFUSE, RETIRE, REVOKE, UNIT } from "./operations.ts";
import * as schema from "./schema.ts";

/** Cut a key: `named` are the logs listed by name (`logName`), `tips` all tips kept. */
export interface Revoke {
  readonly key: Hex;
  readonly named: ReadonlySet<string>;
  readonly tips: readonly Hex[];
}

/** Accept a run of sets. */
export interface Adopt {
  readonly tips: readonly Hex[];
  readonly bases: readonly Hex[];
}

/** What an entry says, each of them at most once; a definition or an inert entry says nothing. */
export interface Meaning {
  readonly certify?: Certificate;
  readonly revoke?: Revoke;
  readonly adopt?: Adopt;
  readonly refuse?: readonly Hex[];
  readonly retire?: Hex;
  readonly redact?: readonly Hex[];
  /** The parent that a `unit` entry states. */
  readonly parent?: Hex;
  /** The value of a `form` entry: old reports were filled in by forms that were replaced since. */
  readonly form?: Value;
}

/** One operation of an authority set, with its value read once: views are made of the same entries again and again. */
export interface Entry extends Meaning {
  readonly kind: number;
  readonly record: Hex;
  readonly identity: Hex;
}

const id = schema.name(ID16);
const setIds = schema.list(schema.name(SET_ID_BYTES));
const reason = schema.text();
const log = schema.tuple<readonly [number, Hex, readonly Hex[]]>(
  schema.natural,
  schema.name(SCOPE_BYTES),
  setIds,
);
type Log = readonly [incarnation: number, scope: Hex, tips: readonly Hex[]];
const revoke = schema.tuple<readonly [Hex, readonly Log[], string]>(id, schema.list(log), reason);
const adopt = schema.tuple<readonly [readonly Hex[], readonly Hex[], string]>(setIds, setIds, reason);
const ofKey = schema.tuple<readonly [Hex, string]>(id, reason);
const ofSets = schema.tuple<readonly [readonly Hex[], string]>(setIds, reason);

/** An operation of an authority set as an entry. */
export function entryOf(kind: number, record: Hex, identity: Hex, value: Value): Entry {
  try {
    return { kind, record, identity, ...meaningOf(kind, value) };
  } catch (error) {
    if (error instanceof MalformedError) return { kind, record, identity };
    throw error;
  }
}

/**
 * What an entry says.
 *
 * @throws MalformedError if its value is not of the stated form.
 */
function meaningOf(kind: number, value: Value): Meaning {
  switch (kind) {
    case UNIT:
      return Array.isArray(value) ? { parent: id.read(value[0]) } : {};
    case FORM:
      return { form: value };
    case CERTIFY:
      return { certify: certificateFromValue(value) };
    case REVOKE: {
      const [key, logs] = revoke.read(value);
      const named = new Set(logs.map(([incarnation, scope]) => logName(incarnation, scope)));
      return { revoke: { key, named, tips: logs.flatMap(([, , tips]) => tips) } };
    }
    case ADOPT: {
      const [tips, bases] = adopt.read(value);
      return { adopt: { tips, bases } };
    }
    case REFUSE:
      return { refuse: ofSets.read(value)[0] };
    case RETIRE:
      return { retire: ofKey.read(value)[0] };
    case REDACT:
      return { redact: ofSets.read(value)[0] };
    default:
      return {};
  }
}
