/**
 * The protocol at the end of a pipe, for the differential tests: a line of JSON in, a line of JSON out. Bytes are hex.
 *
 * `{"judge": [genesis, commits]}` gives what a ledger says after these commits of sets; `{"open": sets}` gives the id of
 * each set, or the code of its refusal; `{"read": [[where, message], …]}` gives the fields of each message or statement by
 * their names, or the code of its refusal; `{"evaluate": [[tree, context], …]}` the values of expressions; `{"trees": […]}` whether bytes are one; `{"texts": [[name,
 * text], …]}` what functions of texts give; `{"forms": […]}` the id of each form, or the code of its refusal; `{"book": …}` what a book
 * of definitions says; `{"bundles": […]}` what comes out of bundles.
 */

import { createInterface } from "node:readline";
import { BundleReader } from "../src/protocol/bundle.ts";
import { hex, unhex } from "../src/protocol/bytes.ts";
import { decode, encode } from "../src/protocol/canonical.ts";
import { genesisFromValue } from "../src/protocol/certificates.ts";
import { Book, type Chapter } from "../src/protocol/definitions/book.ts";
import { evaluate, type Operand } from "../src/protocol/definitions/expression-values.ts";
import { decodeTree, ExpressionError } from "../src/protocol/definitions/expressions.ts";
import { formFromValue, formId } from "../src/protocol/definitions/forms.ts";
import { Rational } from "../src/protocol/definitions/rational.ts";
import { fold, matchKey, nfc, personSortKey, sortKey } from "../src/protocol/definitions/text.ts";
import { isRedacted, openSet, type SetBytes } from "../src/protocol/envelope.ts";
import { ProtocolError } from "../src/protocol/errors.ts";
import { combined, Ledger, type ScopeDigests } from "../src/protocol/ledger.ts";
import { type Facts, forks, tips } from "../src/protocol/logs.ts";
import { MemoryStore } from "../src/protocol/memory-store.ts";
import type { RecordState } from "../src/protocol/merge.ts";
import * as messages from "../src/protocol/messages.ts";
import * as op from "../src/protocol/operations.ts";
import * as reading from "../src/protocol/reading.ts";
import * as statements from "../src/protocol/statements.ts";
import { deflate } from "./deflate.ts";

type HexSet = readonly [header: string, signature: string, structure: string, values: string];

function partsOf([header, signature, structure, values]: HexSet): SetBytes {
  return {
    header: unhex(header),
    signature: unhex(signature),
    structure: unhex(structure),
    values: unhex(values),
  };
}

/** What work gives, or the code of its refusal. */
function orCode<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

const opened = (set: HexSet) => orCode(() => openSet(partsOf(set)).id);

const WHERE = {
  request: messages.REQUEST,
  reply: messages.REPLY,
  hello: messages.HELLO,
  enrol: messages.ENROLMENT,
};
const KINDS = [
  statements.CHECKPOINT,
  statements.RECEIPT,
  statements.REPLY,
  statements.HELLO,
  statements.PRELUDE,
  statements.DEPOSIT,
];

function read([where, data]: readonly [string, string]): unknown {
  const bytes = unhex(data);
  const kind = KINDS.find((each) => `statement ${each.name}` === where) as
    | statements.Kind<object>
    | undefined;
  if (kind !== undefined) return orCode(() => plain(statements.decodeStatement(kind, bytes)));
  return orCode(() => {
    const { tag, ...fields } = messages.readMessage(bytes, WHERE[where as keyof typeof WHERE]);
    const name = Object.entries(messages.TAG).find(([, each]) => each === tag)?.[0];
    return [name, plain(fields)];
  });
}

