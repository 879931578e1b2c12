"""Kinds of operations, the slots where they meet, and which supersedes which (SPEC O1, O2, O8). Words, no behaviour."""

from typing import Final

PUT: Final = 1
COUNT: Final = 2
ADD: Final = 3
REMOVE: Final = 4
NOTE: Final = 5
VOID: Final = 6
RESTORE: Final = 7
ATTEST: Final = 8
LINK: Final = 9

UNIT: Final = 32
DIRECTIVE: Final = 33
ASSIGNMENT: Final = 34
FORM: Final = 35
PERIOD: Final = 36

CERTIFY: Final = 48
RETIRE: Final = 49
REVOKE: Final = 50
ADOPT: Final = 51
REFUSE: Final = 52
REDACT: Final = 53

REPORT_KINDS: Final = (PUT, COUNT, ADD, REMOVE, NOTE, VOID, RESTORE, ATTEST, LINK)
DEFINITION_KINDS: Final = (UNIT, DIRECTIVE, ASSIGNMENT, FORM, PERIOD)
ENTRY_KINDS: Final = (CERTIFY, RETIRE, REVOKE, ADOPT, REFUSE, REDACT)
KINDS: Final = frozenset(REPORT_KINDS + DEFINITION_KINDS + ENTRY_KINDS)
FIRST_AUTHORITY_KIND: Final = 32

NAMES: Final[dict[int, str]] = {
    PUT: "put", COUNT: "count", ADD: "add", REMOVE: "remove", NOTE: "note", VOID: "void", RESTORE: "restore",
    ATTEST: "attest", LINK: "link", UNIT: "unit", DIRECTIVE: "directive", ASSIGNMENT: "assignment", FORM: "form",
    PERIOD: "period", CERTIFY: "certify", RETIRE: "retire", REVOKE: "revoke", ADOPT: "adopt", REFUSE: "refuse",
    REDACT: "redact",
}  # fmt: skip

REGISTER: Final = "v"
TALLY: Final = "c"
SET: Final = "s"
NOTES: Final = "n"
VISIBILITY: Final = "h"
ATTESTS: Final = "a"
LINKS: Final = "l"
ENTRIES: Final = "x"
UNKNOWN: Final = "?"

SLOT_CLASS: Final[dict[int, str]] = {
    PUT: REGISTER, COUNT: TALLY, ADD: SET, REMOVE: SET, NOTE: NOTES, VOID: VISIBILITY, RESTORE: VISIBILITY,
    ATTEST: ATTESTS, LINK: LINKS, **dict.fromkeys(DEFINITION_KINDS, REGISTER), **dict.fromkeys(ENTRY_KINDS, ENTRIES),
}  # fmt: skip
"""Class of the slot of each known kind; an unknown kind lives in UNKNOWN."""

SUPERSEDES: Final[dict[int, frozenset[int]]] = {
    PUT: frozenset({PUT}),
    REMOVE: frozenset({ADD}),
    VOID: frozenset({VOID, RESTORE}),
    RESTORE: frozenset({VOID, RESTORE}),
    ATTEST: frozenset({ATTEST}),
    LINK: frozenset({LINK}),
    **{kind: frozenset({kind}) for kind in DEFINITION_KINDS},
}
"""What each kind can supersede; a kind that is not here supersedes nothing."""

COVERING: Final = frozenset({VOID, RESTORE, ATTEST})
"""Kinds that state which operations they were about."""

RETURNED: Final = "returned"
APPROVED: Final = "approved"
CONFIRMED: Final = "confirmed"
CONFIRM: Final = "confirm"
APPROVE: Final = "approve"
SAME_AS: Final = "same-as"
MOVED_TO: Final = "moved-to"
