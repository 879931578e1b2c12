/** Kinds of operations, the slots where they meet, and which supersedes which (SPEC O1, O2, O8). Words, no behaviour. */

export const PUT = 1;
export const COUNT = 2;
export const ADD = 3;
export const REMOVE = 4;
export const NOTE = 5;
export const VOID = 6;
export const RESTORE = 7;
export const ATTEST = 8;
export const LINK = 9;

export const UNIT = 32;
export const DIRECTIVE = 33;
export const ASSIGNMENT = 34;
export const FORM = 35;
export const PERIOD = 36;

export const CERTIFY = 48;
export const RETIRE = 49;
export const REVOKE = 50;
export const ADOPT = 51;
export const REFUSE = 52;
export const REDACT = 53;

export const DEFINITION_KINDS: readonly number[] = [UNIT, DIRECTIVE, ASSIGNMENT, FORM, PERIOD];
export const ENTRY_KINDS: readonly number[] = [CERTIFY, RETIRE, REVOKE, ADOPT, REFUSE, REDACT];
export const FIRST_AUTHORITY_KIND = 32;

export const REGISTER = "v";
export const TALLY = "c";
export const SET = "s";
export const NOTES = "n";
export const VISIBILITY = "h";
export const ATTESTS = "a";
export const LINKS = "l";
export const ENTRIES = "x";
export const UNKNOWN = "?";

/** Class of the slot of each known kind; an unknown kind lives in UNKNOWN. */
export const SLOT_CLASS: ReadonlyMap<number, string> = new Map([
  [PUT, REGISTER],
  [COUNT, TALLY],
  [ADD, SET],
  [REMOVE, SET],
  [NOTE, NOTES],
  [VOID, VISIBILITY],
  [RESTORE, VISIBILITY],
  [ATTEST, ATTESTS],
  [LINK, LINKS],
  ...DEFINITION_KINDS.map((kind) => [kind, REGISTER] as const),
  ...ENTRY_KINDS.map((kind) => [kind, ENTRIES] as const),
]);

/** Whether a kind is one of this version. */
export function isKnown(kind: number): boolean {
  return SLOT_CLASS.has(kind);
}

/** What each kind can supersede; a kind that is not here supersedes nothing. */
export const SUPERSEDES: ReadonlyMap<number, readonly number[]> = new Map<number, readonly number[]>([
  [PUT, [PUT]],
  [REMOVE, [ADD]],
  [VOID, [VOID, RESTORE]],
  [RESTORE, [VOID, RESTORE]],
  [ATTEST, [ATTEST]],
  [LINK, [LINK]],
  ...DEFINITION_KINDS.map((kind) => [kind, [kind]] as const),
]);

/** Whether a kind states which operations it was about. */
export function isCovering(kind: number): boolean {
  return kind === VOID || kind === RESTORE || kind === ATTEST;
}

export const RETURNED = "returned";
export const APPROVED = "approved";
export const CONFIRMED = "confirmed";
export const CONFIRM = "confirm";
export const APPROVE = "approve";
export const SAME_AS = "same-as";
export const MOVED_TO = "moved-to";
