"""The columnar body of a change set: saves and operations to `structure` and `values`, and back (SPEC B5, B6, O4–O7).

Columns of one kind stand together and tables name each record, field and source once, because that is what DEFLATE
packs well: a signed edit costs about 10 bytes. `encode_body` and `decode_body` are exact inverses.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise, repeat
from typing import Any, NamedTuple

import msgspec

from haidang_protocol import canonical
from haidang_protocol.errors import LimitError, MalformedError, NotCanonicalError
from haidang_protocol.ids import ID16, derived_record_id, derived_row_id, scope_unit
from haidang_protocol.limits import (
    COUNT_MAX,
    IDENTIFIER_BYTES_MAX,
    SET_OPERATIONS_MAX,
    SET_REFERENCES_MAX,
)
from haidang_protocol.operations import ADD, COUNT, KINDS, REMOVE, SLOT_CLASS, UNKNOWN

Address = str | tuple[str, bytes | tuple[str, ...], str]
"""Where in a record: a field, role or link kind, or a cell (field, row id or natural key, cell)."""

SAME_SET = 0
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

    family: str
    subject: bytes | None = None
    directive: str | None = None
    period: bytes | None = None


class Operation(msgspec.Struct, frozen=True):
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


class _Structure(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    forms: list[bytes]
    records: list[Any]
    fields: list[Any]
    saves: tuple[list[int], list[int], list[int]]
    ops: tuple[list[int], list[int], list[int]]
    refs: tuple[list[Any], list[int], list[int], list[int], list[int], list[int], list[int]]


_structure_decode = msgspec.msgpack.Decoder(_Structure).decode


def address_value(address: Address) -> object:
    """The address as a canonical value, rows by id: what a leaf covers and a slot is named by."""
    if isinstance(address, str):
        return address
    field, row, cell = address
    return [field, row if isinstance(row, bytes) else derived_row_id(field, row), cell]


def slot_key(kind: int, address: Address) -> str:
    """The slot of an operation inside its record, as text (SPEC O2)."""
    letter = SLOT_CLASS.get(kind, UNKNOWN)
    if isinstance(address, str):
        return letter + address
    field, row, cell = address
    row_id = row if isinstance(row, bytes) else derived_row_id(field, row)
    return f"{letter}{field}\x1f{row_id.hex()}\x1f{cell}"


def record_id(record: bytes | Preimage, scope: bytes) -> bytes:
    """The 16-byte id of a record entry."""
    return record if isinstance(record, bytes) else derived_record_id(scope, *record)


# ---------------------------------------------------------------------------------------------------------- encode


def encode_body(saves: Sequence[Save]) -> tuple[bytes, bytes]:
    """`structure` and `values` of the saves of one set, oldest first. The header's time is the last save's."""
    operations = [operation for save in saves for operation in save.operations]
    records = _table(operation.record for operation in operations)
    fields = _table(operation.address for operation in operations)
    forms = _table(save.form for save in saves)
    record_column = [records[operation.record] for operation in operations]
    field_column = [fields[operation.address] for operation in operations]
    minutes = _minutes([save.time for save in saves])
    structure = canonical.encode(
        [
            list(forms),
            [record if isinstance(record, bytes) else list(record) for record in records],
            [address if isinstance(address, str) else list(address) for address in fields],
            [
                _runs([forms[save.form] for save in saves]),
                _runs([len(save.operations) for save in saves]),
                [later - earlier for earlier, later in pairwise(minutes)],
            ],
            [_runs([operation.kind for operation in operations]), record_column, field_column],
            _encode_references(operations),
        ]
    )
    salts: list[object] = [part for at, save in enumerate(saves) if save.salt for part in (at, save.salt)]
    ordered = [operations[at].value for at in _value_order(field_column)]
    return structure, canonical.encode([salts, *ordered])


def _minutes(times: Sequence[int]) -> list[int]:
    """Whole minutes of each save relative to the last one, so that the last is exact."""
    last = times[-1]
    return [-((last - time) // 60) for time in times]


def _encode_references(operations: Sequence[Operation]) -> list[object]:
    supersedes = [reference for operation in operations for reference in operation.supersedes]
    covers = [reference for operation in operations for reference in operation.covers]
    sources = _table(reference.source for reference in chain(supersedes, covers))
    return [
        list(sources),
        _runs([len(operation.supersedes) for operation in operations]),
        [sources[reference.source] for reference in supersedes],
        _runs([reference.at for reference in supersedes]),
        _runs([len(operation.covers) for operation in operations]),
        [sources[reference.source] for reference in covers],
        [reference.at for reference in covers],
    ]


def _table(items: Iterable[Any]) -> dict[Any, int]:
    table: dict[Any, int] = {}
    for item in items:
        table.setdefault(item, len(table))
    return table


def _runs(column: Sequence[int]) -> list[int]:
    runs: list[int] = []
    for item in column:
        if runs and runs[-2] == item:
            runs[-1] += 1
        else:
            runs += (item, 1)
    return runs


def _value_order(field_column: Sequence[int]) -> list[int]:
    """Operation indices by field, then by index: values of one field compress best side by side."""
    return sorted(range(len(field_column)), key=field_column.__getitem__)


# ---------------------------------------------------------------------------------------------------------- decode


class Body(msgspec.Struct, frozen=True):
    """A decoded body. `save_of` gives the save of each operation, `index_in_save` its place there.

    `record_ids` are parallel to `operations`; `minutes_before_last` to the saves; `salts` is keyed by save.
    """

    forms: list[bytes]
    operations: list[Operation]
    record_ids: list[bytes]
    save_of: list[int]
    index_in_save: list[int]
    minutes_before_last: list[int]
    salts: dict[int, bytes]
    redacted: bytes | None = None
    """The leaves (32 bytes each) if the values were redacted; the operations' values are then None."""


