"""The words of a change set's body: saves, operations, references, addresses, slots (SPEC B5, O2, O4–O6)."""

from collections.abc import Iterable
from functools import cached_property, lru_cache
from itertools import chain, repeat
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


class References(msgspec.Struct, frozen=True, array_like=True):
    """The references of all operations of a set; those of an operation stand between its start and the next one's."""

    starts: list[int]
    sources: list[int | bytes]
    places: list[int]
    """`at` of each (`Reference`)."""

    def of(self, index: int) -> Iterable[tuple[int | bytes, int]]:
        """The references of an operation, as pairs."""
        here = slice(self.starts[index], self.starts[index + 1])
        return zip(self.sources[here], self.places[here], strict=True)


class Body(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """A decoded body, in columns as it stands in the bytes: that is what keeps thousands of sets a second cheap.

    Records and addresses are tables with a column of indices into them; `kind_column`, `values`, `supersedes` and `covers`
    are parallel to the operations, `forms`, `counts` (of operations) and `minutes_before_last` to the saves; `salts` is keyed
    by save. What is about single operations is computed when first asked for, and kept.
    """

    record_table: list[bytes | Preimage]
    record_id_table: list[bytes]
    record_column: list[int]
    address_table: list[Address]
    address_column: list[int]
    kind_column: list[int]
    values: list[Any]
    supersedes: References
    covers: References
    forms: list[bytes]
    counts: list[int]
    minutes_before_last: list[int]
    salts: dict[int, bytes]
    redacted: bytes | None = None
    """The saves' commitments (32 bytes each) if the values were redacted; the operations' values are then None."""

    @property
    def size(self) -> int:
        """How many operations there are."""
        return len(self.kind_column)

    @cached_property
    def kinds(self) -> frozenset[int]:
        """The kinds that there are."""
        return frozenset(self.kind_column)

    @cached_property
    def operations(self) -> list[Operation]:
        """The operations, one by one."""
        return [
            Operation(
                kind=kind,
                record=self.record_table[record],
                address=self.address_table[address],
                value=value,
                supersedes=tuple(map(Reference._make, self.supersedes.of(index))),
                covers=tuple(map(Reference._make, self.covers.of(index))),
            )
            for index, (kind, record, address, value) in enumerate(
                zip(self.kind_column, self.record_column, self.address_column, self.values, strict=True)
            )
        ]

    @cached_property
    def record_ids(self) -> list[bytes]:
        """The record of each operation."""
        return [self.record_id_table[at] for at in self.record_column]

    @cached_property
    def addresses(self) -> list[object]:
        """The address of each operation, as `address_value`."""
        values = [address_value(address) for address in self.address_table]
        return [values[at] for at in self.address_column]

    @cached_property
    def save_of(self) -> list[int]:
        """The save of each operation."""
        return [*chain.from_iterable(map(repeat, range(len(self.counts)), self.counts))]

    @cached_property
    def index_in_save(self) -> list[int]:
        """The place of each operation in its save."""
        return [*chain.from_iterable(map(range, self.counts))]


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
    return record if isinstance(record, bytes) else _derived(record, scope)


@lru_cache(maxsize=65_536)
def _derived(preimage: Preimage, scope: bytes) -> bytes:
    """Remembered, because set after set speaks of the same few records."""
    return derived_record_id(scope, *preimage)
