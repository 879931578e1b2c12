"""Exports: datasets by name, written as CSV or NDJSON, a piece at a time.

Datasets are those below, a table for each form by its family (`F01M`), and one for each of its repeats (`F02.dossiers`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from haidang_server import export_definitions, export_tables
from haidang_server.csv_text import Cell, csv_lines
from haidang_server.export_tables import Table, Wish, form_table, rows_table
from haidang_server.reading.json_values import exact

PIECE_BYTES: Final = 64 * 1024
MEDIA_TYPES: Final = {"csv": "text/csv", "ndjson": "application/x-ndjson"}
_TABLES: Final[dict[str, Callable[[Wish], Table]]] = {
    "units": export_definitions.units,
    "directives": export_definitions.directives,
    "assignments": export_definitions.assignments,
    "forms": export_definitions.forms,
    "periods": export_definitions.periods,
    "records": export_tables.records,
    "values": export_tables.values,
    "history": export_tables.history,
    "conflicts": export_tables.conflicts,
    "quarantine": export_tables.quarantine,
}
_PERMITS: Final = {"values": "records"}
"""The dataset that a token needs, where it has another name."""
_encode: Final = msgspec.json.Encoder().encode


def permit_of(dataset: str) -> str:
    """The dataset that a caller must be allowed to read."""
    return _PERMITS.get(dataset, dataset if dataset in _TABLES else "records")


def dataset_names(wish: Wish) -> list[str]:
    """The datasets that there are: those of every hub, then those of its forms."""
    names = list(_TABLES)
    for family, form in wish.snapshot.authority.book.newest_forms().items():
        if family not in _TABLES:
            names.append(family)
            names += [f"{family}.{field.name}" for field in form.fields if field.kind == "rows"]
    return names


def table_of(dataset: str, wish: Wish) -> Table | None:
    """A dataset as a table, None if there is none of that name."""
    if dataset in _TABLES:
        return _TABLES[dataset](wish)
    family, _, name = dataset.partition(".")
    form = wish.snapshot.authority.book.newest_forms().get(family)
    if form is None:
        return None
    if not name:
        return form_table(wish, form)
    field = form.field(name)
    return rows_table(wish, form, field) if field is not None and field.kind == "rows" else None


def written(table: Table, kind: str) -> Iterator[bytes]:
    """A table as `csv` or `ndjson`, in pieces of some 64 KiB."""
    lines = csv_lines(table.columns, table.rows) if kind == "csv" else ndjson_lines(table.columns, table.rows)
    piece = bytearray()
    for line in lines:
        piece += line
        if len(piece) >= PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def ndjson_lines(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """One JSON object a row; numbers exact, texts as they are: nothing is guarded."""
    for row in rows:
        cells = (exact(cell) if isinstance(cell, Decimal) else cell for cell in row)
        yield _encode(dict(zip(columns, cells, strict=True))) + b"\n"
