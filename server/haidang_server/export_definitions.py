"""Definitions as tables: units with all their versions, directives, assignments, the questions of all forms, periods."""

from collections.abc import Iterator
from typing import Any

from haidang_protocol import operations as op
from haidang_protocol.definitions.book import order
from haidang_protocol.definitions.forms import Field
from haidang_server.csv_text import Cell
from haidang_server.export_cells import SEPARATOR
from haidang_server.export_tables import Table, Wish
from haidang_server.reading.definition_shapes import (
    AssignmentItem,
    DirectiveItem,
    UnitVersionShape,
    defined,
)
from haidang_server.reading.shapes import PeriodShape


def units(wish: Wish) -> Table:
    """One row a version of a unit."""
    columns = ("unit", *UnitVersionShape.__struct_fields__, "tags")
    below = None if wish.wanted.unit is None else wish.snapshot.authority.below(wish.wanted.unit)

    def rows() -> Iterator[tuple[Cell, ...]]:
        for unit in _shown(wish, op.UNIT):
            if below is None or bytes.fromhex(unit.id) in below:
                for version in unit.versions:
                    yield (unit.id, *_cells(version), SEPARATOR.join(unit.tags))

    return Table(columns, rows())


def directives(wish: Wish) -> Table:
    """One row a directive; lists are one text each."""
    columns = tuple(name for name in DirectiveItem.__struct_fields__ if name != "annotations")
    rows = (tuple(_cells(directive))[: len(columns)] for directive in _shown(wish, op.DIRECTIVE))
    return Table(columns, rows)


def assignments(wish: Wish) -> Table:
    """One row a directive and unit."""
    below = None if wish.wanted.unit is None else wish.snapshot.authority.below(wish.wanted.unit)

    def rows() -> Iterator[tuple[Cell, ...]]:
        for each in _shown(wish, op.ASSIGNMENT):
            item: AssignmentItem = each
            if below is None or bytes.fromhex(item.unit.id) in below:
                unit = item.unit
                yield (item.directive, unit.id, unit.code, unit.name, item.due, item.note)

    return Table(("directive", "unit", "unit_code", "unit_name", "due", "note"), rows())


def forms(wish: Wish) -> Table:
    """One row a question of a form, cells of rows among them: the code book of the tables of forms."""
    columns = (
        "form", "family", "version", "title_vi", "title_en", "field", "cell", "kind", "decimals", "label_vi", "label_en",
        "unit_vi", "unit_en", "class", "display", "rollup", "choices", "writes", "personal", "restricted",
    )  # fmt: skip
    book = wish.snapshot.authority.book

    def rows() -> Iterator[tuple[Cell, ...]]:
        found = [
            (key.hex(), versions[0].definition)
            for key, versions in book.all(op.FORM, wish.reach)
            if isinstance(key, bytes)
        ]
        for key, form in sorted(found, key=lambda each: (each[1].family, each[1].version, each[0])):
            start = (key, form.family, form.version, form.title.vi, form.title.en)
            for field in form.fields:
                yield (*start, field.name, "", *_question(field))
                for cell in field.cells:
                    yield (*start, field.name, cell.name, *_question(cell))

    return Table(columns, rows())


def periods(wish: Wish) -> Table:
    """One row a period."""
    rows = (tuple(_cells(period)) for period in _shown(wish, op.PERIOD))
    return Table(PeriodShape.__struct_fields__, rows)


def _shown(wish: Wish, kind: int) -> Iterator[Any]:
    book = wish.snapshot.authority.book
    for _, versions in sorted(book.all(kind, wish.reach), key=lambda found: order(found[0])):
        yield defined(versions, book, wish.today).item


def _cells(item: Any) -> Iterator[Cell]:
    """The cells of a shape; lists are one text each."""
    for name in item.__struct_fields__:
        value = getattr(item, name)
        yield SEPARATOR.join(map(str, value)) if isinstance(value, list) else value


def _question(field: Field) -> tuple[Cell, ...]:
    choices = SEPARATOR.join(f"{choice.code}={choice.vi}" for choice in field.choices)
    unit = (None, None) if field.unit is None else (field.unit.vi, field.unit.en)
    return (
        field.kind, field.size if field.kind in {"dec", "calc"} else None, field.label.vi, field.label.en, *unit,
        field.origin, field.display, field.rollup.kind, choices, field.writes, field.personal, field.restricted,
    )  # fmt: skip
