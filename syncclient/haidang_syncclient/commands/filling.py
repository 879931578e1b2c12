"""From the options of `report` to statements about fields: what is put, counted, added, taken out. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from haidang_protocol.definitions.forms import Field, Form, row_key
from haidang_syncclient.commands.answer import Refusal
from haidang_syncclient.commands.field_text import FieldTextError, choice_list, read_answer, read_step
from haidang_syncclient.commands.naming import find_cell, find_field, hex_prefix
from haidang_syncclient.words import Both
from haidang_syncclient.words.labels import FIELD_KINDS

PUT: Final = "--set"
ADD: Final = "--add"
REMOVE: Final = "--remove"
COUNT: Final = "--count"
ROW: Final = "--row"
CELL: Final = "--cell"
NEW: Final = "new"
KEY_DIVIDER: Final = "|"


class RowName(NamedTuple):
    """Which row is meant: a new one, one by the start of its id, or one by its natural key with the key's cells."""

    new: bool = False
    prefix: str = ""
    key: tuple[str, ...] = ()
    cells: tuple[tuple[Field, Any], ...] = ()


class Statement(NamedTuple):
    """One thing that a person states. For a cell, `row` counts the rows of the command line from 0 and `cell` is set.

    `value` is a value to put (None blanks), a step to count, or a tuple of elements to add or take out; for `--row` it is a
    `RowName`.
    """

    option: str
    field: Field
    value: Any
    row: int | None = None
    cell: Field | None = None


class Typed(NamedTuple):
    """The options as they stand on the line; `rows` are pairs of option and text in their order."""

    puts: Sequence[str] = ()
    adds: Sequence[str] = ()
    removes: Sequence[str] = ()
    counts: Sequence[str] = ()
    rows: Sequence[tuple[str, str]] = ()


def read_filling(form: Form, typed: Typed) -> list[Statement]:
    """What the options state about the fields of a form.

    Raises:
        Refusal: a text that cannot be read, a field that the form does not have, an option that does not fit it.
    """
    found = []
    for option, texts in (
        (PUT, typed.puts),
        (ADD, typed.adds),
        (REMOVE, typed.removes),
        (COUNT, typed.counts),
    ):
        for text in texts:
            name, value = _pair(option, text)
            found.append(_statement(option, find_field(form, name), value))
    return found + list(_rows(form, typed.rows))


def expected(field: Field) -> Both:
    """What an answer to a field looks like, in words."""
    words = FIELD_KINDS[field.kind]
    return Both(
        words.vi.format(choices=choice_list(field, "vi"), size=field.size, name=field.name),
        words.en.format(choices=choice_list(field, "en"), size=field.size, name=field.name),
    )


def label_of(field: Field) -> Both:
    """The question of a field."""
    return Both(field.label.vi, field.label.en)


def _pair(option: str, text: str) -> tuple[str, str]:
    name, divider, value = text.partition("=")
    if not divider:
        raise Refusal("pair-unreadable", text=text, option=option)
    return name.strip(), value


def _statement(
    option: str, field: Field, text: str, row: int | None = None, cell: Field | None = None
) -> Statement:
    asked = cell or field
    if asked.kind == "photo":
        raise Refusal("picture-later", field=asked.name)
    _check_option(option, asked)
    try:
        value: Any = read_step(text) if option == COUNT else read_answer(asked, text)
    except FieldTextError:
        raise Refusal(
            "answer-unreadable", field=asked.name, label=label_of(asked), text=text, expected=expected(asked)
        ) from None
    if asked.merge == "add":
        value = value or ()
    return Statement(option, field, value, row, cell)


def _check_option(option: str, field: Field) -> None:
    """Refuse an option that does not go with the field's way of merging; `--set` also sets a field of several choices."""
    fitting = {
        "put": (PUT, CELL),
        "count": (COUNT,),
        "add": (ROW,) if field.kind == "rows" else (PUT, CELL, ADD, REMOVE),
        "none": (),
    }[field.merge]
    if option not in fitting:
        instead = fitting[0] if fitting else "–"
        raise Refusal(
            "wrong-option", field=field.name, option=option, expected=expected(field), instead=instead
        )


def _rows(form: Form, typed: Iterable[tuple[str, str]]) -> Iterable[Statement]:
    number, field = -1, None
    for option, text in typed:
        name, value = _pair(option, text)
        if option == ROW:
            number, field = number + 1, find_field(form, name)
            _check_option(ROW, field)
            yield Statement(ROW, field, row_name(field, value.strip()), number)
        elif field is None:
            raise Refusal("cell-without-row")
        else:
            yield _statement(CELL, field, value, number, find_cell(form, field, name))


def row_name(field: Field, text: str) -> RowName:
    """Which row a text names.

    Raises:
        Refusal: a row of this field is not named so.
    """
    if not field.key:
        if text.lower() == NEW:
            return RowName(new=True)
        prefix = hex_prefix(text)
        if prefix is not None:
            return RowName(prefix=prefix)
        raise Refusal("row-key-unreadable", field=field.name, expected=NEW)
    cells = {cell.name: cell for cell in field.cells}
    parts = [part.strip() for part in text.split(KEY_DIVIDER)]
    if len(parts) == len(field.key):
        try:
            named = [
                (cells[name], read_answer(cells[name], part))
                for name, part in zip(field.key, parts, strict=True)
            ]
        except FieldTextError:
            named = []
        key = row_key(field, {cell.name: value for cell, value in named})
        if key is not None:
            return RowName(key=key, cells=tuple(named))
    raise Refusal("row-key-unreadable", field=field.name, expected=KEY_DIVIDER.join(field.key))
