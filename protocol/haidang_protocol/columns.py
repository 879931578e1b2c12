"""Bodies as bytes: saves and operations to `structure` and `values`, and back (SPEC B5, B6).

Columns of one kind stand together and tables name each record, field and source once, because that is what DEFLATE
packs well: a signed edit costs about 10 bytes. `encode_body` and `decode_body` are exact inverses.
"""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import accumulate, chain, islice, pairwise
from operator import eq
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from haidang_protocol import canonical
from haidang_protocol.body import (
    Address,
    Body,
    Id,
    Name,
    Operation,
    Preimage,
    References,
    Save,
    record_id,
)
from haidang_protocol.errors import LimitError, MalformedError, NotCanonicalError, ProtocolError
from haidang_protocol.ids import ID16, scope_unit
from haidang_protocol.limits import IDENTIFIER_BYTES_MAX, INTEGER_MAX, SET_OPERATIONS_MAX, SET_REFERENCES_MAX
from haidang_protocol.operation_values import CHECKED, check_value
from haidang_protocol.operations import KINDS

REDACTED: Final = "redacted"
COMMITMENT_BYTES: Final = 32

_Integer = Annotated[int, msgspec.Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]


_Context = tuple[Name, Id | None, Id | None]


class _Derived(NamedTuple):
    """A derived record: the index of its context, and its directive."""

    context: _Count
    directive: Name | None


