"""Reports as tables: records, their values, a table a form, history, conflicts, sets that wait."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from haidang_protocol.definitions.forms import Field, Form
from haidang_protocol.ids import AUTHORITY, RESTRICTED, scope_kind, scope_unit
from haidang_server.csv_text import Cell
from haidang_server.export_cells import SEPARATOR, field_cells, field_columns, moment, value_cell
from haidang_server.reading.present import Listed, Presenter
from haidang_server.reading.record_reader import ReadRecord
from haidang_server.reading.report import Place, field_of
from haidang_server.reading.shapes import PersonShape, PlaceShape
from haidang_server.reading.snapshot import Filter, Snapshot
from haidang_server.reading.statements_ever import Historian


class Wish(NamedTuple):
    """What is to be exported: of a state of the hub, within a reach, which records, with names as on which day."""

    snapshot: Snapshot
    reach: frozenset[bytes]
    wanted: Filter
    today: str


class Table(NamedTuple):
    """Names of columns, and rows of as many cells, which are read as they are asked for."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Cell, ...]]


_RECORD: Final = (
    "record", "scope", "restricted", "unit", "unit_code", "unit_name", "family", "directive", "period",
    "period_start", "period_end", "subject", "day", "state", "hidden",
)  # fmt: skip
_PERSON: Final = ("key", "person", "label")


def records(wish: Wish) -> Table:
    """One row a record."""
    columns = (*_RECORD, "form", "form_version", "conflicts", "flags", "waiting", "changed")

    def rows() -> Iterator[tuple[Cell, ...]]:
        for read, listed in _read(wish):
            yield (
                *_record_cells(wish, read),
                read.place.form.hex(),
                None if read.form is None else read.form.version,
                len(read.report.conflicts),
                len(read.flags),
                listed.waiting,
                listed.changed,
            )

    return Table(columns, rows())


def values(wish: Wish) -> Table:
    """One row a value that is shown: text and numbers as they are, other kinds as JSON; conflicts apart."""
    columns = (*_RECORD, "field", "row", "cell", "label_vi", "label_en", "kind", "value", "conflict")

    def rows() -> Iterator[tuple[Cell, ...]]:
        for read, _ in _read(wish):
            record = _record_cells(wish, read)
            disputed = {conflict.place for conflict in read.report.conflicts}
            for place, value in _values(read):
                field = field_of(read.form, place)
                if field is None:
                    known: tuple[Cell, ...] = (None, None, None, value_cell(value))
                else:
                    known = (field.label.vi, field.label.en, field.kind, _one_cell(field, value))
                yield (*record, *_place_cells(place), *known, place in disputed)

    return Table(columns, rows())


def form_table(wish: Wish, form: Form) -> Table:
    """One row a record of a form, one column a field; of rows their number, they have tables of their own."""
    wish = wish._replace(wanted=_of_family(wish.wanted, form))
    columns = (*_RECORD, *field_columns(form.fields), "conflicts", "flags")

    def rows() -> Iterator[tuple[Cell, ...]]:
        for read, _ in _read(wish):
            cells = [cell for field in form.fields for cell in _cells(field, read)]
            disputed = sorted({conflict.place.field for conflict in read.report.conflicts})
            flagged = sorted({f"{flag.field}:{flag.code}" for flag in read.flags})
            yield (*_record_cells(wish, read), *cells, SEPARATOR.join(disputed), SEPARATOR.join(flagged))

    return Table(columns, rows())


def rows_table(wish: Wish, form: Form, field: Field) -> Table:
    """One row a row of a field of a form."""
    wish = wish._replace(wanted=_of_family(wish.wanted, form))
    columns = (*_RECORD, "row", "row_hidden", *field_columns(field.cells))

    def rows() -> Iterator[tuple[Cell, ...]]:
        for read, _ in _read(wish):
            record = _record_cells(wish, read)
            for row in read.report.rows.get(field.name, ()):
                cells = [part for cell in field.cells for part in field_cells(cell, row.cells.get(cell.name))]
                yield (*record, row.id.hex(), row.hidden, *cells)

    return Table(columns, rows())


def conflicts(wish: Wish) -> Table:
    """One row a statement of a place of which different values stand."""
    columns = (
        *_RECORD,
        "field",
        "row",
        "cell",
        "label_vi",
        "label_en",
        "value",
        "set",
        "claimed",
        "received",
        *_PERSON,
    )
    wish = wish._replace(wanted=_conflicting(wish.wanted))

    def rows() -> Iterator[tuple[Cell, ...]]:
        presenter = Presenter(wish.snapshot.authority, wish.snapshot.labels)
        for read, _ in _read(wish):
            record = _record_cells(wish, read)
            for conflict in read.report.conflicts:
                field = field_of(read.form, conflict.place)
                label = (None, None) if field is None else (field.label.vi, field.label.en)
                for live in conflict.live:
                    said = wish.snapshot.labels.statement(live)
                    value = value_cell(live.value) if field is None else _one_cell(field, live.value)
                    person = presenter.person(said.key, scope_unit(read.place.scope))
                    yield (
                        *record, *_place_cells(conflict.place), *label, value, said.set_id.hex(),
                        moment(said.claimed), moment(said.received), *_person_cells(person),
                    )  # fmt: skip

    return Table(columns, rows())


