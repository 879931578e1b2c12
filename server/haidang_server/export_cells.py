"""Values as cells of a table: numbers stay numbers, what has parts gets a column for each part, lists become one text."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from haidang_protocol.definitions.form_values import misfit
from haidang_protocol.definitions.forms import Field
from haidang_server.csv_text import Cell
from haidang_server.reading.json_values import jsonable, scaled

SEPARATOR: Final = ";"
_GEO_PARTS: Final = ("latitude", "longitude", "accuracy_m")
_DEGREE: Final = 7
_encode: Final = msgspec.json.Encoder().encode


def field_columns(fields: Iterable[Field]) -> Iterator[str]:
    """The columns of fields: a position has three, rows one with their number."""
    for field in fields:
        if field.kind == "geo":
            yield from (f"{field.name}.{part}" for part in _GEO_PARTS)
        else:
            yield field.name


def field_cells(field: Field, value: Any) -> Iterator[Cell]:
    """The cells of a value; what does not fit its field is written as JSON."""
    if field.kind == "geo":
        fits = value is not None and misfit(field, value) is None
        parts = (scaled(value[0], _DEGREE), scaled(value[1], _DEGREE), value[2]) if fits else (None,) * 3
        yield from parts
    elif value is None or field.kind == "calc":
        yield _calculated(field, value)
    elif misfit(field, value) == "kind":
        yield value_cell(value)
    elif field.kind == "dec":
        yield scaled(value, field.size)
    elif field.kind == "selN":
        yield SEPARATOR.join(map(str, value))
    elif field.kind == "photo":
        yield SEPARATOR.join(digest.hex() for digest, _, _ in value)
    else:
        yield value


def value_cell(value: Any) -> Cell:
    """A value by itself: text and numbers as they are, everything else as JSON."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, msgspec.Raw):  # an exact number
        return Decimal(bytes(value).decode())
    return msgspec.Raw(_encode(jsonable(value)))


def moment(seconds: int) -> str:
    """A time as ISO 8601 in UTC; as a number of seconds if it lies outside the years 1 to 9999."""
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat() + "Z"
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def _calculated(field: Field, value: Any) -> Cell:
    if isinstance(value, int) and not isinstance(value, bool) and field.size:
        return scaled(value, field.size)
    return value_cell(value)
