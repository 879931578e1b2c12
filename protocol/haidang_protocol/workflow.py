"""Where a report stands between the one who fills it in and the one who approves it: a reading of its live attests.

The word is a label, computed alike by hub, phone and laptop. It decides nothing: what counts is which operations are live.
"""

from collections.abc import Sequence
from typing import Final, Literal

from haidang_protocol.operations import APPROVE, APPROVED, CONFIRM, CONFIRMED, RETURNED
from haidang_protocol.reading import Attest

Stage = Literal["sent", "confirmed", "approved", "returned", "corrected", "stale", "contested"]

SENT: Final = "sent"
CORRECTED: Final = "corrected"
"""It was returned, and changed since."""
STALE: Final = "stale"
"""It was confirmed or approved, and changed since."""
CONTESTED: Final = "contested"
"""Two people of one role said different things about it, neither knowing of the other."""
STAGES: Final[tuple[Stage, ...]] = (
    "sent", "confirmed", "approved", "returned", "corrected", "stale", "contested",
)  # fmt: skip

_ROLES: Final = (APPROVE, CONFIRM)
"""The nearer to the end comes first: it decides as long as it speaks of the record as it is."""
_OF_VERDICT: Final[dict[str, Stage]] = {
    CONFIRMED: "confirmed",
    APPROVED: "approved",
    RETURNED: "returned",
}


def stage(attests: Sequence[Attest]) -> Stage:
    """The stage of a record with these live attests; roles and verdicts that are not ours say nothing."""
    known = [attest for attest in attests if attest.role in _ROLES and attest.verdict in _OF_VERDICT]
    for role in _ROLES:
        verdicts = {attest.verdict for attest in known if attest.role == role and not attest.stale}
        if len(verdicts) > 1:
            return CONTESTED
        if verdicts:
            return _OF_VERDICT[verdicts.pop()]
    for role in _ROLES:
        verdicts = {attest.verdict for attest in known if attest.role == role}
        if verdicts:
            return CORRECTED if verdicts == {RETURNED} else STALE
    return SENT