def history(wish: Wish) -> Table:
    """One row an operation that was ever saved about a report, merged or not."""
    columns = (
        "record", "scope", "restricted", "unit", "sequence", "set", "verdict", "reason", "operation", "kind", "field",
        "row", "cell", "value", "status", "redacted", "claimed", "received", "form", *_PERSON,
    )  # fmt: skip

    def rows() -> Iterator[tuple[Cell, ...]]:
        historian = Historian(wish.snapshot, wish.reach)
        for record, scope in wish.snapshot.touched(wish.reach, wish.wanted.unit):
            if scope_kind(scope) == AUTHORITY:
                continue
            where = (record.hex(), scope.hex(), scope_kind(scope) == RESTRICTED, scope_unit(scope).hex())
            for _, told in historian.history(record, scope, (0, 0)):
                yield (
                    *where, told.sequence, told.set, told.verdict, told.reason, told.operation, told.kind,
                    *_shape_cells(told.place), value_cell(told.value), told.status, told.redacted,
                    moment(told.claimed), moment(told.received), told.form, *_person_cells(told.author),
                )  # fmt: skip

    return Table(columns, rows())


def quarantine(wish: Wish) -> Table:
    """One row an operation of a change set that is not merged."""
    columns = (
        "sequence", "set", "scope", "unit", "unit_name", "verdict", "reason", "closed", "record", "kind", "field",
        "row", "cell", "value", "claimed", "received", *_PERSON,
    )  # fmt: skip

    def rows() -> Iterator[tuple[Cell, ...]]:
        historian = Historian(wish.snapshot, wish.reach)
        for placed in wish.snapshot.sets_waiting(wish.reach, wish.wanted.unit, 0, -1):
            waiting = historian.waiting(placed)
            for operation in waiting.operations:
                yield (
                    waiting.sequence, waiting.set, waiting.scope, waiting.unit.id, waiting.unit.name,
                    waiting.verdict, waiting.reason, waiting.closed, operation.record, operation.kind,
                    *_shape_cells(operation.place), value_cell(operation.value), moment(waiting.claimed),
                    moment(waiting.received), *_person_cells(waiting.author),
                )  # fmt: skip

    return Table(columns, rows())


def _read(wish: Wish) -> Iterator[tuple[ReadRecord, Listed]]:
    return wish.snapshot.every_record(wish.reach, wish.wanted)


def _of_family(wanted: Filter, form: Form) -> Filter:
    return msgspec.structs.replace(wanted, family=form.family)


def _conflicting(wanted: Filter) -> Filter:
    return msgspec.structs.replace(wanted, conflicts=True)


def _record_cells(wish: Wish, read: ReadRecord) -> tuple[Cell, ...]:
    """What names a record and says where it stands; the unit by its name of the report's day."""
    book = wish.snapshot.authority.book
    scope = read.place.scope
    unit = book.unit_name(scope_unit(scope), read.place.day)
    period = None if read.period is None else book.periods.get(read.period)
    return (
        read.place.record.hex(), scope.hex(), scope_kind(scope) == RESTRICTED, unit.id.hex(), unit.code, unit.name,
        read.family, read.directive, None if read.period is None else read.period.hex(),
        None if period is None else period.start, None if period is None else period.end,
        None if read.subject is None else read.subject.hex(), read.place.day, read.stage, read.hidden,
    )  # fmt: skip


def _values(read: ReadRecord) -> Iterator[tuple[Place, Any]]:
    """Every value that a record shows, cells of rows that are not hidden among them."""
    report = read.report
    for name, value in sorted((report.answers | report.calculated).items()):
        if name not in report.rows:
            yield Place(name), value
    for name, rows in report.rows.items():
        for row in rows:
            if not row.hidden:
                for cell, value in sorted(row.cells.items()):
                    yield Place(name, row.id, cell), value


def _cells(field: Field, read: ReadRecord) -> Iterator[Cell]:
    """The cells of one field of a record; of rows the number of those that are not hidden."""
    report = read.report
    if field.kind == "rows":
        yield sum(not row.hidden for row in report.rows.get(field.name, ()))
    elif field.kind == "calc":
        yield from field_cells(field, report.calculated.get(field.name))
    else:
        yield from field_cells(field, report.answers.get(field.name))


def _one_cell(field: Field, value: Any) -> Cell:
    """A value in one cell: what has parts is written as JSON."""
    cells = list(field_cells(field, value))
    return cells[0] if len(cells) == 1 else value_cell(value)


def _place_cells(place: Place) -> tuple[Cell, ...]:
    return place.field, None if place.row is None else place.row.hex(), place.cell


def _shape_cells(place: PlaceShape) -> tuple[Cell, ...]:
    return place.field, place.row, place.cell


def _person_cells(person: PersonShape) -> tuple[Cell, ...]:
    return person.key, person.person, person.label
