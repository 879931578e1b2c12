"""CSV that spreadsheets read right: UTF-8 with a byte order mark, CRLF, text in quotes, and no text that is taken for a formula.

Spreadsheets take a cell for a formula when it begins with one of `= + - @`, in their full-width forms too, and some drop
blanks and control characters in front before they look. A text that could be taken so gets an apostrophe in front; numbers
do not, so negative ones stay numbers. Where the decimal sign is a comma, a file is often cut at semicolons instead, tabs or
bars, and its quotes then hold nothing together: so each stretch between such signs, or between line ends, is guarded like a
text of its own. `unguarded` takes exactly those apostrophes away again. Codes are text: in quotes.
"""

import re
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
_SEPARATORS: Final = re.compile("([;|\\t\\r\\n\\x0b\\x0c\\x1c-\\x1e\\x85\\u2028\\u2029])")
"""What a reader may take for the end of a cell or a line, whatever separator it assumes."""
_QUOTES: Final = frozenset("'\"")
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
    """The text, with an apostrophe in front of it and of what follows a separator, if a spreadsheet could take that for a formula."""
    stretches = _SEPARATORS.split(text)
    text = "".join(_GUARD + each if _tempts(each) else each for each in stretches)
    return _GUARD + text if _begins_blank(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    if text.startswith(_GUARD) and _begins_blank(text):
        text = text[1:]
    stretches = _SEPARATORS.split(text)
    return "".join(each[1:] if each.startswith(_GUARD) and _tempts(each) else each for each in stretches)


def _begins_blank(text: str) -> bool:
    """Whether a tab or a line end comes first: some readers drop it."""
    return text.lstrip(_GUARD)[:1] in {"\t", "\r", "\n"}


def _tempts(stretch: str) -> bool:
    """Whether a formula begins here: at once, or behind what is not seen and quotes, which a reader may take away."""
    unseen = (letter for letter in stretch if letter not in _QUOTES and category(letter) not in _INVISIBLE)
    return normalize("NFKC", next(unseen, ""))[:1] in _FORMULA_STARTS
