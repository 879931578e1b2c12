"""When and by whom something was said: labels of operations, read from the sets where they stand (SPEC O14)."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from pysqlite3 import dbapi2 as sqlite

from haidang_protocol.definitions.dates import date_text
from haidang_protocol.envelope import OpenedSet, SetBytes, open_set
from haidang_protocol.ids import ID16
from haidang_protocol.logs import Facts
from haidang_protocol.merge import Live
from haidang_protocol.reading import Stamp
from haidang_protocol.verdicts import WORDS, Verdict
from haidang_server.sqlite_store import decode_facts

UTC_OFFSET_S: Final = 7 * 3600
"""Civil time of all Việt Nam, in which reports are dated."""
_DAY_S: Final = 86_400
SET_COLUMNS: Final = (
    "SELECT sequence, facts, min(sets.received, coalesce(earlier.received, sets.received)), verdict, reason,"
    " header, signature, structure, content"
    " FROM hub.sets JOIN hub.parts USING (sequence) LEFT JOIN earlier ON set_id = id"
)


class PlacedSet(NamedTuple):
    """A set with its place in hub order, when the hub first received it (seconds), and its verdict now."""

    sequence: int
    received: int
    verdict: Verdict
    facts: Facts
    parts: SetBytes

    def open(self) -> OpenedSet:
        """Its contents."""
        return open_set(self.parts)


class Statement(NamedTuple):
    """Where and when an operation was stated: by which key, claimed and received when (seconds)."""

    set_id: bytes
    sequence: int
    key: bytes
    claimed: int
    received: int

    @property
    def shown(self) -> int:
        """When it counts as said: a clock that runs ahead of the hub's gains nothing."""
        return min(self.claimed, self.received)


class Labels:
    """The labels of operations, through one connection; each set is read once."""

    def __init__(self, connection: sqlite.Connection) -> None:
        self._connection = connection
        self._sets: dict[bytes, PlacedSet] = {}
        self._opened: dict[bytes, OpenedSet] = {}

    def placed(self, id16: bytes) -> PlacedSet:
        """A held set by the half of its id."""
        found = self._sets.get(id16)
        if found is None:
            row = self._connection.execute(
                f"{SET_COLUMNS} WHERE sets.id BETWEEN ? AND ?", (id16, id16 + b"\xff" * ID16)
            ).fetchone()
            found = self._sets[id16] = placed_set(row)
        return found

    def statement(self, live: Live) -> Statement:
        """Where and when a live operation was stated; first, if it was sealed more than once."""
        return min(
            (self._statement(set16, index) for set16, index in live.places()), key=lambda each: each.sequence
        )

    def stamp(self, live: Live) -> Stamp:
        """What the policy `latest` compares."""
        said = self.statement(live)
        return Stamp(said.shown, live.set16, live.index)

    def _statement(self, set16: bytes, index: int) -> Statement:
        placed = self.placed(set16)
        facts = placed.facts
        claimed = facts.time
        if facts.saves > 1:
            opened = self._opened.get(set16)
            if opened is None:
                opened = self._opened[set16] = placed.open()
            claimed = opened.save_time(opened.body.save_of[index])
        return Statement(facts.id, placed.sequence, facts.key, claimed, placed.received)


def placed_set(row: Sequence[Any]) -> PlacedSet:
    """A row of `SET_COLUMNS`."""
    sequence, facts, received, code, reason, *parts = row
    return PlacedSet(sequence, received, Verdict(WORDS[code], reason), decode_facts(facts), SetBytes(*parts))


def civil_date(seconds: int) -> str:
    """The date in Việt Nam; 1970-01-01 for what a clock shows that never was set."""
    return date_text((max(seconds, 0) + UTC_OFFSET_S) // _DAY_S)
