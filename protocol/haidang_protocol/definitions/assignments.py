"""Assignments: a directive handed down to a unit, with a due date of its own.

An assignment is published in the authority scope of the unit that it is for. Its record is named by directive and unit, so
that a new due date supersedes the old one and two officers who assign apart from each other meet in one register.
"""

import msgspec

from haidang_protocol import canonical, ids
from haidang_protocol.definitions.values import from_value, to_value


class Assignment(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One directive for one unit.

    Attributes:
        directive: Its code.
        unit: Id of the unit that is to carry it out.
        due: Last date, or null if none was set.
        note: What the officer adds, or "".
    """

    directive: str
    unit: bytes
    due: str | None = None
    note: str = ""

    def to_value(self) -> list[object]:
        """Return the array that travels in the authority entry."""
        return to_value(self)

    @classmethod
    def from_value(cls, value: object) -> "Assignment":
        """Return the assignment whose array is `value`.

        Raises:
            ProtocolError: It is none.
        """
        return from_value(value, cls)


def assignment_id(directive: str, unit: bytes) -> bytes:
    """Return the 16 bytes of the record in which a directive is assigned to a unit."""
    return ids.digest("haidang/assignment/1", canonical.encode([directive, unit]))[: ids.ID16]
