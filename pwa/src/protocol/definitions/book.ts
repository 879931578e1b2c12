/**
 * The book of definitions that a replica holds: units, directives, assignments, forms, periods, each in all its live versions.
 *
 * One thing may be defined in several authority scopes, and twice in one by officers who did not know of each other. What is
 * shown first is what was written nearest to the top, then the greatest identity: the same for every reader of the same scopes.
 */

import { type Hex, hex } from "../bytes.ts";
import { encode, type Value } from "../canonical.ts";
import { ProtocolError } from "../errors.ts";
import { AUTHORITY, scopeKind, scopeUnit } from "../ids.ts";
import type { Ledger } from "../ledger.ts";
import * as op from "../operations.ts";
import type { Loose } from "../reader.ts";
import { isAccepted } from "../verdicts.ts";
import { type Assignment, assignmentFromValue } from "./assignments.ts";
import { dayNumber } from "./dates.ts";
import { type Directive, directiveFromValue } from "./directives.ts";
import { decodeTree, ExpressionError } from "./expressions.ts";
import { type Form, formFromValue, formId } from "./forms.ts";
import { type Period, periodFromValue } from "./periods.ts";
import { type Unit, type UnitVersion, unitFromValue, versionAt } from "./units.ts";

/** Digits behind the comma that an integer of the protocol can hold. */
const DECIMALS_MAX = 15;

/** One version: the scope where it is written, the identity of its operation, whether it is live or was replaced. */
export interface Version<T> {
  readonly definition: T;
  /** Its bytes: equality means equal bytes. */
  readonly bytes: Hex;
  readonly scope: Hex;
  readonly identity: Hex;
  readonly live: boolean;
}

/** A unit as people know it on a date. */
export interface UnitName {
  readonly id: Hex;
  readonly name: string;
  readonly nameEn: string;
  readonly level: string;
  readonly code: string;
}

/** The definitions of one kind, by what names them, the version that is shown first. */
export type Chapter<T> = ReadonlyMap<string, readonly Version<T>[]>;

/** Where a definition may stand, and how it is read: its name and itself. */
interface Kind<T> {
  readonly kind: number;
  read(value: Loose): T;
  name(definition: T): string;
  /** What two operations must state alike to be one version. */
  stated(value: Value): Value;
}

const whole = (value: Value) => value;
/** A unit without the parent that stands before it for authority. */
const withoutParent = (value: Value) => (Array.isArray(value) ? value.slice(1) : value);

const UNITS: Kind<Unit> = { kind: op.UNIT, read: unitFromValue, name: ({ id }) => id, stated: withoutParent };
const DIRECTIVES: Kind<Directive> = {
  kind: op.DIRECTIVE,
  read: directiveFromValue,
  name: ({ code }) => code,
  stated: whole,
};
const ASSIGNMENTS: Kind<Assignment> = {
  kind: op.ASSIGNMENT,
  read: assignmentFromValue,
  name: ({ directive, unit }) => `${directive} ${unit}`,
  stated: whole,
};
const FORMS: Kind<Form> = { kind: op.FORM, read: readableForm, name: formId, stated: whole };
const PERIODS: Kind<Period> = { kind: op.PERIOD, read: readablePeriod, name: ({ id }) => id, stated: whole };

/** An operation that states a definition. */
interface Statement {
  readonly kind: number;
  readonly value: Value;
  readonly scope: Hex;
  readonly identity: Hex;
  readonly live: boolean;
}

/** All definitions of one authority. Replaced versions are kept of forms alone: old reports were filled in by them. */
export class Book {
  readonly units: Chapter<Unit>;
  readonly directives: Chapter<Directive>;
  /** By directive and unit, with a blank between. */
  readonly assignments: Chapter<Assignment>;
  readonly forms: Chapter<Form>;
  readonly periods: Chapter<Period>;

  constructor(ledger: Ledger) {
    const statements = inOrder(ledger, statementsIn(ledger));
    this.units = chapterOf(UNITS, statements);
    this.directives = chapterOf(DIRECTIVES, statements);
    this.assignments = chapterOf(ASSIGNMENTS, statements);
    this.forms = chapterOf(FORMS, statements);
    this.periods = chapterOf(PERIODS, statements);
  }

  /** What is defined in several ways at once, chapter by chapter. */
  disputed(): string[] {
    const chapters: Chapter<unknown>[] = [
      this.units,
      this.directives,
      this.assignments,
      this.forms,
      this.periods,
    ];
    return chapters.flatMap((chapter) =>
      [...chapter].flatMap(([name, [first, ...others]]) => {
        return others.some(({ live, bytes }) => live && bytes !== first?.bytes) ? [name] : [];
      }),
    );
  }

  /** The newest version of each family, by family. */
  newestForms(): Map<string, Form> {
    const forms = [...shown(this.forms)].map(([id, form]) => ({ id, form }));
    const isNewer = (one: (typeof forms)[0], other: (typeof forms)[0]) => {
      const difference = one.form.version - other.form.version;
      return difference > 0 || (difference === 0 && one.id > other.id);
    };
    const newest = new Map<string, (typeof forms)[0]>();
    for (const each of forms) {
      const known = newest.get(each.form.family);
      if (known === undefined || isNewer(each, known)) newest.set(each.form.family, each);
    }
    return new Map([...newest].map(([family, { form }]) => [family, form]));
  }

