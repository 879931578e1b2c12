"""What the accepted sets of one scope say together (SPEC O9, O10, O12, O13, O15)."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from haidang_protocol.canonical import encode
from haidang_protocol.envelope import OpenedSet
from haidang_protocol.ids import derived_row_id, digest
from haidang_protocol.operations import (
    ADD,
    ATTEST,
    COUNT,
    DEFINITION_KINDS,
    KINDS,
    LINK,
    NOTE,
    PUT,
    REMOVE,
    RESTORE,
    VOID,
)
from tests.protocol.model_held import Held, Slot

CONFLICTING = (PUT, LINK, ATTEST, *DEFINITION_KINDS)
REDACTED = object()


class ScopeState(NamedTuple):
    """What a scope says. `hidden` names the visibility slots of records and rows, `stale` live attests."""

    state_hash: bytes
    accepted_digest: bytes
    authority_digest: bytes
    live: dict[Slot, frozenset[bytes]]
    conflicts: frozenset[Slot]
    tallies: dict[Slot, int]
    elements: dict[Slot, frozenset[bytes]]
    hidden: frozenset[Slot]
    stale: frozenset[bytes]


class Spoken(NamedTuple):
    """What an operation of some accepted set says, whichever set sealed it."""

    slot: Slot
    kind: int
    address: Any
    value: Any

    @property
    def row(self) -> tuple[str, bytes] | None:
        """The row that the operation is about: as its element, or through a cell of it."""
        if isinstance(self.address, tuple):
            field, row, _ = self.address
            return field, row if isinstance(row, bytes) else derived_row_id(field, row)
        if self.kind == ADD and isinstance(self.value, bytes | list):
            named = self.value if isinstance(self.value, bytes) else derived_row_id(self.address, self.value)
            return self.address, named
        return None


def total(ids: Iterable[bytes], size: int = 32) -> bytes:
    """The sum of ids in as many bytes as they have (O15)."""
    return (sum(map(int.from_bytes, ids)) % (1 << 8 * size)).to_bytes(size)


def state_of(
    scope: bytes, held: Held, accepted: Collection[OpenedSet], authority_digest: bytes
) -> ScopeState:
    """The state of a scope in which exactly these sets are accepted."""
    among = {s.id for s in accepted}
    said = [(s, at, operation) for s in accepted for at, operation in enumerate(s.body.operations)]
    said.sort(key=lambda each: each[0].body.redacted is None)
    superseded = {
        held.superseded(s, at, ref, among) for s, at, operation in said for ref in operation.supersedes
    }
    spoken = {
        s.identity(at): Spoken(held.slots[s.id][at], o.kind, o.address, o.value if whole(s) else REDACTED)
        for s, at, o in said
    }
    covers: dict[bytes, set[bytes]] = {identity: set() for identity in spoken}
    for s, at, o in said:
        covers[s.identity(at)] |= {held.covered(s, ref, among) for ref in o.covers}
    live = {
        identity: operation
        for identity, operation in spoken.items()
        if operation.kind in KINDS - {REMOVE} and identity not in superseded
    }
    by_slot = {
        slot: {i: o for i, o in live.items() if o.slot == slot} for slot in {o.slot for o in live.values()}
    }
    return ScopeState(
        state_hash=digest("haidang/state/1", scope + total(live, 16)),
        accepted_digest=total(s.id for s in accepted),
        authority_digest=authority_digest,
        live={slot: frozenset(operations) for slot, operations in by_slot.items()},
        conflicts=frozenset(slot for slot, operations in by_slot.items() if len(values(operations)) > 1),
        tallies={
            slot: sum(o.value for o in operations.values() if o.value is not REDACTED)
            for slot, operations in by_slot.items()
            if kinds(operations) == {COUNT}
        },
        elements={
            slot: values(operations, ADD) for slot, operations in by_slot.items() if ADD in kinds(operations)
        },
        hidden=frozenset(slot for slot in by_slot if hidden(slot, live, covers)),
        stale=frozenset(
            identity
            for identity, attest in live.items()
            if attest.kind == ATTEST
            and covers[identity] != coverable(live, attest.slot[0], {COUNT, NOTE, ATTEST})
        ),
    )


def whole(s: OpenedSet) -> bool:
    """Its values are there."""
    return s.body.redacted is None


def kinds(operations: dict[bytes, Spoken]) -> set[int]:
    """The kinds among operations."""
    return {operation.kind for operation in operations.values()}


def values(operations: dict[bytes, Spoken], *only: int) -> frozenset[bytes]:
    """The different values, encoded; of attests the verdicts. Without `only`, of kinds that can conflict (O10, O13)."""
    wanted = only or CONFLICTING
    known = [o for o in operations.values() if o.kind in wanted and o.value is not REDACTED]
    return frozenset(encode(o.value[0] if o.kind == ATTEST else o.value) for o in known)


def coverable(
    live: dict[bytes, Spoken], record: bytes, apart: set[int], row: tuple[str, bytes] | None = None
) -> set[bytes]:
    """The live operations of a record, or of a row of it, some kinds apart."""
    return {
        identity
        for identity, o in live.items()
        if o.slot[0] == record and o.kind not in apart and row in (None, o.row)
    }


def hidden(slot: Slot, live: dict[bytes, Spoken], covers: dict[bytes, set[bytes]]) -> bool:
    """Whether what a visibility slot is about is hidden (O12)."""
    here = {identity: o for identity, o in live.items() if o.slot == slot}
    if kinds(here) != {VOID}:
        return False
    row = next(o.row for o in here.values())
    covered = set().union(*(covers[identity] for identity in here))
    return coverable(live, slot[0], {COUNT, NOTE, ATTEST, VOID, RESTORE}, row) <= covered