class _Structure(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    forms: list[bytes]
    records: tuple[list[_Context], list[Id | _Derived]]
    fields: list[Address]
    saves: tuple[list[_Count], list[_Count], list[_Integer]]
    ops: tuple[list[_Integer], list[_Count], list[_Count]]
    refs: tuple[
        list[_Count | Id], list[_Count], list[_Count], list[_Count], list[_Count], list[_Count], list[_Count]
    ]


_structure_decode = msgspec.msgpack.Decoder(_Structure).decode
_preimage_of = partial(tuple.__new__, Preimage)
_control_in = re.compile("[\x00-\x1f]").search


# ---------------------------------------------------------------------------------------------------------- encode


def encode_body(saves: Sequence[Save]) -> tuple[bytes, bytes]:
    """`structure` and `values` of the saves of one set, oldest first. The header's time is the last save's.

    Raises:
        MalformedError, NotCanonicalError, LimitError: a value or name is none of the format.
    """
    if not saves:
        raise MalformedError("a change set holds at least one save")
    operations = [operation for save in saves for operation in save.operations]
    records = _table(operation.record for operation in operations)
    fields = _table(operation.address for operation in operations)
    forms = _table(save.form for save in saves)
    field_column = [fields[operation.address] for operation in operations]
    minutes = _minutes([save.time for save in saves])
    structure = [
        list(forms),
        _encode_records([*records]),
        list(fields),
        [
            _runs([forms[save.form] for save in saves]),
            _runs([len(save.operations) for save in saves]),
            [later - earlier for earlier, later in pairwise(minutes)],
        ],
        [
            _runs([operation.kind for operation in operations]),
            [records[operation.record] for operation in operations],
            field_column,
        ],
        _encode_references(operations),
    ]
    salts = [part for at, save in enumerate(saves) if save.salt is not None for part in (at, save.salt)]
    values = [salts, *(operations[at].value for at in _value_order(field_column))]
    canonical.check(structure)
    canonical.check(values)
    return canonical.encode(structure), canonical.encode(values)


def _encode_records(records: Sequence[bytes | Preimage]) -> list[object]:
    """What preimages share is stated once: a record is then little more than its directive."""
    contexts = _table(_context(record) for record in records if isinstance(record, Preimage))
    entries = [
        record if isinstance(record, bytes) else [contexts[_context(record)], record.directive]
        for record in records
    ]
    return [list(contexts), entries]


def _context(preimage: Preimage) -> _Context:
    return (preimage.family, preimage.subject, preimage.period)


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


def decode_body(structure: bytes, values: bytes, scope: bytes) -> Body:
    """Read a body of a set in `scope`. A fault of the encoding is named before a fault of the shape.

    Raises:
        MalformedError, NotCanonicalError, LimitError: with a sentence saying what is wrong.
    """
    try:
        parts = _structure_decode(structure)
        if canonical.encode(parts) != structure:
            raise MalformedError("structure: an array is too short")
        return _body(parts, canonical.decode(values), scope)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        canonical.decode(structure)
        raise MalformedError(f"structure: {error}") from None
    except ProtocolError:
        canonical.decode(structure)
        raise


def _records(contexts: list[_Context], entries: list[Id | _Derived]) -> list[bytes | Preimage]:
    _check_table([entry[0] for entry in entries if type(entry) is _Derived], contexts, "context")
    records: list[bytes | Preimage] = []
    for entry in entries:
        if type(entry) is bytes:
            records.append(entry)
        else:
            family, subject, period = contexts[entry[0]]
            records.append(_preimage_of((family, subject, entry[1], period)))
    return records


def _body(parts: _Structure, values: Any, scope: bytes) -> Body:
    form_runs, count_runs, minutes = parts.saves
    kind_runs, record_column, field_column = parts.ops
    counts = _expand(count_runs, SET_OPERATIONS_MAX)
    kinds = _expand(kind_runs, SET_OPERATIONS_MAX)
    saves, size = len(counts), len(kinds)
    if not size or sum(counts) != size or min(counts) < 1:
        raise MalformedError("saves and operations do not fit together")
    if len(record_column) != size or len(field_column) != size:
        raise MalformedError("columns of different length")
    records = _records(*parts.records)
    _check_table(record_column, records, "record")
    _check_table(field_column, parts.fields, "field")
    _check_names(parts, scope)
    supersedes, covers = _references(parts.refs, size)
    salts, column, redacted = _values(values, field_column, saves)
    distinct = frozenset(kind_runs[::2])
    if redacted is None and not (distinct.isdisjoint(CHECKED) and distinct <= KINDS):
        for kind, value in zip(kinds, column, strict=True):
            check_value(kind, value)
    return Body(
        record_table=records,
        record_id_table=[record_id(record, scope) for record in records],
        record_column=record_column,
        address_table=parts.fields,
        address_column=field_column,
        kind_column=kinds,
        values=column,
        supersedes=supersedes,
        covers=covers,
        forms=_forms(form_runs, parts.forms, saves),
        counts=counts,
        minutes_before_last=_minutes_before_last(minutes, saves),
        salts=salts,
        redacted=redacted,
    )


def _expand(runs: list[int], limit: int) -> list[int]:
    if len(runs) == 2 and 1 <= runs[1] <= limit:
        return runs[:1] * runs[1]
    items, counts = runs[::2], runs[1::2]
    if len(items) != len(counts):
        raise MalformedError("a run without its length")
    if min(counts, default=1) < 1 or any(map(eq, items, islice(items, 1, None))):
        raise NotCanonicalError("runs are not in their one form")
    if sum(counts) > limit:
        raise LimitError(f"more than {limit} in one set")
    column: list[int] = []
    for item, count in zip(items, counts, strict=True):
        column += [item] * count
    return column


def _check_table(column: list[int], table: Sequence[Any], name: str) -> None:
    """In order of first use, none unused, none twice."""
    if [*dict.fromkeys(column)] != [*range(len(table))] or len(set(table)) != len(table):
        raise NotCanonicalError(f"the {name} table is not in order of first use")


def _forms(runs: list[int], forms: list[bytes], saves: int) -> list[bytes]:
    column = _expand(runs, SET_OPERATIONS_MAX)
    if len(column) != saves:
        raise MalformedError("forms and saves do not fit together")
    _check_table(column, forms, "form")
    for form in forms:
        if len(form) not in (0, ID16):
            raise MalformedError("a form id has 16 bytes or none")
    return [forms[at] for at in column]


def _minutes_before_last(deltas: list[int], saves: int) -> list[int]:
    if len(deltas) != saves - 1:
        raise MalformedError("minutes and saves do not fit together")
    before = [0]
    for delta in reversed(deltas):
        before.append(before[-1] + delta)
    before.reverse()
    return before


def _check_names(parts: _Structure, scope: bytes) -> None:
    """Names are NFC, short and free of control characters; the scope's own unit is not spelt out."""
    contexts, _ = parts.records
    if any(subject == scope_unit(scope) for _, subject, _ in contexts):
        raise NotCanonicalError("a subject that is the scope's own unit is left out")
    names = _names(parts)
    joined = "".join(names)
    if joined.isascii() and joined.isprintable() and len(max(names, key=len)) <= IDENTIFIER_BYTES_MAX:
        return
    canonical.check_texts(names)
    if any(map(_too_long, names)):
        raise LimitError(f"a name is longer than {IDENTIFIER_BYTES_MAX} bytes")
    if _control_in(joined):
        raise MalformedError("a name holds a control character")


def _names(parts: _Structure) -> list[str]:
    names = [address for address in parts.fields if isinstance(address, str)]
    contexts, entries = parts.records
    names += [family for family, _, _ in contexts]
    names += [entry.directive for entry in entries if isinstance(entry, _Derived) and entry.directive]
    for address in parts.fields:
        if not isinstance(address, str):
            field, row, cell = address
            names += (field, cell)
            if isinstance(row, tuple):
                names += row
                if _too_long("".join(row)):
                    raise LimitError(f"a row key is longer than {IDENTIFIER_BYTES_MAX} bytes")
    return names


def _too_long(name: str) -> bool:
    return len(name.encode()) > IDENTIFIER_BYTES_MAX


def _references(
    refs: tuple[list[int | bytes], list[int], list[int], list[int], list[int], list[int], list[int]],
    size: int,
) -> tuple[References, References]:
    sources, supersede_runs, supersede_column, ordinal_runs, cover_runs, cover_column, indices = refs
    _check_table([*supersede_column, *cover_column], sources, "source")
    ordinals = _expand(ordinal_runs, SET_REFERENCES_MAX)
    if len(ordinals) + len(indices) > SET_REFERENCES_MAX:
        raise LimitError(f"more than {SET_REFERENCES_MAX} references")
    return (
        _spread(supersede_runs, size, sources, supersede_column, ordinals),
        _spread(cover_runs, size, sources, cover_column, indices),
    )


def _spread(
    runs: list[int], size: int, sources: list[int | bytes], column: list[int], at: list[int]
) -> References:
    """The references of `size` operations."""
    counts = _expand(runs, SET_OPERATIONS_MAX)
    if len(counts) != size or not sum(counts) == len(column) == len(at):
        raise MalformedError("references and operations do not fit together")
    return References([*accumulate(counts, initial=0)], [sources[place] for place in column], at)


def _values(
    values: Any, field_column: list[int], saves: int
) -> tuple[dict[int, bytes], list[Any], bytes | None]:
    """Salts, values by operation, and the commitments in their place if they were redacted."""
    size = len(field_column)
    if type(values) is not list or not values:
        raise MalformedError("values are an array")
    if values[0] == REDACTED:
        if len(values) != 2 or type(values[1]) is not bytes or len(values[1]) != COMMITMENT_BYTES * saves:
            raise MalformedError("redacted values are one commitment of 32 bytes a save")
        return {}, [None] * size, values[1]
    if len(values) != size + 1:
        raise MalformedError("values and operations do not fit together")
    column: list[Any] = [None] * size
    for at, value in zip(_value_order(field_column), islice(values, 1, None), strict=True):
        column[at] = value
    return _salts(values[0], saves), column, None


def _salts(flat: Any, saves: int) -> dict[int, bytes]:
    if type(flat) is not list or len(flat) % 2:
        raise MalformedError("salts are pairs of save and salt")
    if not flat:
        return {}
    places, salts = flat[::2], flat[1::2]
    if any(type(place) is not int or not 0 <= place < saves for place in places):
        raise MalformedError("a salt names no save")
    if places != sorted(set(places)):
        raise NotCanonicalError("salts stand in the order of their saves")
    if any(type(salt) is not bytes or len(salt) != ID16 for salt in salts):
        raise MalformedError("a salt has 16 bytes")
    return dict(zip(places, salts, strict=True))