/** A value with its bytes as hex. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

type Delivery = readonly [genesis: string, commits: readonly (readonly HexSet[])[]];

function ledgerOf([genesis, commits]: Delivery) {
  const ledger = new Ledger(genesisFromValue(decode(unhex(genesis))), new MemoryStore());
  const all = commits.flatMap((sets) => {
    const commit = sets.map((set) => openSet(partsOf(set)));
    ledger.commit(commit);
    return commit;
  });
  return { ledger, all };
}

function judged(delivery: Delivery) {
  const { ledger, all } = ledgerOf(delivery);
  const { store } = ledger;
  const byScope = <T>(of: (scope: string) => T) =>
    Object.fromEntries([...store.scopes()].map((scope) => [scope, of(scope)]));
  const digests = new Map([...store.scopes()].map((scope) => [scope, ledger.scopeDigests(scope)]));
  const answer = {
    combined: shownDigests(combined(digests)),
    tips: byScope((scope) => tips(factsIn(ledger, scope), (id) => ledger.complete(id))),
    forks: byScope((scope) => forks(factsIn(ledger, scope))),
    verdicts: Object.fromEntries(
      all.map(({ id }) => [id, [ledger.verdict(id)?.word, ledger.verdict(id)?.reason]]),
    ),
    live: byScope((scope) =>
      Object.fromEntries(
        slotsOf(store.records(scope)).map(([place, live]) => [
          place,
          live.map(({ identity }) => identity).sort(),
        ]),
      ),
    ),
    digests: byScope((scope) => shownDigests(ledger.scopeDigests(scope))),
    said: byScope((scope) => said(store.records(scope))),
    dropped: [
      ...new Set(all.map(({ id }) => id).filter((id) => isRedacted(store.parts(id) as SetBytes))),
    ].sort(),
  };
  // What is kept from commit to commit is what a fresh look at the held sets gives.
  const wrong = ledger.rejudgeAll().size;
  for (const scope of store.scopes()) ledger.rebuild(scope);
  const after = byScope((scope) => shownDigests(ledger.scopeDigests(scope)));
  return { ...answer, wrong: wrong > 0 || JSON.stringify(after) !== JSON.stringify(answer.digests) };
}

function shownDigests({ accepted, authority, state }: ScopeDigests): string[] {
  return [hex(accepted), hex(authority), hex(state)];
}

function factsIn(ledger: Ledger, scope: string): Facts[] {
  return ledger.store.inScope(scope).map(({ facts }) => facts);
}

/** The slots that hold anything: record and slot as one text, the live operations, slot, state. */
function slotsOf(records: ReadonlyMap<string, RecordState>) {
  return [...records].flatMap(([record, state]) =>
    [...state.slots].flatMap(([slot, live]) =>
      live.length > 0 ? [[`${record} ${slot}`, live, slot, state] as const] : [],
    ),
  );
}

/** What the records of a scope say, read as the app reads them. */
function said(records: ReadonlyMap<string, RecordState>) {
  const slots = slotsOf(records);
  const places = (holds: (state: RecordState, slot: string) => boolean) =>
    slots.flatMap(([place, , slot, state]) => (holds(state, slot) ? [place] : [])).sort();
  const attests = [...records.values()].flatMap(reading.attests);
  return {
    conflicts: places(isConflicting),
    hidden: places(isHidden),
    tallies: Object.fromEntries(
      [...records].flatMap(([record, state]) =>
        [...state.tallies.keys()].map((slot) => [`${record} ${slot}`, reading.tally(state, slot.slice(1))]),
      ),
    ),
    elements: Object.fromEntries(
      slots.flatMap(([place, , slot, state]) => {
        if (slot[0] !== op.SET) return [];
        return [
          [
            place,
            reading
              .elements(state, slot.slice(1))
              .map((each) => hex(encode(each)))
              .sort(),
          ],
        ];
      }),
    ),
    stale: attests.flatMap(({ stale, live }) => (stale ? [live.identity] : [])).sort(),
  };
}

function isConflicting(state: RecordState, slot: string): boolean {
  const name = slot.slice(1);
  if (slot[0] === op.ATTESTS) {
    const ofRole = reading.attests(state).filter(({ role }) => role === name);
    return new Set(ofRole.map(({ verdict }) => verdict)).size > 1;
  }
  if (slot[0] === op.REGISTER) return reading.register(state, name).conflict;
  return slot[0] === op.LINKS && reading.links(state, name).conflict;
}

