"""Answers as people type and read them: numbers and dates as in Việt Nam, ISO dates too, choices by code or by label."""

import re
from collections.abc import Callable
from typing import Any, Final

from haidang_protocol.definitions import text as vietnamese
from haidang_protocol.definitions.dates import is_date, is_moment
from haidang_protocol.definitions.form_values import is_integer, misfit
from haidang_protocol.definitions.forms import Field, Kind
from haidang_protocol.limits import INTEGER_MAX

_YES: Final = frozenset({"co", "c", "yes", "y", "true", "1", "x"})
_NO: Final = frozenset({"khong", "k", "no", "n", "false", "0"})
_MOMENT: Final = re.compile(r"(\S+)[ T](\d{1,2})[:hg](\d{2})")
_DEGREES: Final = 7
"""Decimals of a coordinate as it is stored."""


class FieldTextError(ValueError):
    """A text is no answer to the field's question."""


def read_answer(field: Field, text: str) -> Any:
    """The value of a typed answer, NFC; None for an empty one, which blanks the field.

    Sets (selN) come back as a tuple of codes.

    Raises:
        FieldTextError: the text is none for this kind of field; calculated fields, pictures and rows are never typed.
    """
    tidy = " ".join(vietnamese.nfc(text).split())
    if field.kind == "text":
        return _read_text(field, vietnamese.nfc(text).strip())
    if not tidy:
        return None
    reader = _READERS.get(field.kind)
    if reader is None:
        raise FieldTextError(text)
    try:
        return reader(field, tidy)
    except ValueError as error:
        raise FieldTextError(text) from error


def read_step(text: str) -> int:
    """The step of a tally, such as +3, 3 or -1.

    Raises:
        FieldTextError: it is none, or zero.
    """
    try:
        step = vietnamese.parse_number(text.strip().removeprefix("+"))
    except ValueError as error:
        raise FieldTextError(text) from error
    if step == 0:
        raise FieldTextError(text)
    return step


def show_answer(field: Field | None, value: Any, language: str) -> str:
    """A stored value as a person reads it; what does not fit its field is shown as it stands."""
    if value is None:
        return "–"
    writer = None if field is None else _WRITERS.get(field.kind)
    if field is None or writer is None or (field.kind != "calc" and misfit(field, value) == "kind"):
        return _plain(value, language)
    return writer(field, value, language)


def choice_list(field: Field, language: str) -> str:
    """The choices of a field, each as code (label)."""
    return ", ".join(
        f"{choice.code} ({choice.en if language == 'en' else choice.vi})" for choice in field.choices
    )


def _read_text(field: Field, text: str) -> str | None:
    if len(text) > field.size:
        raise FieldTextError(text)
    return text or None


def _integer(_: Field, text: str) -> int:
    return _bounded(vietnamese.parse_number(text.removesuffix("đ").rstrip()))


def _decimal(field: Field, text: str) -> int:
    return _bounded(vietnamese.parse_number(text, field.size))


def _bounded(number: int) -> int:
    if abs(number) > INTEGER_MAX:
        raise ValueError("beyond what can be stored")
    return number


def _boolean(_: Field, text: str) -> bool:
    word = vietnamese.fold(text)
    if word not in _YES | _NO:
        raise ValueError(text)
    return word in _YES


def _date(_: Field, text: str) -> str:
    return text if is_date(text) else vietnamese.parse_date(text)


def _moment(field: Field, text: str) -> str:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    moment = f"{_date(field, match[1])}T{int(match[2]):02d}:{match[3]}"
    if not is_moment(moment):
        raise ValueError(text)
    return moment


def _choice(field: Field, text: str) -> str:
    exact = [choice.code for choice in field.choices if choice.code == text]
    if exact:
        return exact[0]
    wanted = vietnamese.fold(text)
    found = {
        choice.code
        for choice in field.choices
        if wanted in (vietnamese.fold(choice.code), vietnamese.fold(choice.vi), vietnamese.fold(choice.en))
    }
    if len(found) != 1:
        raise ValueError(text)
    return found.pop()


def _choices(field: Field, text: str) -> tuple[str, ...]:
    parts = [part.strip() for part in re.split("[,;]", text) if part.strip()]
    return tuple(dict.fromkeys(_choice(field, part) for part in parts))


def _position(_: Field, text: str) -> tuple[int, int, int]:
    """Degrees with a point or a comma as people copy them from a map: "10.01, 105.08" or "10,01; 105,08; 12"."""
    parts = [
        part
        for part in (re.split(r"\s*;\s*", text) if ";" in text else re.split(r"\s*,\s+|\s+", text))
        if part
    ]
    if len(parts) not in (2, 3):
        raise ValueError(text)
    latitude, longitude = (vietnamese.parse_number(part.replace(".", ","), _DEGREES) for part in parts[:2])
    accuracy = vietnamese.parse_number(parts[2].removesuffix("m")) if len(parts) == 3 else 0
    if abs(latitude) > 90 * 10**_DEGREES or abs(longitude) > 180 * 10**_DEGREES or accuracy < 0:
        raise ValueError(text)
    return latitude, longitude, accuracy


_READERS: Final[dict[Kind, Callable[[Field, str], Any]]] = {
    "int": _integer,
    "money": _integer,
    "dec": _decimal,
    "bool": _boolean,
    "date": _date,
    "datetime": _moment,
    "sel1": _choice,
    "selN": _choices,
    "geo": _position,
}


def _plain(value: Any, language: str) -> str:
    if isinstance(value, bool):
        return _show_boolean(None, value, language)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return ", ".join(_plain(part, language) for part in value)
    return str(value)


def _show_boolean(_: Field | None, value: Any, language: str) -> str:
    if language == "en":
        return "yes" if value else "no"
    return "có" if value else "không"


def _show_number(field: Field, value: Any, _: str) -> str:
    digits = field.size if field.kind in {"dec", "calc"} else 0
    return vietnamese.format_number(value, digits) + (" đ" if field.kind == "money" else "")


def _show_moment(_: Field, value: Any, __: str) -> str:
    date, _mark, clock = value.partition("T")
    return f"{vietnamese.format_date(date)} {clock}"


def _show_choice(field: Field, value: Any, language: str) -> str:
    found = next((choice for choice in field.choices if choice.code == value), None)
    return str(value) if found is None else (found.en if language == "en" else found.vi)


def _show_position(_: Field, value: Any, __: str) -> str:
    latitude, longitude, accuracy = value
    degrees = "; ".join(vietnamese.format_number(number, _DEGREES) for number in (latitude, longitude))
    return f"{degrees} (±{accuracy} m)"


_WRITERS: Final[dict[Kind, Callable[[Field, Any, str], str]]] = {
    "int": _show_number,
    "money": _show_number,
    "dec": _show_number,
    "calc": lambda field, value, language: (
        _show_number(field, value, language) if is_integer(value) else _plain(value, language)
    ),
    "bool": _show_boolean,
    "date": lambda _, value, __: vietnamese.format_date(value),
    "datetime": _show_moment,
    "sel1": _show_choice,
    "selN": lambda field, value, language: ", ".join(_show_choice(field, code, language) for code in value),
    "geo": _show_position,
}
