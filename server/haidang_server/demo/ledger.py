"""The book of everything that was ever saved in the story, kept apart from the replicas that are checked by it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Any, Final, NamedTuple

from haidang_server.stage.person import Filling

RESTRICTED_FIELDS: Final = frozenset({"revenue"})
"""Fields of the story's forms that are filed in the restricted scope, which not everybody holds."""


class Statement(NamedTuple):
    """One thing that somebody stated: of which kind, about which field or cell, what."""

    kind: str
    field: str
    value: str
    person: str


class Entry(NamedTuple):
    """A statement, the record that it is about, and the unit of that."""

    record: str
    unit: str
    statement: Statement

    @property
    def restricted(self) -> bool:
        """Whether only those see it who may read restricted reports."""
        return self.statement.field in RESTRICTED_FIELDS


class Ledger:
    """What was saved, by anyone."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: list[Entry] = []

    def enter(self, record: str, unit: str, person: str, filling: Filling) -> None:
        """Note what a person saved; callers may be threads."""
        made = [Entry(record, unit, statement) for statement in _statements(person, filling)]
        with self._lock:
            self._entries += made

    @property
    def saved(self) -> int:
        """How many things were stated."""
        return len(self._entries)

    def records(self) -> dict[str, str]:
        """The records, each with its unit."""
        return {each.record: each.unit for each in self._entries}

    def about(self, record: str, *, restricted: bool) -> list[Statement]:
        """What was saved about a record, with what is restricted or without."""
        return [
            each.statement
            for each in self._entries
            if each.record == record and (restricted or not each.restricted)
        ]


def missing(saved: Iterable[Statement], history: Iterable[Statement]) -> list[Statement]:
    """What was saved and does not stand in a history as often as it was saved."""
    lacking = Counter(saved)
    lacking.subtract(Counter(history))
    return [statement for statement, times in lacking.items() for _ in range(times)]


def plain(value: Any) -> str:
    """A value as a text on which several programs agree; of a note its text."""
    if isinstance(value, list | tuple):
        return plain(value[0]) if value else ""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    return str(int(value)) if isinstance(value, int) else str(value)


def _statements(person: str, filling: Filling) -> Iterator[Statement]:
    for field, value in filling.puts.items():
        yield Statement("put", field, plain(value), person)
    for field, step in filling.counts.items():
        yield Statement("count", field, plain(step), person)
    for field, elements in filling.adds.items():
        for element in elements:
            yield Statement("add", field, element, person)
    for _, cells in filling.rows:
        for cell, value in cells.items():
            yield Statement("put", cell, plain(value), person)
    if filling.note is not None:
        yield Statement("note", "", filling.note, person)
