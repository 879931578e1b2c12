"""What a merged record says to a person: values, conflicts, tallies, elements, rows, workflow (SPEC O10–O14).

Pure functions of a `RecordState`. Labels (who, when) are asked from the caller by id16: they never decide liveness.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from haidang_protocol import operations as op
from haidang_protocol.canonical import encode
from haidang_protocol.ids import derived_row_id
from haidang_protocol.merge import Live, RecordState

LATEST = "latest"
UNRESOLVED = "unresolved"
CELL_MARK = "\x1f"
_APART = (op.TALLY, op.NOTES, op.ATTESTS, op.UNKNOWN, op.ENTRIES)
"""Slot classes that neither make an approval stale nor show a hidden record again."""


class Stamp(NamedTuple):
    """When an operation was claimed to be made, bounded by the earliest hub receipt, in seconds; then its set."""

    shown: int
    set16: bytes
    place: int


class Value(msgspec.Struct, frozen=True):
    """The siblings of a register: `live` has one entry a live put, `values` the different values."""

    live: tuple[Live, ...]
    values: tuple[Any, ...]

    @property
    def conflict(self) -> bool:
        """Whether two different values are live."""
        return len(self.values) > 1


class Attest(msgspec.Struct, frozen=True):
    """A live attest; `stale` says that the record is not any more what it was about."""

    live: Live
    role: str
    verdict: str
    reason: str
    stale: bool


def register(state: RecordState, field: str) -> Value:
    """The register of a field, or of a cell named by its slot key without the class letter."""
    return _value(state, op.REGISTER + field)


def registers(state: RecordState) -> dict[str, Value]:
    """All registers, by field; cells by field, row in hex and cell with CELL_MARK between."""
    return {
        slot[1:]: register(state, slot[1:])
        for slot, live in state.slots.items()
        if live and slot[0] == op.REGISTER
    }


def conflicts(state: RecordState) -> dict[str, Value]:
    """The registers with two different values."""
    return {field: value for field, value in registers(state).items() if value.conflict}


def shown(value: Value, policy: str, stamp: Callable[[Live], Stamp]) -> Any:
    """The value that a label shows: None for an unresolved conflict (SPEC O14)."""
    if not value.conflict:
        return value.values[0] if value.values else None
    if policy == UNRESOLVED:
        return None
    return max(value.live, key=stamp).value


def tally(state: RecordState, field: str) -> int:
    """The sum of a tally."""
    found = state.tallies.get(op.TALLY + field)
    return 0 if found is None else found.total


def elements(state: RecordState, field: str) -> list[Any]:
    """The elements of a set field, in the order of their encodings' first live add."""
    return _different(sorted(state.slots.get(op.SET + field, ()), key=lambda live: live.identity))


def notes(state: RecordState) -> list[Live]:
    """The notes, unordered: a caller sorts them by (shown time, id)."""
    return list(state.slots.get(op.NOTES, ()))


def links(state: RecordState, kind: str) -> Value:
    """The register of a link kind."""
    return _value(state, op.LINKS + kind)


def hidden(state: RecordState, row: tuple[str, bytes] | None = None) -> bool:
    """Whether the record, or the row (field, row id), is hidden by its live voids (SPEC O12)."""
    target = "" if row is None else f"{row[0]}{CELL_MARK}{row[1].hex()}{CELL_MARK}"
    live = state.slots.get(op.VISIBILITY + target, ())
    voids = [item for item in live if item.kind == op.VOID]
    if not voids or len(voids) < len(live):
        return False
    covered = {place for void in voids for place in void.covers}
    about = _of_record(state, with_attested=False) if row is None else _of_row(state, *row)
    return all(not covered.isdisjoint(item.places()) for item in about)


def attests(state: RecordState) -> list[Attest]:
    """All live attests with what they are worth now (SPEC O13)."""
    found = []
    for slot, live in state.slots.items():
        if slot[0] == op.ATTESTS:
            for item in live:
                verdict, reason = _statement(item.value)
                found.append(Attest(item, slot[1:], verdict, reason, stale(state, item)))
    return found


def stale(state: RecordState, attest: Live) -> bool:
    """Whether the record's live operations differ from what an attest covers, by addition or removal."""
    covered = set(attest.covers)
    for item in _of_record(state, with_attested=True):
        places = item.places()
        if covered.isdisjoint(places):
            return True
        covered -= places
    return bool(covered)


def covers_now(
    state: RecordState, row: tuple[str, bytes] | None = None, *, attest: bool = False
) -> list[Live]:
    """What an attest, a void or a restore made now has to cover."""
    if row is not None:
        return list(_of_row(state, *row))
    return list(_of_record(state, with_attested=attest))


def _of_record(state: RecordState, *, with_attested: bool) -> Iterable[Live]:
    """Live operations: for an attest voids, restores and links included, for a void voids and restores apart."""
    apart = _APART if with_attested else (*_APART, op.VISIBILITY)
    return (item for slot, live in state.slots.items() if slot[0] not in apart for item in live)


def _of_row(state: RecordState, field: str, row: bytes) -> Iterable[Live]:
    """A row's add and cells."""
    prefix = f"{op.REGISTER}{field}{CELL_MARK}{row.hex()}{CELL_MARK}"
    for slot, live in state.slots.items():
        if slot.startswith(prefix):
            yield from live
        elif slot == op.SET + field:
            yield from (item for item in live if row_of(field, item.value) == row)


def row_of(field: str, element: Any) -> bytes | None:
    """The row id of an element of a row field: the element itself, or derived from its natural key."""
    if isinstance(element, bytes):
        return element
    return derived_row_id(field, element) if isinstance(element, list) else None


def _value(state: RecordState, slot: str) -> Value:
    live = tuple(state.slots.get(slot, ()))
    return Value(live, tuple(_different(live)))


def _different(live: Iterable[Live]) -> list[Any]:
    """The values that differ: equality means equal bytes, so 1 is not true."""
    return list({encode(item.value): item.value for item in live}.values())


def _statement(value: Any) -> tuple[str, str]:
    """Verdict and reason; empty when they were redacted."""
    return ("", "") if value is None else (value[0], value[1])