function isHidden(state: RecordState, slot: string): boolean {
  if (slot[0] !== op.VISIBILITY) return false;
  const [field, row] = slot.slice(1).split("\x1f");
  return reading.hidden(state, field && row ? [field, row] : undefined);
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes.
function evaluated([tree, context]: readonly [string, any]): unknown {
  const { values, row, position, today, period_days } = context;
  const found = evaluate(decodeTree(unhex(tree)), {
    values: namedOperands(values),
    this: operand(context.this),
    ...(row === null ? {} : { row: namedOperands(row) }),
    ...(position === null ? {} : { position }),
    today,
    periodDays: period_days,
  });
  return shown(found);
}

function isTree(data: string): boolean {
  try {
    decodeTree(unhex(data));
    return true;
  } catch (error) {
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

/** A number comes as `{"num": "n/d"}`. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes.
function operand(value: any): Operand {
  if (Array.isArray(value)) return value.map(operand);
  if (value === null || typeof value !== "object") return value;
  if (!("num" in value)) return namedOperands(value);
  const [numerator, denominator] = value.num.split("/").map(BigInt);
  return new Rational(numerator, denominator);
}

function namedOperands(values: Record<string, unknown>): ReadonlyMap<string, Operand> {
  return new Map(Object.entries(values).map(([name, value]) => [name, operand(value)]));
}

function shown(value: Operand): unknown {
  if (value instanceof Rational) return { num: `${value.numerator}/${value.denominator}` };
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, each]) => [name, shown(each)]));
  return Array.isArray(value) ? value.map(shown) : value;
}

/** What a book says, by the names of definitions. */
function booked([genesis, commits, directive, units, date]: readonly [
  ...Delivery,
  string,
  string[],
  string,
]) {
  const book = new Book(ledgerOf([genesis, commits]).ledger);
  const chapter = <T>(versions: Chapter<T>) =>
    Object.fromEntries(
      [...versions].map(([name, all]) => [
        name,
        all.map(({ identity, scope, live }) => [identity, scope, live]),
      ]),
    );
  return {
    units: chapter(book.units),
    directives: chapter(book.directives),
    assignments: chapter(book.assignments),
    forms: chapter(book.forms),
    periods: chapter(book.periods),
    disputed: book.disputed().sort(),
    newest: Object.fromEntries([...book.newestForms()].map(([family, form]) => [family, formId(form)])),
    reporting: book.formsOf(directive).map(formId).sort(),
    assigned: units.map((unit) => book.assignedTo(unit).map((each) => [each.directive, each.due])),
    named: units.map((unit) => book.unitName(unit, date)).map(({ name, code }) => [name, code]),
  };
}

/** What comes out of a bundle: the ids of sets, and each damage with its place. */
async function unbundled(given: string): Promise<unknown> {
  const reader = new BundleReader(deflate);
  const sets: string[] = [];
  const damages: unknown[] = [];
  for (const pieces of [reader.feed(unhex(given)), reader.finish()]) {
    for await (const found of pieces) {
      if ("set" in found) sets.push(found.set.id);
      if ("damage" in found) damages.push([found.damage.code, found.damage.setId, found.damage.position]);
    }
  }
  return [sets, damages];
}

const TEXTS = { nfc, fold, matchKey, sortKey, personSortKey };

const ANSWERS = {
  judge: judged,
  book: booked,
  open: (sets: readonly HexSet[]) => sets.map(opened),
  read: (messages: readonly (readonly [string, string])[]) => messages.map(read),
  evaluate: (expressions: readonly (readonly [string, unknown])[]) => expressions.map(evaluated),
  trees: (given: readonly string[]) => given.map(isTree),
  texts: (given: readonly (readonly [keyof typeof TEXTS, string])[]) =>
    given.map(([name, each]) => TEXTS[name](each)),
  bundles: (given: readonly string[]) => Promise.all(given.map(unbundled)),
  forms: (given: readonly string[]) =>
    given.map((each) => orCode(() => formId(formFromValue(decode(unhex(each)))))),
} as const;

for await (const line of createInterface({ input: process.stdin })) {
  const [[name, request]] = Object.entries(JSON.parse(line)) as [[keyof typeof ANSWERS, never]];
  process.stdout.write(`${JSON.stringify(await ANSWERS[name](request))}\n`);
}