REDACTED = "redacted"


def decode_body(structure: bytes, values: bytes, scope: bytes) -> Body:
    """Read a body of a set in `scope`.

    Raises:
        MalformedError, NotCanonicalError, LimitError: with a sentence saying what is wrong.
    """
    parts = _decode_structure(structure)
    counts = _expand(parts.saves[1], SET_OPERATIONS_MAX)
    kinds = _expand(parts.ops[0], SET_OPERATIONS_MAX)
    size = len(kinds)
    if not size or sum(counts) != size or min(counts) < 1:
        raise MalformedError("saves and operations do not fit together")
    record_column, field_column = parts.ops[1], parts.ops[2]
    if len(record_column) != size or len(field_column) != size:
        raise MalformedError("columns of different length")
    records = [_record(entry, scope) for entry in parts.records]
    addresses = [_address(entry) for entry in parts.fields]
    _check_table(record_column, records, "record")
    _check_table(field_column, addresses, "field")
    supersedes, covers = _decode_references(parts.refs, size)
    forms = _forms(parts, len(counts))
    salts, column, redacted = _decode_values(values, field_column, len(counts))
    ids = [record_id(record, scope) for record in records]
    operations = list(
        map(
            Operation,
            kinds,
            map(records.__getitem__, record_column),
            map(addresses.__getitem__, field_column),
            column,
            supersedes,
            covers,
        )
    )
    if redacted is None:
        _check_values(operations)
    return Body(
        forms=forms,
        operations=operations,
        record_ids=[ids[at] for at in record_column],
        save_of=list(chain.from_iterable(repeat(at, count) for at, count in enumerate(counts))),
        index_in_save=list(chain.from_iterable(range(count) for count in counts)),
        minutes_before_last=_minutes_before_last(parts.saves[2], len(counts)),
        salts=salts,
        redacted=redacted,
    )


def _decode_structure(structure: bytes) -> _Structure:
    try:
        parts = _structure_decode(structure)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"structure: {error}") from None
    for untyped in (parts.records, parts.fields, parts.refs[0]):
        canonical.check(untyped, 2)
    if canonical.encode(parts) != structure:
        raise NotCanonicalError("structure is not in its one encoding")
    return parts


