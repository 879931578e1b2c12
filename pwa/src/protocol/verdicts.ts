/** Verdicts: a word and, unless accepted, a reason (SPEC V). A cached function of what is held, never an event. */

export const ACCEPTED_WORD = "accepted";
export const QUARANTINED_WORD = "quarantined";
export const PARKED_WORD = "parked";
/** Words by their codes in the hub's leaves and on the wire (SPEC H1). */
export const WORDS = [ACCEPTED_WORD, QUARANTINED_WORD, PARKED_WORD] as const;

export const UNAUTHORISED = "unauthorised";
export const REVOKED = "revoked";
export const UNCONFIRMED = "unconfirmed";
export const CHAIN = "chain";
export const NO_CERTIFICATE = "certificate";
export const NO_PREDECESSOR = "predecessor";

/** What a set counts as, and why. */
export interface Verdict {
  readonly word: (typeof WORDS)[number];
  readonly reason: string;
}

export const ACCEPTED: Verdict = { word: ACCEPTED_WORD, reason: "" };

/** Stored and delivered, visible to a supervisor, not merged. */
export function quarantined(reason: string): Verdict {
  return { word: QUARANTINED_WORD, reason };
}

/** Stored and delivered, waiting for a predecessor or a certificate. */
export function parked(reason: string): Verdict {
  return { word: PARKED_WORD, reason };
}

export function isAccepted(verdict: Verdict): boolean {
  return verdict.word === ACCEPTED_WORD;
}

export function sameVerdict(left: Verdict, right: Verdict): boolean {
  return left.word === right.word && left.reason === right.reason;
}
