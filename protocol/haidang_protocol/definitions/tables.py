"""CSV tables with a header, read from text: rows as mappings, cells NFC and without spaces around them."""

import csv
from collections.abc import Collection

from haidang_protocol.definitions.text import nfc


class TableError(ValueError):
    """A table cannot be read; the message names the row."""


def read_table(text: str, columns: Collection[str]) -> list[dict[str, str]]:
    """Return the rows of a table that has exactly these columns, in any order.

    Raises:
        TableError: A column is missing or foreign, or a row has another number of cells than the header.
    """
    reader = csv.reader(nfc(text.removeprefix("\ufeff")).splitlines(keepends=True), strict=True)
    try:
        header, *rows = [*reader] or [[]]
    except csv.Error as error:
        raise TableError(f"row {reader.line_num}: {error}") from error
    if sorted(header) != sorted(columns):
        raise TableError(f"columns {', '.join(header)} instead of {', '.join(columns)}")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise TableError(f"row {number}: {len(row)} cells instead of {len(header)}")
    return [dict(zip(header, (cell.strip() for cell in row), strict=True)) for row in rows]


def read_id(text: str) -> bytes:
    """Return the 16 bytes of an id written as 32 hexadecimal digits, with or without dashes.

    Raises:
        TableError: It is none.
    """
    try:
        found = bytes.fromhex(text.replace("-", ""))
    except ValueError as error:
        raise TableError(f"not an id: {text!r}") from error
    if len(found) != 16:
        raise TableError(f"not an id of 16 bytes: {text!r}")
    return found
