"""Verdicts: a word and, unless accepted, a reason (SPEC V). A cached function of what is held, never an event."""

from typing import Final, NamedTuple

ACCEPTED_WORD: Final = "accepted"
QUARANTINED_WORD: Final = "quarantined"
PARKED_WORD: Final = "parked"
CODES: Final = {ACCEPTED_WORD: 0, QUARANTINED_WORD: 1, PARKED_WORD: 2}
"""Verdict codes in the hub's leaves and on the wire (SPEC H1)."""
WORDS: Final = {code: word for word, code in CODES.items()}

UNAUTHORISED: Final = "unauthorised"
REVOKED: Final = "revoked"
UNCONFIRMED: Final = "unconfirmed"
CHAIN: Final = "chain"
NO_CERTIFICATE: Final = "certificate"
NO_PREDECESSOR: Final = "predecessor"


class Verdict(NamedTuple):
    """What a set counts as, and why."""

    word: str
    reason: str = ""

    @property
    def code(self) -> int:
        """The code of the word."""
        return CODES[self.word]


ACCEPTED: Final = Verdict(ACCEPTED_WORD)


def quarantined(reason: str) -> Verdict:
    """Stored and delivered, visible to a supervisor, not merged."""
    return Verdict(QUARANTINED_WORD, reason)


def parked(reason: str) -> Verdict:
    """Stored and delivered, waiting for a predecessor or a certificate."""
    return Verdict(PARKED_WORD, reason)