def _expand(runs: list[int], limit: int) -> list[int]:
    if len(runs) % 2:
        raise MalformedError("a run without its length")
    column: list[int] = []
    last: int | None = None
    for item, count in zip(runs[::2], runs[1::2], strict=True):
        if count < 1 or item == last:
            raise NotCanonicalError("runs are not in their one form")
        if len(column) + count > limit:
            raise LimitError(f"more than {limit} in one set")
        column.extend(repeat(item, count))
        last = item
    return column


def _check_table(column: list[int], table: list[Any], name: str) -> None:
    """In order of first use, none unused, none twice."""
    if list(dict.fromkeys(column)) != list(range(len(table))) or len(set(table)) != len(table):
        raise NotCanonicalError(f"the {name} table is not in order of first use")


def _forms(parts: _Structure, saves: int) -> list[bytes]:
    column = _expand(parts.saves[0], SET_OPERATIONS_MAX)
    if len(column) != saves:
        raise MalformedError("forms and saves do not fit together")
    _check_table(column, parts.forms, "form")
    if any(len(form) not in (0, ID16) for form in parts.forms):
        raise MalformedError("a form id has 16 bytes or none")
    return [parts.forms[at] for at in column]


def _minutes_before_last(deltas: list[int], saves: int) -> list[int]:
    if len(deltas) != saves - 1:
        raise MalformedError("minutes and saves do not fit together")
    before = [0]
    for delta in reversed(deltas):
        before.append(before[-1] + delta)
    before.reverse()
    return before


def _record(entry: Any, scope: bytes) -> bytes | Preimage:
    if isinstance(entry, bytes):
        if len(entry) != ID16:
            raise MalformedError("a record id has 16 bytes")
        return entry
    if not isinstance(entry, list) or len(entry) != 4:
        raise MalformedError("a record is an id or a preimage of four parts")
    family, subject, directive, period = entry
    if not _identifier(family) or not (directive is None or _identifier(directive)):
        raise MalformedError("family and directive are short texts")
    for part in (subject, period):
        if part is not None and not (isinstance(part, bytes) and len(part) == ID16):
            raise MalformedError("subject and period have 16 bytes")
    if subject == scope_unit(scope):
        raise NotCanonicalError("a subject that is the scope's own unit is left out")
    return Preimage(family, subject, directive, period)


def _identifier(value: Any, *, empty: bool = False) -> bool:
    return isinstance(value, str) and (empty or bool(value)) and len(value.encode()) <= IDENTIFIER_BYTES_MAX


def _address(entry: Any) -> Address:
    if isinstance(entry, str):
        if not _identifier(entry, empty=True):
            raise LimitError(f"a field name is longer than {IDENTIFIER_BYTES_MAX} bytes")
        return entry
    if not isinstance(entry, list) or len(entry) != 3:
        raise MalformedError("a field address is a name or [field, row, cell]")
    field, row, cell = entry
    if not _identifier(field) or not _identifier(cell, empty=True):
        raise MalformedError("field and cell are short texts")
    return (field, _row(row), cell)


def _row(row: Any) -> bytes | tuple[str, ...]:
    if isinstance(row, bytes):
        if len(row) != ID16:
            raise MalformedError("a row id has 16 bytes")
        return row
    if isinstance(row, list) and row and all(isinstance(part, str) for part in row):
        if sum(len(part.encode()) for part in row) > IDENTIFIER_BYTES_MAX:
            raise LimitError(f"a row key is longer than {IDENTIFIER_BYTES_MAX} bytes")
        return tuple(row)
    raise MalformedError("a row is an id or an array of texts")


