/** What a desk shows: reports and what is due, conflicts and history, each value with where it comes from. */

import type { Hex } from "../protocol/bytes.ts";
import type { Value } from "../protocol/canonical.ts";
import type { Assignment } from "../protocol/definitions/assignments.ts";
import type { Directive } from "../protocol/definitions/directives.ts";
import type { Form } from "../protocol/definitions/forms.ts";
import type { Period } from "../protocol/definitions/periods.ts";
import type { Stage } from "../protocol/workflow.ts";

/** How far something is on its way: the lamp. `received` is backed by a verified receipt of the hub. */
export type Way = "saved" | "sending" | "carried" | "received";

/** Who said something; texts are empty if the key is certified for nobody yet. */
export interface Person {
  readonly key: Hex;
  readonly name: string;
  readonly label: string;
  readonly unit: Hex;
  /** Whether an officer has confirmed the key. */
  readonly confirmed: boolean;
}

/** Where a statement comes from: who, when (claimed, seconds), when it reached the hub, how far it is. */
export interface Origin {
  readonly person: Person;
  readonly own: boolean;
  readonly time: number;
  readonly received: number | null;
  readonly way: Way;
}

/** How many of one's own saves are how far, and what asks for attention. */
export interface Counts {
  readonly saved: number;
  readonly sending: number;
  readonly carried: number;
  readonly received: number;
  readonly drafts: number;
  readonly conflicts: number;
  /** Change sets that are quarantined or parked, one's own and others'. */
  readonly waiting: number;
}

/** A report in a list. */
export interface Report {
  /** The record's id in its main scope: what names the report everywhere. */
  readonly id: Hex;
  readonly unit: Hex;
  readonly family: string;
  /** The newest form of the family, null if none is known here: "needs update". */
  readonly form: Form | null;
  readonly formId: Hex;
  readonly site: Hex | null;
  readonly directive: string | null;
  readonly period: Hex | null;
  /** Voided, and nothing was said since. */
  readonly hidden: boolean;
  /** Where it stands; `draft` as long as nothing of it has left the pending saves. */
  readonly stage: Stage | "draft";
  /** The least far of one's own statements that stand; null if none is one's own. */
  readonly way: Way | null;
  /** Fields with two different values. */
  readonly conflicts: number;
  /** The claimed time of the newest statement, in seconds. */
  readonly changed: number;
  /** Whether something was entered and not saved. */
  readonly draft: boolean;
}

/** What a report is about. `site` may be new: `randomSite()`. */
export interface About {
  readonly unit: Hex;
  readonly site: Hex | null;
  readonly directive: string | null;
  readonly period: Hex | null;
}

/** One report that is to be filed: what for, until when, and the report if there is one already. */
export interface Duty {
  readonly directive: Directive | null;
  readonly assignment: Assignment | null;
  readonly form: Form;
  readonly formId: Hex;
  readonly unit: Hex;
  /** The site of a form about sites; null with such a form: no site is known yet, or another one may be registered. */
  readonly site: Hex | null;
  readonly period: Period | null;
  /** The last date: of the assignment, the period or the directive, whichever is earliest; null if none is set. */
  readonly due: string | null;
  readonly report: Report | null;
}

/** One of the values between which a person has to decide, with where it comes from. */
export interface Sibling {
  readonly value: Value;
  readonly origin: Origin;
}

/** Two or more different values of one place of a report. */
export interface Conflict {
  /** Names the conflict on this phone. */
  readonly id: string;
  readonly report: Report;
  readonly kind: "value" | "review" | "link";
  /** The field, and the cell if it is one of a row; for a review the role. */
  readonly field: string;
  readonly row: Hex | null;
  readonly cell: string;
  readonly siblings: readonly Sibling[];
}

/** One statement that was ever made about a report; `live` says whether it stands now. */
export interface HistoryEntry {
  /** The kind of the operation (`protocol/operations`). */
  readonly kind: number;
  readonly field: string;
  readonly row: Hex | null;
  readonly cell: string;
  readonly value: Value;
  readonly origin: Origin;
  readonly live: boolean;
}

/** A review of a report that stands, with who made it. */
export interface Review {
  readonly role: string;
  readonly verdict: string;
  readonly reason: string;
  /** The report was changed since. */
  readonly stale: boolean;
  readonly origin: Origin;
}

/** A change set that does not count (yet), and why (`protocol/verdicts`). */
export interface WaitingSet {
  readonly id: Hex;
  readonly scope: Hex;
  readonly person: Person;
  readonly own: boolean;
  readonly word: string;
  readonly reason: string;
  readonly time: number;
  readonly saves: number;
}
