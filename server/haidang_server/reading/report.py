"""A merged record read through its form: answers, rows, conflicts, calculations, and what a reviewer should look at.

Pure. What a conflict shows follows the field's policy; the labels that `latest` compares come from the caller.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from haidang_protocol import operations as op
from haidang_protocol import reading
from haidang_protocol.definitions.form_answers import (
    Circumstances,
    Flag,
    calculate,
    validate,
)
from haidang_protocol.definitions.form_values import attachment_of
from haidang_protocol.definitions.forms import Field, Form, restricted_names
from haidang_protocol.errors import ProtocolError
from haidang_protocol.ids import RESTRICTED
from haidang_protocol.merge import Live, RecordState
from haidang_protocol.reading import CELL_MARK, UNRESOLVED, Stamp, Value

Stamper = Callable[[Live], Stamp]
_FIELD_SLOTS: Final = frozenset({op.REGISTER, op.TALLY, op.SET})


class Place(NamedTuple):
    """Where a value stands: a field, or a cell of one of its rows."""

    field: str
    row: bytes | None = None
    cell: str = ""


class Row(msgspec.Struct, frozen=True):
    """A row of a repeat: its id, its natural key if it has one, its cells; `hidden` by a void."""

    id: bytes
    key: tuple[str, ...] | None
    cells: dict[str, Any]
    hidden: bool


class Conflict(msgspec.Struct, frozen=True):
    """Two or more different values of one place, and the live puts that state them."""

    place: Place
    values: tuple[Any, ...]
    live: tuple[Live, ...]


class Report(msgspec.Struct, frozen=True):
    """A record as its form reads it.

    Attributes:
        answers: Shown values by field as they are saved (`definitions.forms`), rows apart; a field that is not in the
            form, too.
        rows: Rows by field, in the order of their ids, with calculated cells; hidden ones are marked.
        conflicts: In the order of their places.
        calculated: Values of the fields that are computed.
        flags: What a reviewer should look at.
    """

    answers: dict[str, Any]
    rows: dict[str, tuple[Row, ...]]
    conflicts: tuple[Conflict, ...]
    calculated: dict[str, Any]
    flags: tuple[Flag, ...]


def place_of(slot: str) -> Place | None:
    """The place of a slot that holds values, None for notes, attests and the like."""
    if slot[0] not in _FIELD_SLOTS:
        return None
    field, *cell = slot[1:].split(CELL_MARK)
    return Place(field, bytes.fromhex(cell[0]), cell[1]) if cell else Place(field)


def read_report(
    state: RecordState, form: Form | None, kind: int, circumstances: Circumstances, stamp: Stamper
) -> Report:
    """Read a record of a scope of that kind; without its form, values are as they were saved and nothing is flagged."""
    answers: dict[str, Any] = {}
    cells: dict[tuple[str, bytes], dict[str, Any]] = {}
    conflicts = []
    repeats = _repeats(state, form)
    for place, slot in _places(state):
        found = _shown(state, form, place, slot, stamp)
        if isinstance(found, Conflict):
            conflicts.append(found)
            found = _of_conflict(form, place, found, stamp)
        if place.row is not None:
            cells.setdefault((place.field, place.row), {})[place.cell] = found
        elif place.field not in repeats:
            answers[place.field] = found
    rows = {field: tuple(_rows(state, form, field, cells)) for field in sorted(repeats)}
    if form is None:
        return Report(answers, rows, tuple(conflicts), {}, ())
    readable = answers | {
        field: [row.cells for row in found if not row.hidden] for field, found in rows.items()
    }
    flags = validate(form, readable, circumstances)
    calculated = calculate(form, readable, circumstances) if _calculates(form) else {}
    disputed = {(conflict.place.field, conflict.place.cell) for conflict in conflicts}
    return Report(
        answers,
        {field: _with_calculated(found, calculated.get(field)) for field, found in rows.items()},
        tuple(conflicts),
        {field: value for field, value in calculated.items() if field not in rows},
        tuple(flag for flag in flags if _counts(flag, form, kind, disputed)),
    )


def field_of(form: Form | None, place: Place) -> Field | None:
    """The question that a place answers, None if the form has none."""
    field = None if form is None else form.field(place.field)
    if field is None or place.row is None:
        return field
    return next((cell for cell in field.cells if cell.name == place.cell), None)


def _places(state: RecordState) -> Iterator[tuple[Place, str]]:
    slots = {slot for slot, live in state.slots.items() if live} | state.tallies.keys()
    for slot in sorted(slots):
        place = place_of(slot)
        if place is not None:
            yield place, slot


def _shown(state: RecordState, form: Form | None, place: Place, slot: str, stamp: Stamper) -> Any:
    """The value of a slot, or its conflict."""
    name = slot[1:]
    if slot[0] == op.TALLY:
        return reading.tally(state, name)
    if slot[0] == op.SET:
        return _elements(field_of(form, place), reading.elements(state, name))
    value = reading.register(state, name)
    if value.conflict:
        return Conflict(place, value.values, tuple(sorted(value.live, key=stamp)))
    return value.values[0]


def _of_conflict(form: Form | None, place: Place, conflict: Conflict, stamp: Stamper) -> Any:
    field = field_of(form, place)
    policy = UNRESOLVED if field is None else field.display
    return reading.shown(Value(conflict.live, conflict.values), policy, stamp)


def _elements(field: Field | None, elements: list[Any]) -> list[Any]:
    """Elements as the form has them: attachments spelled out, choices in the order of the list."""
    if field is not None and field.kind == "photo":
        return [_attachment(element) for element in elements]
    if field is not None and field.kind == "selN":
        order = {choice.code: at for at, choice in enumerate(field.choices)}
        return sorted(elements, key=lambda code: (order.get(str(code), len(order)), str(code)))
    return elements


def _attachment(element: Any) -> Any:
    try:
        return attachment_of(element) if isinstance(element, bytes) else element
    except ProtocolError:
        return element


def _repeats(state: RecordState, form: Form | None) -> set[str]:
    """The fields that have rows: those of which the form says so; of those that it does not know, those with rows or cells."""
    found = set()
    for place, slot in _places(state):
        field = None if form is None else form.field(place.field)
        if field is not None:
            has_rows = field.kind == "rows"
        else:
            elements = reading.elements(state, slot[1:]) if slot[0] == op.SET else []
            has_rows = place.row is not None or any(isinstance(element, list) for element in elements)
        if has_rows:
            found.add(place.field)
    return found


def _rows(
    state: RecordState, form: Form | None, field: str, cells: dict[tuple[str, bytes], dict[str, Any]]
) -> Iterator[Row]:
    """The rows that are elements; cells of a row that nobody added wait for it in the history."""
    elements = {
        row: element
        for element in reading.elements(state, field)
        if (row := reading.row_of(field, element)) is not None
    }
    asked = None if form is None else form.field(field)
    for row, element in sorted(elements.items()):
        key = tuple(element) if isinstance(element, list) else None
        named = dict(zip(asked.key, key, strict=False)) if asked is not None and key is not None else {}
        yield Row(row, key, named | cells.get((field, row), {}), reading.hidden(state, (field, row)))


def _calculates(form: Form) -> bool:
    return any(cell.kind == "calc" for field in form.fields for cell in (field, *field.cells))


def _with_calculated(rows: tuple[Row, ...], calculated: list[dict[str, Any]] | None) -> tuple[Row, ...]:
    """The rows with their calculated cells, which stand in the order of the rows that are not hidden."""
    cells = iter(calculated or ())
    return tuple(
        row if row.hidden else msgspec.structs.replace(row, cells=row.cells | next(cells, {})) for row in rows
    )


def _counts(flag: Flag, form: Form, kind: int, disputed: set[tuple[str, str]]) -> bool:
    """Whether a flag is about this record: not about an unsettled conflict, nor about the twin in the other scope."""
    if flag.code == "required" and (flag.field, flag.cell) in disputed:
        return False
    restricted = restricted_names(form)
    if kind == RESTRICTED and not form.restricted:
        return flag.field in restricted and flag.code not in {"required", "irrelevant"}
    return form.restricted or flag.field not in restricted or flag.code != "required"
