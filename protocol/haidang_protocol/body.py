"""The words of a change set's body: saves, operations, references, addresses, slots (SPEC B5, O2, O4–O6)."""

from functools import lru_cache
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from haidang_protocol.ids import ID16, derived_record_id, derived_row_id
from haidang_protocol.operations import SLOT_CLASS, UNKNOWN

Id = Annotated[bytes, msgspec.Meta(min_length=ID16, max_length=ID16)]
Name = Annotated[str, msgspec.Meta(min_length=1)]
RowKey = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]

Address = str | tuple[Name, Id | RowKey, str]
"""Where in a record: a field, role or link kind, or a cell (field, row id or natural key, cell)."""

SAME_SET: Final = 0
"""The source of a reference to an operation of the same set."""


class Reference(NamedTuple):
    """One operation named by another (SPEC O6).

    `source` is SAME_SET, the distance back in the same log (positive), or an id16. `at` is, for a supersede, the ordinal from
    the last on the same slot; for a cover, the index of the operation in its set.
    """

    source: int | bytes
    at: int


class Preimage(NamedTuple):
    """What a derived record id is the hash of; subject None is the scope's own unit (SPEC O4)."""

    family: Name
    subject: Id | None = None
    directive: Name | None = None
    period: Id | None = None


class Operation(msgspec.Struct, frozen=True, gc=False):
    """One statement about one slot. `record` is the id or the preimage as it stands in the body."""

    kind: int
    record: bytes | Preimage
    address: Address
    value: Any
    supersedes: tuple[Reference, ...] = ()
    covers: tuple[Reference, ...] = ()


class Save(msgspec.Struct, frozen=True):
    """What one press of "save" states; `time` is the claimed time in seconds, `salt` is there if a field is personal."""

    form: bytes
    time: int
    operations: tuple[Operation, ...]
    salt: bytes | None = None


class Body(msgspec.Struct, frozen=True):
    """A decoded body. `save_of` gives the save of each operation, `index_in_save` its place there.

    `record_ids` and `addresses` (as `address_value`) are parallel to `operations`; `forms`, `counts` (of operations)
    and `minutes_before_last` to the saves; `salts` is keyed by save.
    """

    forms: list[bytes]
    operations: list[Operation]
    kinds: frozenset[int]
    record_ids: list[bytes]
    addresses: list[object]
    counts: list[int]
    save_of: list[int]
    index_in_save: list[int]
    minutes_before_last: list[int]
    salts: dict[int, bytes]
    redacted: bytes | None = None
    """The saves' commitments (32 bytes each) if the values were redacted; the operations' values are then None."""


def address_value(address: Address) -> object:
    """The address as a canonical value, rows by id: what a leaf covers and a slot is named by."""
    if isinstance(address, str):
        return address
    field, row, cell = address
    return [field, row if isinstance(row, bytes) else derived_row_id(field, row), cell]


@lru_cache(maxsize=65_536)
def slot_key(kind: int, address: Address) -> str:
    """The slot of an operation inside its record, as text (SPEC O2). No address holds U+001F, so no two slots share a key."""
    letter = SLOT_CLASS.get(kind, UNKNOWN)
    if isinstance(address, str):
        return letter + address
    field, row, cell = address
    row_id = row if isinstance(row, bytes) else derived_row_id(field, row)
    return f"{letter}{field}\x1f{row_id.hex()}\x1f{cell}"


def record_id(record: bytes | Preimage, scope: bytes) -> bytes:
    """The 16-byte id of a record entry."""
    return record if isinstance(record, bytes) else derived_record_id(scope, *record)
