"""CSV that spreadsheets read right: UTF-8 with a byte order mark, CRLF, text in quotes, and no text that is taken for a formula.

Spreadsheets take a cell for a formula when it begins with one of `= + - @`, in their full-width forms too, and some drop
blanks and control characters in front before they look. A text that could be taken so gets an apostrophe in front; numbers
do not, so negative ones stay numbers. `unguarded` takes exactly that apostrophe away again. Codes are text: in quotes.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final
from unicodedata import category, normalize

from msgspec import Raw

Cell = str | int | bool | Decimal | Raw | None
"""Text is quoted, and guarded; None is an empty cell; numbers and TRUE, FALSE stand bare; JSON (Raw) is text."""

BYTE_ORDER_MARK: Final = "\ufeff"
_GUARD: Final = "'"
_FORMULA_STARTS: Final = frozenset("=+-@")
_INVISIBLE: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
_UNPRINTABLE: Final = {code: "\ufffd" for code in range(0x20) if chr(code) not in "\t\n\r"}


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The lines of a table, the first with the byte order mark."""
    yield (BYTE_ORDER_MARK + csv_line(header)).encode()
    for row in rows:
        yield csv_line(row).encode()


def csv_line(cells: Sequence[Cell]) -> str:
    """One row with its line end."""
    return ",".join(map(csv_cell, cells)) + "\r\n"


def csv_cell(value: Cell) -> str:
    """One cell. Control characters that no spreadsheet has are replaced by U+FFFD; NDJSON keeps them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Raw):
        value = bytes(value).decode()
    return '"' + guarded(value).translate(_UNPRINTABLE).replace('"', '""') + '"'


def guarded(text: str) -> str:
    """The text, with an apostrophe in front if a spreadsheet could take it for a formula."""
    return _GUARD + text if _tempts(text.lstrip(_GUARD)) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith(_GUARD) and _tempts(text.lstrip(_GUARD)) else text


def _tempts(text: str) -> bool:
    """Whether a formula begins here: at once, behind what is not seen, or with a tab or carriage return."""
    if text[:1] in {"\t", "\r"}:
        return True
    first = next((letter for letter in text if category(letter) not in _INVISIBLE), "")
    return normalize("NFKC", first)[:1] in _FORMULA_STARTS