def _decode_references(
    refs: tuple[list[Any], list[int], list[int], list[int], list[int], list[int], list[int]], size: int
) -> tuple[list[tuple[Reference, ...]], list[tuple[Reference, ...]]]:
    sources, supersede_counts, supersede_sources, ordinals, cover_counts, cover_sources, indices = refs
    _check_table([*supersede_sources, *cover_sources], sources, "source")
    for source in sources:
        if not (isinstance(source, bytes) and len(source) == ID16) and not (
            type(source) is int and source >= 0
        ):
            raise MalformedError("a source is a distance or 16 bytes of an id")
    at = _expand(ordinals, SET_REFERENCES_MAX)
    if len(at) + len(indices) > SET_REFERENCES_MAX:
        raise LimitError(f"more than {SET_REFERENCES_MAX} references")
    if len(at) != len(supersede_sources) or len(indices) != len(cover_sources):
        raise MalformedError("references and sources do not fit together")
    if min(at, default=0) < 0 or min(indices, default=0) < 0:
        raise MalformedError("a reference points before the start")
    return (
        _spread(_expand(supersede_counts, SET_OPERATIONS_MAX), size, sources, supersede_sources, at),
        _spread(_expand(cover_counts, SET_OPERATIONS_MAX), size, sources, cover_sources, indices),
    )


def _spread(
    counts: list[int], size: int, sources: list[Any], column: list[int], at: list[int]
) -> list[tuple[Reference, ...]]:
    if len(counts) != size or sum(counts) != len(at) or min(counts) < 0:
        raise MalformedError("references and operations do not fit together")
    flat = list(map(Reference, map(sources.__getitem__, column), at))
    if counts.count(1) == size:
        return [(reference,) for reference in flat]
    spread, start = [], 0
    for count in counts:
        spread.append(tuple(flat[start : start + count]))
        start += count
    return spread


def _decode_values(
    values: bytes, field_column: list[int], saves: int
) -> tuple[dict[int, bytes], list[Any], bytes | None]:
    decoded = canonical.decode(values)
    size = len(field_column)
    if not isinstance(decoded, list) or not decoded:
        raise MalformedError("values are an array")
    if decoded[0] == REDACTED:
        if len(decoded) != 2 or not isinstance(decoded[1], bytes) or len(decoded[1]) != 32 * size:
            raise MalformedError("redacted values are one leaf of 32 bytes an operation")
        return {}, [None] * size, decoded[1]
    if len(decoded) != size + 1:
        raise MalformedError("values and operations do not fit together")
    column: list[Any] = [None] * size
    for value, at in zip(decoded[1:], _value_order(field_column), strict=True):
        column[at] = value
    return _salts(decoded[0], saves), column, None


def _salts(flat: Any, saves: int) -> dict[int, bytes]:
    if not isinstance(flat, list) or len(flat) % 2:
        raise MalformedError("salts are pairs of save and salt")
    places, salts = flat[::2], flat[1::2]
    if any(type(place) is not int or not 0 <= place < saves for place in places) or places != sorted(
        set(places)
    ):
        raise MalformedError("salts name saves in ascending order")
    if any(not isinstance(salt, bytes) or len(salt) != ID16 for salt in salts):
        raise MalformedError("a salt has 16 bytes")
    return dict(zip(places, salts, strict=True))


def _check_values(operations: list[Operation]) -> None:
    for operation in operations:
        kind, value = operation.kind, operation.value
        if kind == COUNT and not (type(value) is int and 1 <= abs(value) <= COUNT_MAX):
            raise MalformedError(f"a count is a step of 1 to {COUNT_MAX}, either way")
        if kind in (ADD, REMOVE) and not _element(value):
            raise MalformedError(
                f"an element is text, bin or an array of texts, at most {IDENTIFIER_BYTES_MAX} bytes"
            )
        if kind not in KINDS and not isinstance(value, bytes):
            raise MalformedError("the value of an unknown kind is bin")


def _element(value: Any) -> bool:
    if isinstance(value, bytes):
        return len(value) <= IDENTIFIER_BYTES_MAX
    parts = value if isinstance(value, list) and value else [value]
    return (
        all(isinstance(part, str) for part in parts)
        and sum(len(p.encode()) for p in parts) <= IDENTIFIER_BYTES_MAX
    )