  /** The newest forms that report on a directive, whichever of the two names the other. */
  formsOf(code: string): Form[] {
    const named = this.directives.get(code)?.[0]?.definition.forms ?? [];
    const naming = [...shown(this.forms).values()].filter(({ directives }) => directives.includes(code));
    const families = new Set([...named, ...naming.map(({ family }) => family)]);
    return [...this.newestForms().values()].filter(({ family }) => families.has(family));
  }

  /** What was assigned to a unit, by directive. */
  assignedTo(unit: Hex): Assignment[] {
    const names = [...this.assignments.keys()].sort();
    const all = names.flatMap((name) => this.assignments.get(name)?.[0]?.definition ?? []);
    return all.filter((assignment) => assignment.unit === unit);
  }

  /** What a unit was called on a date (or last, if it was not then); the start of its id if it is not known. */
  unitName(unit: Hex, date: string): UnitName {
    const version = this.unitVersion(unit, date);
    if (version !== undefined) return { ...version, id: unit };
    const name = unit.slice(0, 8);
    return { id: unit, name, nameEn: name, level: "", code: "" };
  }

  /** What a unit was on a date, or last. */
  unitVersion(unit: Hex, date: string): UnitVersion | undefined {
    const known = this.units.get(unit)?.[0]?.definition;
    return known && (versionAt(known, date) ?? known.versions.at(-1));
  }
}

/** The version that is shown of each definition. */
export function shown<T>(chapter: Chapter<T>): Map<string, T> {
  return new Map(
    [...chapter].flatMap(([name, [first]]) => (first === undefined ? [] : [[name, first.definition]])),
  );
}

function chapterOf<T>(kind: Kind<T>, statements: readonly Statement[]): Chapter<T> {
  const chapter = new Map<string, Version<T>[]>();
  for (const { value, ...statement } of statements) {
    const definition = statement.kind === kind.kind ? readable(() => kind.read(value)) : undefined;
    if (definition === undefined) continue;
    const { scope, identity, live } = statement;
    const name = kind.name(definition);
    const version = {
      definition,
      scope,
      identity,
      live,
      get bytes() {
        return hex(encode(kind.stated(value)));
      },
    };
    chapter.set(name, [...(chapter.get(name) ?? []), version]);
  }
  return chapter;
}

/** What an operation states; nothing if its value is no definition, or one that cannot be worked with. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const isOurs =
      error instanceof ProtocolError || error instanceof ExpressionError || error instanceof RangeError;
    if (isOurs) return undefined;
    throw error;
  }
}

/** A form with expressions that can be evaluated and figures that can be held. */
function readableForm(value: Loose): Form {
  const form = formFromValue(value);
  for (const field of form.fields.flatMap((each) => [each, ...each.cells])) {
    const isScaled = field.kind === "dec" || field.kind === "calc";
    if (isScaled && (field.size < 0 || field.size > DECIMALS_MAX)) throw new RangeError("too many decimals");
    const { required, relevant, constraint, calculation } = field;
    for (const tree of [required, relevant, constraint, calculation]) if (tree !== null) decodeTree(tree);
  }
  return form;
}

function readablePeriod(value: Loose): Period {
  const period = periodFromValue(value);
  dayNumber(period.start);
  dayNumber(period.end);
  return period;
}

/** Live before replaced, nearest to the top, then of the greatest identity. */
function inOrder(ledger: Ledger, statements: readonly Statement[]): Statement[] {
  const depths = new Map([...ledger.book.units()].map((unit) => [unit, ledger.book.closure(unit).size]));
  const rank = ({ live, scope }: Statement) => (live ? 0 : 1e6) + (depths.get(scopeUnit(scope)) ?? 0);
  return statements.toSorted((a, b) => rank(a) - rank(b) || (a.identity > b.identity ? -1 : 1));
}

function statementsIn(ledger: Ledger): Statement[] {
  const scopes = [...ledger.store.scopes()].filter((scope) => scopeKind(scope) === AUTHORITY);
  const live = scopes.flatMap((scope) =>
    [...ledger.store.records(scope).values()].flatMap(({ slots }) =>
      (slots.get(op.REGISTER) ?? []).map(({ kind, value, identity }): Statement => {
        return { kind, value, scope, identity, live: true };
      }),
    ),
  );
  const known = new Set(live.map(({ identity }) => identity));
  const replaced = ledger.book.sets().flatMap(({ facts: { id, scope }, entries }) => {
    const verdict = ledger.verdict(id);
    if (verdict === undefined || !isAccepted(verdict)) return [];
    return entries.flatMap(({ kind, identity, form }): Statement[] => {
      return form === undefined || known.has(identity)
        ? []
        : [{ kind, value: form, scope, identity, live: false }];
    });
  });
  return [...live, ...replaced];
}
